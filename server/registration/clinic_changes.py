"""停诊通知: the HIS says that the clinic of a booked number is stopped, or that another doctor stands in; the patient is told once."""

from __future__ import annotations

from server.core.errors import NotFound
from server.core.ports import Clock
from server.payments.ledger import Transitions
from server.payments.model import Payment, PaymentState
from server.payments.ports import PaymentStore
from server.payments.rules.changed_bookings import booking_changed
from server.refunds.window_service import NotBookedYet
from server.registration.model import REGISTRATION, ClinicChange, read_appointment, written_change
from server.registration.rules.clinic_changes import change_of, is_news, kept_claims
from server.registration.texts import change_words

NOT_YET = frozenset({PaymentState.CREATED, PaymentState.PENDING, PaymentState.PAID})


class ClinicChanges:
    """What the HIS announces by `reg.changed` (docs/his-interface.md section 9). It may say so as often as it likes."""

    def __init__(self, payments: PaymentStore, transitions: Transitions, clock: Clock) -> None:
        self._payments = payments
        self._transitions = transitions
        self._clock = clock

    async def told(self, hospital: str, out_trade_no: str, change: ClinicChange) -> None:
        """One write keeps the change and owes its message. Of a number that is not booked any more nothing is kept.

        Raises NotFound where this is no registration of ours, and NotBookedYet while its booking is under way.
        """
        payment = await self._payments.get(hospital, out_trade_no)
        if payment is None or payment.purpose != REGISTRATION:
            raise NotFound("no registration")
        now = self._clock.now()

        def decide(current: Payment) -> Payment:
            if current.state in NOT_YET:
                raise NotBookedYet("its booking is under way")
            if current.state is not PaymentState.BOOKED or not current.claims:
                return current
            if not is_news(change_of(current.booking), change):
                return current
            appointment = read_appointment(current.personal.subject)
            [charge] = current.personal.subject.charges
            words = change_words(change, charge.doctor, appointment.begins_at)
            keeps = kept_claims(current.claims, appointment, change)
            return booking_changed(current, written_change(change), words, keeps, now)

        await self._transitions.apply(hospital, out_trade_no, decide)

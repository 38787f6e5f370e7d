"""到院支付: which numbers may be paid at the window, and what the HIS says when one was (docs/his-interface.md section 9, reg.reserve)."""

from __future__ import annotations

from server.core.errors import NotFound
from server.core.ports import Clock
from server.payments.ledger import Transitions
from server.payments.model import Payment, PaymentState
from server.payments.ports import PaymentStore
from server.payments.rules.elsewhere import elsewhere_until, paid_elsewhere
from server.refunds.window_service import NotBookedYet
from server.registration.model import REGISTRATION, Shift, Slot, WindowPayment
from server.registration.ports import Offers


class WindowPayments:
    def __init__(self, offers: Offers, payments: PaymentStore, transitions: Transitions, clock: Clock) -> None:
        self._offers = offers
        self._payments = payments
        self._transitions = transitions
        self._clock = clock

    def offered(self, hospital: str, shift: Shift, slot: Slot) -> WindowPayment | None:
        """Where and until when this number may be paid at the window; None where it may not."""
        offer = self._offers.get(hospital)
        rule = None if offer is None else offer.at_window
        return None if rule is None else rule.payment(shift, slot, self._clock.now())

    async def paid(self, hospital: str, out_trade_no: str) -> None:
        """The HIS has taken the fee at a window (reg.paid). It may say so as often as it likes.

        Raises NotFound where no number of ours is to be paid there, and NotBookedYet while its booking is under way.
        """
        payment = await self._payments.get(hospital, out_trade_no)
        if payment is None or payment.purpose != REGISTRATION or elsewhere_until(payment) is None:
            raise NotFound("no number to be paid at a window")
        now = self._clock.now()

        def decide(current: Payment) -> Payment:
            if current.state is PaymentState.PAID:
                raise NotBookedYet("its booking is under way")
            return paid_elsewhere(current, now)

        await self._transitions.apply(hospital, out_trade_no, decide)

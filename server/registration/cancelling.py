"""取消预约: a patient gives a number back. The HIS comes first, the money second (DESIGN section 3)."""

from __future__ import annotations

from server.core.actors import PAYER
from server.core.errors import NotAllowed
from server.core.ports import Clock
from server.patients.model import Session
from server.payments.his_ports import RefundAsked
from server.payments.ledger import Transitions
from server.payments.model import Payment
from server.payments.purpose import Purpose
from server.payments.refund_model import NEVER_SENT
from server.payments.rules.giving_back import give_back
from server.payments.rules.refund_numbers import next_refund_id
from server.refunds.rules.requests import RefundAsk, request_refund
from server.registration.appointments import HELD, AppointmentService, AppointmentState

REQUEST = "patient-cancels"
"""The second tap asks for nothing new, unless what was asked before came to nothing."""


def request_of(payment: Payment) -> str:
    """The number under which a patient asks for the money of ``payment`` now."""
    ended = sum(refund.request_id.startswith(REQUEST) and refund.state in NEVER_SENT for refund in payment.refunds)
    return f"{REQUEST}-{ended + 1}" if ended else REQUEST


class CancelService:
    def __init__(
        self,
        purpose: Purpose,
        appointments: AppointmentService,
        transitions: Transitions,
        clock: Clock,
    ) -> None:
        self._purpose = purpose
        self._appointments = appointments
        self._transitions = transitions
        self._clock = clock

    async def cancel(self, session: Session, payment_id: str) -> None:
        """The number is given back, owed as an effect: to the HIS alone where it cost nothing, else as of any refund.

        Raises NotFound, NotAllowed with the words of the rule or of the HIS, OutsideError.
        """
        own = await self._appointments.one(session, payment_id)
        if own.state in {AppointmentState.CANCELLING, AppointmentState.CANCELLED}:
            return
        if own.state not in HELD:
            raise NotAllowed("not booked", user_message="这个预约现在不能取消。")
        if own.cancel_refused:
            raise NotAllowed("too late", user_message=own.cancel_refused)
        if own.payment.paid_fen:
            await self._ask_back(own.payment)
        else:
            await self._give_back(own.payment)

    async def rebook(self, session: Session, payment_id: str) -> str:
        """A number whose clinic the hospital changed is given back as by `cancel`; its money goes back by itself, and the patient takes
        another number, which is paid on its own. Returns the department's number.

        Raises as `cancel`, and NotAllowed where the hospital changed nothing.
        """
        own = await self._appointments.one(session, payment_id)
        if own.state in HELD and not own.can_rebook:
            raise NotAllowed("no change", user_message="这个预约没有停诊或替诊，请先取消，再重新挂号。")
        await self.cancel(session, payment_id)
        return own.appointment.department_no

    async def _ask_back(self, payment: Payment) -> None:
        asked = RefundAsked(
            out_trade_no=payment.id, out_refund_no=next_refund_id(payment), amount_fen=payment.paid_fen, lines=()
        )
        if reason := await self._purpose.may_release(payment, asked):
            raise NotAllowed("the HIS does not allow it", user_message=reason)
        ask = RefundAsk(
            request_id=request_of(payment),
            amount_fen=payment.paid_fen,
            lines=(),
            reason="not_done",
            note="",
            by=PAYER,
            requested_via="page",
            approval_reasons=(),
        )
        now = self._clock.now()
        await self._transitions.apply(
            payment.hospital, payment.id, lambda current: request_refund(current, ask, now, now)
        )

    async def _give_back(self, payment: Payment) -> None:
        now = self._clock.now()
        await self._transitions.apply(payment.hospital, payment.id, lambda current: give_back(current, PAYER, now))

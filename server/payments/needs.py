"""What was paid and the hospital is still booking, on the first page: whoever knows it does not pay twice."""

from __future__ import annotations

from collections.abc import Sequence

from server.needs.model import Asked, Need, Place, Told, Urgency
from server.payments.model import Payment
from server.payments.purpose import Purposes
from server.payments.rules.progress import Progress, standing
from server.payments.service import PaymentService
from server.payments.texts import PAID_NOT_BOOKED, do_not_pay_again, is_free


class PaymentNeeds:
    name = "payments"

    def __init__(self, payments: PaymentService, purposes: Purposes) -> None:
        self._payments = payments
        self._purposes = purposes

    def places(self, hospital: str) -> Sequence[Place]:
        """None: the payments stand among the tabs of every page."""
        return ()

    async def needs(self, asked: Asked) -> Told:
        mine = await self._payments.mine(asked.session)
        booking = [one for one in mine if standing(one).progress is Progress.CONFIRMING and not is_free(one)]
        return Told(tuple(self._need(one, asked) for one in booking))

    def _need(self, payment: Payment, asked: Asked) -> Need:
        """The need is the card's where that card is looked at; what was paid for somebody else's card is the payer's own, and names nobody."""
        card_no = payment.personal.card_no
        title = self._purposes[payment.purpose].texts.title
        return Need(
            about=(f"payment:{payment.id}", *payment.claims),
            card_no=card_no if card_no in asked.card_nos else "",
            title=PAID_NOT_BOOKED,
            text=do_not_pay_again(title, payment.paid_fen),
            page=f"payments/{payment.id}",
            urgency=Urgency.FIRST,
            at=payment.paid_at or payment.created_at,
        )

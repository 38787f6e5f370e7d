"""退费台: the one place that decides who may refund what, whatever the door (chat, console). The proof is asked for here, too.

A refund is drafted, shown, and confirmed with PIN and TOTP; the draft's ticket makes every repeat of the confirmation the same refund.
"""

from __future__ import annotations

from server.core.errors import NotAllowed, NotFound
from server.payments.model import Payment
from server.payments.refund_channel import must_lead_back
from server.payments.refund_model import Refund
from server.refunds.drafts import AGREE, ASK, Draft
from server.refunds.previews import NOTE, RefundPreviews
from server.refunds.rules.permissions import ASKS, must_be
from server.refunds.rules.requests import approve_refund, reject_refund, request_refund, withdraw_refund
from server.refunds.write_offs import WORDS
from server.staff.model import Staff
from server.staff.proofs import Proof
from server.staff.views import CHAT


class AskedMeanwhile(NotAllowed):
    """The same ticket, confirmed twice at once: the other one has done it."""


class RefundDesk(RefundPreviews):
    """Previews, and what is done with them."""

    async def confirm(self, actor: Staff, ticket: str, proof: Proof, door: str) -> tuple[Payment, Refund]:
        """Do what the draft says. The same ticket again finds its own refund, whatever became of the first answer.

        Raises NotAllowed, TooManyTries, BadInput with words for the form, LostRace or StoreUnavailable.
        """
        draft = await self._drafts.get(actor, ticket)
        if draft.action == ASK:
            return await self._confirm_ask(actor, draft, proof, door)
        payment = await self._payment(actor.hospital, draft.payment_id)
        refund = _of(payment, draft.refund_id)
        agree = draft.action == AGREE
        now, words = self._clock.now(), self._sealed(WORDS, payment, draft.note)
        still_may = await self._permission.on_own_word(actor, refund.asked_fen)

        def decide(current: Payment) -> Payment:
            if not agree:
                return reject_refund(current, draft.refund_id, actor.as_actor, now, words)
            agreed = approve_refund(current, draft.refund_id, actor.as_actor, now)
            still_may(current)
            return agreed

        await self._permission.must_decide(actor, payment, refund, agree=agree)
        decide(payment)
        async with self._authorization.by(actor, proof, refund.asked_fen if agree else 0):
            after = await self._transitions.apply(actor.hospital, payment.id, decide)
        return after, _of(after, draft.refund_id)

    async def withdraw(self, actor: Staff, refund_no: str, door: str = CHAT) -> tuple[Payment, Refund]:
        """One's own request, while it waits; it moves no money, so no proof is asked."""
        payment, refund = await self._search.refund(actor, refund_no, door)
        now = self._clock.now()
        after = await self._transitions.apply(
            actor.hospital, payment.id, lambda current: withdraw_refund(current, refund.id, actor.as_actor, now)
        )
        return after, _of(after, refund.id)

    async def _confirm_ask(self, actor: Staff, draft: Draft, proof: Proof, door: str) -> tuple[Payment, Refund]:
        must_be(actor, ASKS)
        payment = await self._payment(actor.hospital, draft.payment_id)
        asked = _asked_as(payment, draft.ticket)
        if asked is not None:
            return payment, asked
        approval_reasons = await self._permission.approval_reasons(actor, payment, draft.amount_fen)
        ask, now = draft.ask(approval_reasons, self._sealed(NOTE, payment, draft.note), door), self._clock.now()
        hospital = self._hospitals[actor.hospital]
        still_may = await self._permission.on_own_word(actor, draft.amount_fen)

        def decide(current: Payment) -> Payment:
            if _asked_as(current, draft.ticket) is not None:
                raise AskedMeanwhile(draft.ticket)
            if not approval_reasons:
                still_may(current)
            asked = request_refund(current, ask, now, now + hospital.refund_rules.valid)
            must_lead_back(hospital, current, now)
            return asked

        decide(payment)
        try:
            async with self._authorization.by(actor, proof, 0 if approval_reasons else draft.amount_fen):
                after = await self._transitions.apply(actor.hospital, payment.id, decide)
        except AskedMeanwhile:
            after = await self._payment(actor.hospital, payment.id)
        return after, next(refund for refund in after.refunds if refund.request_id == draft.ticket)

    # ---- steps ---------------------------------------------------------------------------------------------------------------------

    def _sealed(self, what: str, payment: Payment, words: str) -> str:
        return self._sealer.seal(f"{what}:{payment.id}", words.encode()) if words else ""

    async def _payment(self, hospital: str, payment_id: str) -> Payment:
        payment = await self._transitions.documents.get(hospital, payment_id)
        if payment is None:
            raise NotFound("payment")
        return payment


def _of(payment: Payment, refund_id: str) -> Refund:
    refund = payment.refund(refund_id)
    if refund is None:
        raise NotFound("refund")
    return refund


def _asked_as(payment: Payment, ticket: str) -> Refund | None:
    return next((refund for refund in payment.refunds if refund.request_id == ticket), None)

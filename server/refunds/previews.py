"""What staff are about to do with a refund, shown before the proof: who may at all, what the HIS says of it, what has gone before."""

from __future__ import annotations

from collections.abc import Mapping

from server.core.actors import actor_of, staff_number
from server.core.errors import BadInput
from server.core.ports import Clock, Sealer
from server.payments.hospital import Hospital
from server.payments.ledger import Transitions
from server.payments.model import Payment
from server.payments.purpose import Purposes
from server.payments.refund_channel import must_lead_back
from server.payments.refund_looks import RefundLooks
from server.payments.refund_model import REASONS, RefundLine
from server.payments.rules.refund_shares import refundable_fen
from server.payments.rules.viewing import viewed
from server.refunds.authorization import Authorization
from server.refunds.drafts import AGREE, ASK, REJECT, Draft, DraftKeeper, Preview
from server.refunds.his import his_word
from server.refunds.permission import RefundPermission
from server.refunds.rules.permissions import ASKS, DECIDES, must_be
from server.refunds.rules.requests import approve_refund, reject_refund, request_refund
from server.refunds.search import RefundSearch
from server.staff.actor_texts import who
from server.staff.model import Staff
from server.staff.ports import StaffStore
from server.staff.views import CHAT

NOTE_CHARS_MAX = 50
NOTE = "refund_note"
REASON_ASKED = "请写明驳回的原因，发起人会看到。"


class RefundPreviews:
    """Nothing is changed here but that a look is written down. `RefundDesk` acts."""

    def __init__(
        self,
        *,
        hospitals: Mapping[str, Hospital],
        purposes: Purposes,
        employees: StaffStore,
        drafts: DraftKeeper,
        permission: RefundPermission,
        search: RefundSearch,
        authorization: Authorization,
        transitions: Transitions,
        sealer: Sealer,
        clock: Clock,
        looks: RefundLooks,
    ) -> None:
        self._hospitals = hospitals
        self._purposes = purposes
        self._employees = employees
        self._drafts = drafts
        self._permission = permission
        self._search = search
        self._authorization = authorization
        self._transitions = transitions
        self._sealer = sealer
        self._clock = clock
        self._looks = looks

    async def draft(
        self,
        actor: Staff,
        payment_no: str,
        amount_fen: int | None,
        reason: str,
        note: str = "",
        lines: tuple[RefundLine, ...] = (),
        door: str = CHAT,
    ) -> Preview:
        """What would be refunded (``None``: all that is left), with the HIS's word on it. Nothing is changed yet."""
        payment = await self._search.one(actor, payment_no, door)
        return await self.draft_of(actor, payment, amount_fen, reason, note, lines)

    async def draft_of(
        self,
        actor: Staff,
        payment: Payment,
        amount_fen: int | None,
        reason: str,
        note: str = "",
        lines: tuple[RefundLine, ...] = (),
    ) -> Preview:
        """`draft`, of a payment that has been found."""
        must_be(actor, ASKS)
        payment = await self._looks.touched(payment)
        amount_fen = refundable_fen(payment) if amount_fen is None else amount_fen
        draft = Draft(
            ticket=self._drafts.new_ticket(),
            action=ASK,
            number=actor.number,
            payment_id=payment.id,
            amount_fen=amount_fen,
            reason=reason if reason in REASONS else "other",
            note=note[:NOTE_CHARS_MAX],
            lines=lines,
        )
        approval_reasons = await self._permission.approval_reasons(actor, payment, amount_fen)
        request_refund(payment, draft.ask(approval_reasons, "", ""), self._clock.now(), self._clock.now())
        must_lead_back(self._hospitals[actor.hospital], payment, self._clock.now())
        says, silent = await his_word(self._purposes[payment.purpose], payment, draft)
        await self._drafts.keep(actor.hospital, draft)
        return Preview(
            draft=draft, payment=payment, approval_reasons=approval_reasons, his_says=says, his_silent=silent
        )

    async def draft_decision(
        self, actor: Staff, refund_no: str, *, agree: bool, words: str = "", door: str = CHAT
    ) -> Preview:
        """``words`` say why not, for whoever asked. Raises BadInput for a no without them."""
        must_be(actor, DECIDES)
        if not agree and not words.strip():
            raise BadInput("no reason", user_message=REASON_ASKED)
        if len(words.strip()) > NOTE_CHARS_MAX:
            raise BadInput("reason", user_message=f"驳回原因最多 {NOTE_CHARS_MAX} 字，请缩短后再提交。")
        payment, refund = await self._search.refund(actor, refund_no, door)
        act = approve_refund if agree else reject_refund
        act(payment, refund.id, actor.as_actor, self._clock.now())
        await self._permission.must_decide(actor, payment, refund, agree=agree)
        draft = Draft(
            ticket=self._drafts.new_ticket(),
            action=AGREE if agree else REJECT,
            number=actor.number,
            payment_id=payment.id,
            amount_fen=refund.asked_fen,
            refund_id=refund.id,
            reason=refund.reason,
            note=words.strip(),
            lines=refund.lines,
        )
        await self._drafts.keep(actor.hospital, draft)
        return await self._preview(actor, draft, payment)

    async def drafted(self, actor: Staff, ticket: str, door: str = CHAT) -> Preview:
        """The draft again, for the pages of items and of the proof. Only its own maker sees it, and that they look is written down."""
        draft, now = await self._drafts.get(actor, ticket), self._clock.now()
        payment = await self._transitions.apply(
            actor.hospital, draft.payment_id, lambda current: viewed(current, actor.as_actor, now, door)
        )
        return await self._preview(actor, draft, payment)

    async def _preview(self, actor: Staff, draft: Draft, payment: Payment) -> Preview:
        refund = payment.refund(draft.refund_id)
        if refund is None:
            approval_reasons = await self._permission.approval_reasons(actor, payment, draft.amount_fen)
            return Preview(draft=draft, payment=payment, approval_reasons=approval_reasons)
        asker = await self._employees.get(actor.hospital, staff_number(refund.asked_by))
        name = who(actor_of(refund.asked_by))
        return Preview(
            draft=draft,
            payment=payment,
            approval_reasons=refund.approval_reasons,
            asked_by=name if asker is None else f"{asker.name}（{name}）",
            asked_note=self._opened(NOTE, payment, refund.note),
        )

    def _opened(self, what: str, payment: Payment, sealed: str) -> str:
        return self._sealer.open(f"{what}:{payment.id}", sealed).decode() if sealed else ""

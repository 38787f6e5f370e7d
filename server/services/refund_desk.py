"""退费台: the one place that decides who may refund what, whatever the door (chat, console). The proof is asked for here, too.

A refund is drafted, shown, and confirmed with PIN and TOTP; the draft's ticket makes every repeat of the confirmation the same refund.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from server.domain.console import viewed
from server.domain.errors import LostRace, NotAllowed, NotFound, OutsideError, Refusal
from server.domain.payment import Payment
from server.domain.refund import REASONS, Refund, RefundLine
from server.domain.refund_numbers import next_refund_id
from server.domain.refund_requests import approve_refund, refundable_fen, reject_refund, request_refund, withdraw_refund
from server.domain.refund_rules import ASKS, DECIDES, must_be
from server.domain.staff import Staff
from server.domain.visits import Asked
from server.ports import Clock, Hospital, Ids, RefundAsked, Sealer, Stores
from server.services.refund_drafts import AGREE, ASK, REJECT, Draft, DraftKeeper, Preview
from server.services.refund_looks import RefundLooks
from server.services.refund_permission import RefundPermission
from server.services.refund_search import RefundSearch
from server.services.refund_words import must_lead_back
from server.services.staff import StaffService
from server.services.staff_facts import StaffFacts
from server.services.staff_proofs import Proof
from server.services.staff_views import CHAT
from server.services.transitions import Transitions

HIS_ASKED_S_MAX = 2.0
NOTE_CHARS_MAX = 50
NOTE = "refund_note"


class AskedMeanwhile(NotAllowed):
    """The same ticket, confirmed twice at once: the other one has done it."""


class RefundDesk:
    def __init__(
        self,
        hospitals: Mapping[str, Hospital],
        stores: Stores,
        search: RefundSearch,
        staff: StaffService,
        transitions: Transitions,
        sealer: Sealer,
        clock: Clock,
        ids: Ids,
        facts: StaffFacts,
        looks: RefundLooks,
    ) -> None:
        self._hospitals = hospitals
        self._stores = stores
        self._drafts = DraftKeeper(stores.short_lived, clock, ids)
        self._permission = RefundPermission(hospitals, stores, facts, clock)
        self._search = search
        self._staff = staff
        self._transitions = transitions
        self._sealer = sealer
        self._clock = clock
        self._looks = looks

    # ---- drafting ------------------------------------------------------------------------------------------------------------------

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
        must_be(actor, ASKS)
        payment = await self._looks.touched(await self._search.one(actor, payment_no, door))
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
        second = await self._permission.second(actor, payment, amount_fen)
        request_refund(payment, draft.ask(second, "", ""), self._clock.now(), self._clock.now())
        must_lead_back(self._hospitals[actor.hospital], payment, self._clock.now())
        says, silent = await self._ask_his(payment, draft)
        await self._drafts.keep(actor.hospital, draft)
        return Preview(draft=draft, payment=payment, second=second, his_says=says, his_silent=silent)

    async def draft_decision(self, actor: Staff, refund_no: str, *, agree: bool, door: str = CHAT) -> Preview:
        must_be(actor, DECIDES)
        payment, refund = await self._search.refund(actor, refund_no, door)
        act = approve_refund if agree else reject_refund
        act(payment, refund.id, actor.as_actor, self._clock.now())
        await self._permission.must_decide(actor, payment, refund, agree=agree)
        draft = Draft(
            ticket=self._drafts.new_ticket(),
            action=AGREE if agree else REJECT,
            number=actor.number,
            payment_id=payment.id,
            amount_fen=refund.amount_fen,
            refund_id=refund.id,
            reason=refund.reason,
            lines=refund.lines,
        )
        await self._drafts.keep(actor.hospital, draft)
        return Preview(draft=draft, payment=payment, second=refund.second)

    async def drafted(self, actor: Staff, ticket: str, door: str = CHAT) -> Preview:
        """The draft again, for the pages of items and of the proof. Only its own maker sees it, and that they look is written down."""
        draft, now = await self._drafts.get(actor, ticket), self._clock.now()
        payment = await self._transitions.apply(
            actor.hospital, draft.payment_id, lambda current: viewed(current, actor.as_actor, now, door)
        )
        refund = payment.refund(draft.refund_id)
        second = (
            refund.second if refund is not None else await self._permission.second(actor, payment, draft.amount_fen)
        )
        return Preview(draft=draft, payment=payment, second=second)

    # ---- acting --------------------------------------------------------------------------------------------------------------------

    async def confirm(self, actor: Staff, ticket: str, proof: Proof, door: str) -> tuple[Payment, Refund]:
        """Do what the draft says. The same ticket again finds its own refund, whatever became of the first answer.

        Raises NotAllowed, TooManyTries, BadInput with words for the form, LostRace or StoreUnavailable.
        """
        draft = await self._drafts.get(actor, ticket)
        if draft.action == ASK:
            return await self._confirm_ask(actor, draft, proof, door)
        payment = await self._payment(actor.hospital, draft.payment_id)
        refund = payment.refund(draft.refund_id)
        if refund is None:
            raise NotFound("refund")
        agree = draft.action == AGREE
        act, now = approve_refund if agree else reject_refund, self._clock.now()
        still_may = await self._permission.on_own_word(actor, refund.amount_fen)

        def decide(current: Payment) -> Payment:
            decided = act(current, draft.refund_id, actor.as_actor, now)
            if agree:
                still_may(current)
            return decided

        act(payment, refund.id, actor.as_actor, now)
        await self._permission.must_decide(actor, payment, refund, agree=agree)
        async with self._on_the_word_of(actor, proof, refund.amount_fen if agree else 0):
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
        second = await self._permission.second(actor, payment, draft.amount_fen)
        note = self._sealer.seal(f"{NOTE}:{payment.id}", draft.note.encode()) if draft.note else ""
        ask, now = draft.ask(second, note, door), self._clock.now()
        hospital = self._hospitals[actor.hospital]
        still_may = await self._permission.on_own_word(actor, draft.amount_fen)

        def decide(current: Payment) -> Payment:
            if _asked_as(current, draft.ticket) is not None:
                raise AskedMeanwhile(draft.ticket)
            if not second:
                still_may(current)
            asked = request_refund(current, ask, now, now + hospital.refund_rules.valid)
            must_lead_back(hospital, current, now)
            return asked

        decide(payment)
        try:
            async with self._on_the_word_of(actor, proof, 0 if second else draft.amount_fen):
                after = await self._transitions.apply(actor.hospital, payment.id, decide)
        except AskedMeanwhile:
            after = await self._payment(actor.hospital, payment.id)
        refund = _asked_as(after, draft.ticket)
        if refund is None:
            raise NotFound("refund")
        return after, refund

    # ---- steps ---------------------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _on_the_word_of(self, actor: Staff, proof: Proof, fen: int) -> AsyncIterator[None]:
        """The proof is used up and ``fen`` of the day's limit spent before what is done inside; the limit is given back if that is surely
        not done (a store that does not answer may have done it).
        """
        proven = await self._staff.prove(actor, proof, Asked.REFUND, spends_fen=fen)
        try:
            yield
        except (Refusal, LostRace):
            await self._staff.give_back(proven, fen)
            raise

    async def _ask_his(self, payment: Payment, draft: Draft) -> tuple[str, bool]:
        """(its reason against it, whether it did not answer in time). The write-off will ask again; this only saves the way."""
        asked = RefundAsked(
            out_trade_no=payment.id,
            out_refund_no=next_refund_id(payment),
            amount_fen=draft.amount_fen,
            lines=draft.lines,
        )
        try:
            async with asyncio.timeout(HIS_ASKED_S_MAX):
                return await self._hospitals[payment.hospital].his.refund_check(asked), False
        except (OutsideError, TimeoutError):
            return "", True

    async def _payment(self, hospital: str, payment_id: str) -> Payment:
        payment = await self._stores.payments.get(hospital, payment_id)
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

"""Refunds in the chat: drafted, shown, agreed to. What is not said, or not clear, is asked for, and the answer goes on where the question
stopped (docs/decisions/0043).

Nothing here moves money: what is drafted is done on a page of the same person's, where PIN and TOTP are typed.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from server.core.days import hospital_day
from server.core.ports import Clock, ShortLivedStore
from server.payments.model import Payment
from server.payments.refund_model import REASONS
from server.payments.rules.refund_shares import must_be_refundable, refundable_fen
from server.refunds.chat.preview_texts import candidates, items_first, preview, to_items
from server.refunds.chat.search_words import search_said
from server.refunds.chat.texts import found, yuan
from server.refunds.chat.turn import Turn
from server.refunds.chat.words import AGREE, FIND, REFUND, Said, choice, gives_up, reason_said, says_yes
from server.refunds.drafts import TICKET_LIFE, Preview
from server.refunds.search import CANDIDATES_MAX, RefundSearch, SeveralFound
from server.refunds.service import RefundDesk
from server.refunds.texts import ASKABLE
from server.staff.views import CHAT

_DRAFT, _NEWEST = "chat_draft", "chat_newest"
_QUESTION, _LIST = "chat_question", "chat_list"
FOUND_MAX = 5
"""More in full would not fit into a chat's text."""
SEARCH_ASKED = "请写上单号、手机号或就诊卡号，例如：查单 A1B2C3。也可以按条件查，例如：查单 昨天 已入账 内科。"
OVERTAKEN = "您后来又办了别的，这一步没有留下。要办请再发一次。"
CONFIRM, ITEMS = "confirm", "items"
"""The pages of staff to which the chat leads."""
NO_ITEMS = "这笔支付没有明细，请写金额，例如：退费 A1B2C3 20元。"
WHICH, WHY, WHY_NOT = "which", "why", "why_not"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What was asked back: ``which`` of ``payments``, ``why`` the one of them is refunded, or ``why_not``. ``said`` is the command that
    waits for the answer."""

    about: str
    said: Said
    payments: tuple[str, ...] = ()


class RefundTalk:
    def __init__(self, desk: RefundDesk, search: RefundSearch, short_lived: ShortLivedStore, clock: Clock) -> None:
        self._desk = desk
        self._search = search
        self._short_lived = short_lived
        self._clock = clock

    async def find(self, turn: Turn) -> str:
        titles = {name: channel.capabilities.title for name, channel in turn.hospital.channels.items()}
        search = search_said(turn.said.rest, hospital_day(self._clock.now()), titles)
        if not search.words and not search.has_filter:
            return SEARCH_ASKED
        everything = (await self._search.look(turn.actor, search, CHAT)).payments
        payments = everything[:FOUND_MAX]
        if len(payments) > 1:
            await self._ask(turn, Question(about=WHICH, said=turn.said, payments=tuple(p.id for p in payments)))
        head = f"共{len(everything)}笔，最新的{FOUND_MAX}笔：\n\n" if len(everything) > FOUND_MAX else ""
        return head + found(turn.hospital, payments)

    async def refund(self, turn: Turn) -> str:
        said = turn.said
        if said.odd_amount:
            return "金额写法不对，请写成 12.50 这样。"
        turn.must_be_set_up()
        await self._short_lived.drop(_QUESTION, turn.own)  # it was about something else
        await self._begin(turn)
        listed, picked = await self._asked(turn, _LIST), choice(said.number)
        if listed is not None and picked:
            return await self._picked(turn, listed, picked)
        try:
            payment = await self._search.one(turn.actor, said.number)
        except SeveralFound as several:
            return await self._which(turn, several.payments)
        return await self._draft(turn, payment)

    async def decide(self, turn: Turn) -> str:
        """同意, or 驳回 with its reason."""
        turn.must_be_set_up()
        await self._short_lived.drop(_QUESTION, turn.own)  # it was about something else
        await self._begin(turn)
        said, agree = turn.said, turn.said.command == AGREE
        words = said.note or REASONS.get(said.reason, "")
        if not agree and not words:
            await self._search.refund(turn.actor, said.number)
            await self._ask(turn, Question(about=WHY_NOT, said=said))
            return f"为什么驳回 {said.number}？请回复原因，发起人会看到。"
        shown = await self._desk.draft_decision(turn.actor, said.number, agree=agree, words=words)
        return await self._shown(turn, shown)

    async def confirm(self, turn: Turn) -> str:
        turn.must_be_set_up()
        page, ticket = await self._drafted(turn)
        if not ticket:
            return "没有等待确认的操作，请先回复“退费 单号”。"
        shown = await self._desk.drafted(turn.actor, ticket)
        if page == ITEMS:
            return items_first(shown.payment, turn.page(ITEMS, ticket))
        return f'<a href="{turn.page(CONFIRM, ticket)}">点这里输入PIN和动态码</a>\n{yuan(shown.draft.amount_fen)}，10分钟内有效。'

    async def answer(self, turn: Turn, text: str) -> str:
        """What was said is no command: the answer to what was asked, a yes, or nothing of ours (an empty text)."""
        question = await self._asked(turn, _QUESTION)
        if question is not None:
            if gives_up(text):
                await self._short_lived.drop(_QUESTION, turn.own)
                return "好的，没有办理。"
            await self._begin(turn)
            return await self._answered(turn, question, text)
        listed, picked = await self._asked(turn, _LIST), choice(text)
        if listed is not None and picked:
            await self._begin(turn)
            return await self._picked(turn, listed, picked)
        page, ticket = await self._drafted(turn) if says_yes(text) else ("", "")
        if page == ITEMS:
            return await self.confirm(turn)
        return "要继续请回复“确认”。" if ticket else ""

    # ---- steps ---------------------------------------------------------------------------------------------------------------------

    async def _answered(self, turn: Turn, question: Question, text: str) -> str:
        said, picked = question.said, choice(text)
        reason, note = reason_said(text)
        if question.about == WHY_NOT:
            said = replace(said, note=note or REASONS.get(reason, ""))
            return await self.decide(replace(turn, said=said))
        if picked is not None:
            if picked > len(ASKABLE):
                return f"请回复 1 到 {len(ASKABLE)} 的序号，或写原因。"
            reason, note = tuple(ASKABLE)[picked - 1], ""
        payment = await self._search.shown(turn.actor, question.payments[0])
        return await self._draft(replace(turn, said=replace(said, reason=reason, note=note)), payment)

    async def _picked(self, turn: Turn, question: Question, picked: int) -> str:
        """One line of those shown. What is said with it counts more than what was said before."""
        if picked > len(question.payments):
            return f"请回复 1 到 {len(question.payments)} 的序号，或重新查。"
        payment = await self._search.shown(turn.actor, question.payments[picked - 1])
        before, said = question.said, turn.said
        if said.command != REFUND and before.command == FIND:
            return found(turn.hospital, (payment,))
        if said.command == REFUND and before.command == REFUND:
            said = replace(
                said,
                amount_fen=before.amount_fen if said.amount_fen is None else said.amount_fen,
                reason=said.reason or before.reason,
                note=said.note if said.reason else before.note,
                items=said.items or before.items,
            )
        said = said if said.command == REFUND else before
        return await self._draft(replace(turn, said=said), payment)

    async def _which(self, turn: Turn, payments: tuple[Payment, ...]) -> str:
        await self._ask(turn, Question(about=WHICH, said=turn.said, payments=tuple(p.id for p in payments)))
        more = ["更早的没有列出，请用完整单号。"] if len(payments) == CANDIDATES_MAX else []
        head = f"有{len(payments)}笔支付符合，退哪一笔？请回复序号："
        return "\n".join([head, *candidates(turn.hospital, payments), *more])

    async def _draft(self, turn: Turn, payment: Payment) -> str:
        said = turn.said
        if said.items and not payment.personal.subject.has_items:
            return NO_ITEMS
        if said.amount_fen is not None or not refundable_fen(payment):
            must_be_refundable(payment, said.amount_fen or 0)
        if not said.reason:
            await self._ask(turn, Question(about=WHY, said=said, payments=(payment.id,)))
            amount = yuan(refundable_fen(payment) if said.amount_fen is None else said.amount_fen)
            lines = [f"{number}. {text}" for number, text in enumerate(ASKABLE.values(), 1)]
            what = "退费" if said.items else f"退 {amount}"
            return "\n".join([f"为什么{what}？请回复序号，或写原因：", *lines])
        amount_fen = None if said.items else said.amount_fen
        shown = await self._desk.draft_of(turn.actor, payment, amount_fen, said.reason, said.note)
        return await self._shown(turn, shown, ITEMS if said.items else CONFIRM)

    async def _begin(self, turn: Turn) -> None:
        """From now on 确认 means what comes of this turn, however long its answer takes and whatever an earlier one still answers."""
        await self._short_lived.put(_NEWEST, turn.own, turn.message, self._clock.now() + TICKET_LIFE)

    async def _shown(self, turn: Turn, shown: Preview, page: str = CONFIRM) -> str:
        """What 确认 will open, unless something was begun after it; no proof, where the HIS is against it. Items are chosen first,
        so that the HIS's word on all of them counts for nothing."""
        now = self._clock.now()
        if await self._short_lived.get(_NEWEST, turn.own, now) != turn.message:
            return OVERTAKEN
        await self._short_lived.drop(_QUESTION, turn.own)
        if page == ITEMS or not shown.his_says:
            means = f"{page}/{shown.draft.ticket}"
            await self._short_lived.put(_DRAFT, f"{turn.own}:{turn.message}", means, now + TICKET_LIFE)
        return (
            to_items(shown.payment, turn.page(ITEMS, shown.draft.ticket))
            if page == ITEMS
            else preview(turn.hospital, shown)
        )

    async def _drafted(self, turn: Turn) -> tuple[str, str]:
        """(the page that 确认 opens now, its ticket); two empty texts where nothing waits. An older version keeps the ticket alone."""
        now = self._clock.now()
        newest = await self._short_lived.get(_NEWEST, turn.own, now)
        means = await self._short_lived.get(_DRAFT, f"{turn.own}:{newest}", now) if newest else None
        page, _, ticket = (means or "").rpartition("/")
        return (page or CONFIRM) if ticket else "", ticket

    async def _ask(self, turn: Turn, question: Question) -> None:
        """A list stays for its life, so that another line of it may be chosen; a question goes with its answer, and with what is asked next."""
        kind, ends = _LIST if question.about == WHICH else _QUESTION, self._clock.now() + TICKET_LIFE
        await self._short_lived.drop(_QUESTION, turn.own)
        await self._short_lived.put(kind, turn.own, json.dumps(asdict(question)), ends)

    async def _asked(self, turn: Turn, kind: str) -> Question | None:
        stored = await self._short_lived.get(kind, turn.own, self._clock.now())
        if not stored:
            return None
        facts = json.loads(stored)
        return Question(about=facts["about"], said=Said(**facts["said"]), payments=tuple(facts["payments"]))

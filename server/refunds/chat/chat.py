"""Staff in the chat: a table of what they may say and which function answers. To everybody else these routes are not there.

Nothing here moves money: a refund is drafted and shown, and done on a page of the same person's, where PIN and TOTP are typed. So every
command may be carried out again after a crash.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from server.core.errors import OutsideError, Refusal, StoreUnavailable
from server.core.ports import Clock, Sealer, ShortLivedStore
from server.core.typed import plain
from server.patients.contact_ports import ChatMessage, ChatReply
from server.payments.hospital import Hospital
from server.payments.model import Payment
from server.payments.refund_model import Refund, RefundState
from server.payments.texts import REFUND_NUMBER
from server.refunds.chat.talk import RefundTalk
from server.refunds.chat.texts import MORE, NO_SECRETS, NOT_FOR_ROLE, done, not_understood, progress, refund_line, yuan
from server.refunds.chat.turn import Turn, invite_code
from server.refunds.chat.words import (
    AGREE,
    BIND,
    CONFIRM,
    FIND,
    HELP,
    PROGRESS,
    REFUND,
    REJECT,
    TODAY,
    WAITING,
    WITHDRAW,
    Said,
    heard,
    nearest,
)
from server.refunds.rules.permissions import ASKS, DECIDES, SEES
from server.refunds.search import RefundSearch
from server.refunds.service import RefundDesk
from server.refunds.texts import unnamed
from server.refunds.write_offs import WORDS
from server.staff.model import Role, Staff
from server.staff.service import StaffService

_TOLD = "chat_result"
LISTED_MAX = 10
EVERYONE = tuple(Role)
Work = Callable[[], Awaitable[ChatReply]]


class StaffChat:
    def __init__(
        self,
        staff: StaffService,
        desk: RefundDesk,
        search: RefundSearch,
        short_lived: ShortLivedStore,
        sealer: Sealer,
        clock: Clock,
    ) -> None:
        self.talk = RefundTalk(desk, search, short_lived, clock)
        self._staff = staff
        self._desk = desk
        self._search = search
        self._short_lived = short_lived
        self._sealer = sealer
        self._clock = clock

    def hears(self, message: ChatMessage) -> bool:
        """It may be a word of staff, whoever says it."""
        return message.kind == "text" and heard(message.text) is not None

    async def work_for(self, hospital: Hospital, message: ChatMessage) -> Work | None:
        """What is to be done for what was said, or None when it is no word of staff. Safe to do again."""
        said = heard(message.text) if message.kind == "text" else None
        if said is None:
            return None
        code = invite_code(said)
        actor = await self._staff.known(hospital.id, message.sender)
        if actor is None:
            return (lambda: self._bind(hospital, message, code)) if code else None
        if said.secrets:
            return lambda: _say(NO_SECRETS)
        turn = Turn(hospital=hospital, actor=actor, said=said, message=message.once)
        if code:
            return lambda: _say(f"您已绑定：工号{actor.number}。{turn.setup_hint()}")
        if said.command == BIND:
            return None
        return lambda: self._answer(turn)

    async def unheard(self, hospital: Hospital, message: ChatMessage) -> Work | None:
        """As `work_for`, for what is no command, nor anything that everybody may say: an answer of staff, or a slip of the finger."""
        actor = await self._staff.known(hospital.id, message.sender) if message.kind == "text" else None
        if actor is None:
            return None
        turn = Turn(hospital=hospital, actor=actor, said=Said(command=""), message=message.once)
        return lambda: self._answer_or_hint(turn, message.text)

    async def _answer(self, turn: Turn) -> ChatReply:
        """A refusal is said in its own words. 同意 alone, or from somebody who decides nothing, may mean the preview of a moment ago."""
        command = turn.said.command
        route = next(one for one in ROUTES if one.command == command)
        is_theirs, is_whole = turn.actor.role in route.roles, turn.said.number or not route.needs
        try:
            if is_theirs and is_whole:
                return ChatReply(text=await route.answer(self, turn))
            hint = await self.talk.answer(turn, "好") if command == AGREE else ""
        except Refusal as refusal:
            return ChatReply(text=refusal.user_message)
        asked = f"请写上{route.needs}，例如：{route.example}" if is_theirs else NOT_FOR_ROLE.format(command=command)
        return ChatReply(text=hint or asked)

    async def _answer_or_hint(self, turn: Turn, text: str) -> ChatReply:
        try:
            answer = await self.talk.answer(turn, text)
        except Refusal as refusal:
            return ChatReply(text=refusal.user_message)
        theirs = [one.command for one in ROUTES if turn.actor.role in one.roles and one.command != HELP]
        return ChatReply(text=answer or not_understood(plain(text), nearest(text, theirs)))

    async def _bind(self, hospital: Hospital, message: ChatMessage, code: str) -> ChatReply:
        try:
            actor = await self._staff.bind(hospital.id, message.sender, code)
        except Refusal as refusal:
            return ChatReply(
                text=f"{refusal.user_message}\n绑定就诊卡请回复“绑卡”。"
            )  # a short card number may look like a code
        turn = Turn(hospital=hospital, actor=actor, said=Said(command=BIND), message=message.once)
        return ChatReply(text=f"绑定成功：工号{actor.number}。\n{turn.setup_hint()}")

    # ---- looking ---------------------------------------------------------------------------------------------------------------------

    async def waiting(self, turn: Turn) -> str:
        pairs = await self._search.waiting(turn.actor)
        lines = [refund_line(payment, refund) for payment, refund in pairs[:LISTED_MAX]]
        more = [MORE] if len(pairs) > LISTED_MAX else []
        return "\n".join([f"待办 {len(pairs)} 笔", *lines, *more]) if lines else "没有待办的退费。"

    async def today(self, turn: Turn) -> str:
        pairs = await self._search.today(turn.actor)
        if not pairs:
            return "今天还没有发起过退费。"
        gone_fen = sum(refund.amount_fen for _, refund in pairs if refund.state is RefundState.SUCCEEDED)
        lines = [refund_line(payment, refund) for payment, refund in pairs[:LISTED_MAX]]
        left_fen = max(0, turn.actor.limits.per_day_fen - turn.actor.spent_today_fen(self._clock.now()))
        head = f"今日退费 {len(pairs)} 笔，已到账 {yuan(gone_fen)}\n当日限额还剩 {yuan(left_fen)}"
        return "\n".join([head, *lines])

    async def progress(self, turn: Turn) -> str:
        payment, refund = await self._search.refund(turn.actor, turn.said.number)
        words = ""
        if refund.his_words:
            words = unnamed(payment, self._sealer.open(f"{WORDS}:{payment.id}", refund.his_words).decode())
        return progress(turn.hospital, payment, refund, words)

    # ---- acting ----------------------------------------------------------------------------------------------------------------------

    async def withdraw(self, turn: Turn) -> str:
        payment, refund = await self._search.refund(turn.actor, turn.said.number)
        if refund.state is not RefundState.WITHDRAWN or refund.asked_by != turn.actor.as_actor:
            payment, refund = await self._desk.withdraw(turn.actor, refund.id)
        return f"已撤回。\n{refund_line(payment, refund)}"

    async def help(self, turn: Turn) -> str:
        lines = [f"{one.example}\n　{one.does}" for one in ROUTES if turn.actor.role in one.roles and one.does]
        elsewhere = f"您的岗位在聊天里没有要办的事，请登录控制台：\n{turn.hospital.public_url}/console"
        can = "可以回复：" if lines else elsewhere
        hint = [] if turn.actor.can_prove else [turn.setup_hint()]
        return "\n".join([f"工号{turn.actor.number}，{can}", *lines, *hint])

    async def tell_done(self, hospital: Hospital, actor: Staff, payment: Payment, refund: Refund) -> None:
        """What the page has done is said in the chat, too, once for each result however often the page is sent. It is no reason to fail."""
        now, key = self._clock.now(), f"{actor.hospital}:{actor.number}:{refund.id}:{refund.state}"
        account = hospital.chats.get(actor.identity.channel) if actor.identity is not None else None
        if account is None or actor.identity is None:
            return
        with suppress(OutsideError, StoreUnavailable):
            if await self._short_lived.put_once(_TOLD, key, "1", now, now + timedelta(hours=1)):
                await account.tell(actor.identity, done(payment, refund))


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """``roles`` may say it; to everybody else it is not there. ``needs`` is the number without which it makes no sense."""

    command: str
    roles: tuple[Role, ...]
    answer: Callable[[StaffChat, Turn], Awaitable[str]]
    example: str
    does: str = ""
    needs: str = ""


ROUTES: tuple[Route, ...] = (
    Route(command=FIND, roles=SEES, answer=lambda chat, turn: chat.talk.find(turn), example="查单 A1B2C3",
          does="任何单号、手机号、就诊卡号，或后4位以上；也可以写日期、渠道、状态、科室、金额"),
    Route(command=REFUND, roles=ASKS, answer=lambda chat, turn: chat.talk.refund(turn), needs="单号", example="退费 A1B2C3 20元 重复缴费",
          does="写明原因；不写金额退全部；写“明细”可选项目"),
    Route(command=CONFIRM, roles=SEES, answer=lambda chat, turn: chat.talk.confirm(turn), example="确认", does="打开输入PIN和动态码的页面"),
    Route(command=AGREE, roles=DECIDES, answer=lambda chat, turn: chat.talk.decide(turn), needs=REFUND_NUMBER, example="同意 A1B2C3R01",
          does="审批别人发起的退费"),
    Route(command=REJECT, roles=DECIDES, answer=lambda chat, turn: chat.talk.decide(turn), needs=REFUND_NUMBER, example="驳回 A1B2C3R01 检查已经做了",
          does="不同意这笔退费，原因发起人会看到"),
    Route(command=WAITING, roles=SEES, answer=StaffChat.waiting, example="待办", does="等待审批的退费"),
    Route(command=WITHDRAW, roles=ASKS, answer=StaffChat.withdraw, needs=REFUND_NUMBER, example="撤回 A1B2C3R01",
          does="撤回自己发起、还没审批的退费"),
    Route(command=PROGRESS, roles=SEES, answer=StaffChat.progress, needs=REFUND_NUMBER, example="进度 A1B2C3R01",
          does="退费办到哪一步"),
    Route(command=TODAY, roles=SEES, answer=StaffChat.today, example="今日", does="今天自己发起的退费"),
    Route(command=HELP, roles=EVERYONE, answer=StaffChat.help, example="帮助"),
)  # fmt: skip


async def _say(text: str) -> ChatReply:
    return ChatReply(text=text)

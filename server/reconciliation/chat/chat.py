"""Finance in the chat. To everybody else these words are not there: what they say is what it was before."""

from __future__ import annotations

from datetime import date, timedelta

from server.core.days import hospital_day
from server.core.errors import Refusal
from server.core.ports import Clock
from server.messages.chat import StaffCommands
from server.messages.stored_replies import Work
from server.patients.contact_ports import ChatMessage, ChatReply
from server.payments.hospital import Hospital
from server.reconciliation.chat.texts import HELP, NO_DAY, Title, days_text, differences_text, figures_text
from server.reconciliation.chat.words import DAY, FIGURES, Asked, heard
from server.reconciliation.ports import DayStore
from server.reconciliation.registers import Registers
from server.reconciliation.rules.days import undecided
from server.reconciliation.texts import WAYS
from server.refunds.chat.words import HELP as HELP_WORD
from server.refunds.chat.words import heard as heard_of_refunds
from server.staff.model import Role, Staff
from server.staff.service import StaffService

LOOKED_BACK_DAYS = 14
CHANNELS_MAX = 20


class FinanceChat:
    """`messages.chat.StaffCommands`: answers finance's words, and hands everything else to ``rest``."""

    def __init__(
        self, staff: StaffService, rest: StaffCommands, days: DayStore, registers: Registers, clock: Clock
    ) -> None:
        self._staff = staff
        self._rest = rest
        self._days = days
        self._registers = registers
        self._clock = clock

    def hears(self, message: ChatMessage) -> bool:
        """It may be a word of staff, whoever says it."""
        return self._asked(message) is not None or self._rest.hears(message)

    def _asked(self, message: ChatMessage) -> Asked | None:
        return heard(message.text, hospital_day(self._clock.now())) if message.kind == "text" else None

    async def work_for(self, hospital: Hospital, message: ChatMessage) -> Work | None:
        """What is to be done for what was said, or None when it is no word of staff. Safe to do again."""
        asked = self._asked(message)
        if asked is None:
            return await self._rest_with_help(hospital, message)
        actor = await self._finance(hospital, message)
        if actor is None:
            return await self._rest.work_for(hospital, message)
        return lambda: self._answer(hospital, actor, asked)

    async def _rest_with_help(self, hospital: Hospital, message: ChatMessage) -> Work | None:
        """What the others do, and for finance's 帮助 what finance may say besides."""
        rest = await self._rest.work_for(hospital, message)
        if rest is None or not _is_help(message) or await self._finance(hospital, message) is None:
            return rest
        return lambda: _with_help(rest)

    async def _finance(self, hospital: Hospital, message: ChatMessage) -> Staff | None:
        actor = await self._staff.known(hospital.id, message.sender)
        return actor if actor is not None and actor.role is Role.FINANCE else None

    async def unheard(self, hospital: Hospital, message: ChatMessage) -> Work | None:
        return await self._rest.unheard(hospital, message)

    async def _answer(self, hospital: Hospital, actor: Staff, asked: Asked) -> ChatReply:
        if asked.day is None:
            return ChatReply(text=NO_DAY)
        try:
            return ChatReply(text=await self._told(hospital, actor, asked.command, asked.day))
        except Refusal as refusal:
            return ChatReply(text=refusal.user_message)

    async def _told(self, hospital: Hospital, actor: Staff, command: str, day: date) -> str:
        console = f"{hospital.public_url}/console/reconciliation"
        if command == DAY:
            found = await self._days.latest(actor.hospital, CHANNELS_MAX, day + timedelta(days=1), day)
            return days_text(day, found, _titles(hospital), console)
        if command == FIGURES:
            return figures_text(await self._registers.read(actor.hospital, day, day), _titles(hospital))
        since = hospital_day(self._clock.now()) - timedelta(days=LOOKED_BACK_DAYS)
        recent = await self._days.latest(actor.hospital, CHANNELS_MAX * LOOKED_BACK_DAYS, since=since)
        open_ones = [(each, one) for each in recent for one in undecided(each)]
        return differences_text(open_ones, LOOKED_BACK_DAYS, _titles(hospital), console)


def _titles(hospital: Hospital) -> Title:
    """The words for a code: of a channel its own title."""
    known = {**WAYS, **{name: channel.capabilities.title for name, channel in hospital.channels.items()}}
    return lambda code: known.get(code, code)


def _is_help(message: ChatMessage) -> bool:
    said = heard_of_refunds(message.text) if message.kind == "text" else None
    return said is not None and said.command == HELP_WORD


async def _with_help(rest: Work) -> ChatReply:
    reply = await rest()
    return ChatReply(text=f"{reply.text}\n{HELP}")

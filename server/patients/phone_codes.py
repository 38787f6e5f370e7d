"""A code by SMS that proves a phone: how it is sent, how often, and how it is typed back. What it opens is its use case's own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest

from server.core.errors import BadInput, OutcomeUnknown, OutsideError, OutsideRefusal, TooManyTries
from server.core.ports import Clock, Ids, ShortLivedStore
from server.core.systems import title_of
from server.core.typed import code_typed
from server.patients.contact_ports import OutgoingMessage, Sms

CODE_LIFE = timedelta(minutes=10)
CODE_LENGTH = 6
CODE_TRIES_MAX = 5
CODES_PER_HOUR_MAX = 5
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeTexts:
    """What a person reads who has used up the tries of a code, or has asked for too many codes."""

    tries_used_up: str
    asked_too_often: str


class PhoneCodes:
    """The codes of one ``purpose``, which is that of the SMS: a code for one thing never opens another. A place is where a code is kept:
    it names the person, or the session, and what the code is asked for.
    """

    def __init__(self, purpose: str, texts: CodeTexts, short_lived: ShortLivedStore, clock: Clock, ids: Ids) -> None:
        self._purpose = purpose
        self._tries, self._sent = f"{purpose}_tries", f"{purpose}_sent"
        self._texts = texts
        self._short_lived = short_lived
        self._clock = clock
        self._ids = ids

    async def count_asked(self, key: str) -> None:
        """One more code is asked for under ``key``. Raises TooManyTries."""
        await self._count(self._sent, key, CODES_PER_HOUR_MAX, self._texts.asked_too_often, _HOUR)

    async def send(self, sms: Sms, phone: str, place: str, *told: str) -> None:
        """A new code; ``told`` is kept with it. Raises OutcomeUnknown, NotSent and OutsideRefusal, with words for the person."""
        code = self._ids.text(CODE_LENGTH, "0123456789")
        kept = json.dumps([code, *told])
        message = OutgoingMessage(purpose=self._purpose, values={"code": code})
        try:
            await sms.send(phone, message, out_id=self._ids.text(20))
        except OutsideError as error:
            if isinstance(error, OutcomeUnknown):  # it may be on its way
                await self._keep(place, kept)
            elif await self._short_lived.get(self._purpose, place, self._clock.now()) is not None:
                return  # asked again too soon for the platform: the code that came a moment ago stays good
            if not isinstance(error, OutsideRefusal):  # its words say why
                error.user_message = f"{title_of(error.system)}暂时没有响应，验证码发不出去，请稍后再试。"
            raise
        await self._keep(place, kept)

    async def right(self, place: str, typed: str) -> list[str]:
        """What was kept with the code, which stays good until it is dropped. Five wrong codes use it up; what is no code counts as none.
        Raises BadInput and TooManyTries.
        """
        code = code_typed(typed)
        stored = await self._short_lived.get(self._purpose, place, self._clock.now())
        if stored is None:
            raise BadInput("no code", user_message="验证码已过期，请重新获取。")
        await self._count(self._tries, place, CODE_TRIES_MAX, self._texts.tries_used_up, CODE_LIFE)
        kept: list[str] = json.loads(stored)
        if not compare_digest(kept[0].encode(), code.encode()):
            raise BadInput("wrong code", user_message="验证码不正确，请检查后重试。")
        return kept[1:]

    async def drop(self, place: str) -> None:
        """The code has done what it is for. Repeatable."""
        await self._short_lived.drop(self._purpose, place)

    async def _keep(self, place: str, kept: str) -> None:
        """A new code takes the place of the one before it, with tries of its own."""
        await self._short_lived.drop(self._tries, place)
        await self._short_lived.put(self._purpose, place, kept, self._clock.now() + CODE_LIFE)

    async def _count(self, kind: str, key: str, most: int, words: str, window: timedelta) -> None:
        now = self._clock.now()
        if await self._short_lived.count(kind, key, now, now + window) > most:
            raise TooManyTries(kind, user_message=words, wait_seconds=int(window.total_seconds()))

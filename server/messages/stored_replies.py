"""One message, one reply: stored before it is said, the same for every delivery, in time for the platform's 5 s (DESIGN 5.9)."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta

from server.core.errors import OutsideError, StoreUnavailable
from server.core.ports import Clock, ShortLivedStore
from server.patients.contact_ports import ChatAccount, ChatReply
from server.patients.model import PayerIdentity

log = logging.getLogger("zhenfu.chat")

REPLY_LIFE = timedelta(minutes=5)
WITHIN_S = 3.0
LEASE = timedelta(seconds=3.5)
"""Longer than WITHIN_S: who works on a message has stored a reply by then, or is dead and another delivery takes over."""
LOOK_EVERY_S = 0.25
LOOKS_MAX = 16
LATER = ChatReply(text="正在处理，结果稍后发给您。两分钟内没有收到请再发一次。")
FAILED = "刚才的操作没有办成，请再发一次。"
_REPLY = "chat_reply"
_AT_WORK = ""
"""Stands in the place of a message's reply while one of its deliveries is worked on."""
Work = Callable[[], Awaitable[ChatReply]]


class StoredReplies:
    def __init__(self, short_lived: ShortLivedStore, clock: Clock) -> None:
        self._short_lived = short_lived
        self._clock = clock
        self.going_on: set[asyncio.Task[None]] = set()
        """What still follows work whose sender has had LATER for an answer."""

    async def reply(self, key: str) -> ChatReply | None:
        """What was answered to this message already."""
        stored = await self._short_lived.get(_REPLY, key, self._clock.now())
        if stored is None or stored == _AT_WORK:
            return None
        text, to_staff = json.loads(stored)
        return ChatReply(text=text, to_staff=to_staff)

    async def keep(self, key: str, reply: ChatReply) -> ChatReply:
        """The reply of this message: this one, unless another was stored first."""
        now, value = self._clock.now(), json.dumps([reply.text, reply.to_staff])
        if await self._short_lived.swap(_REPLY, key, _AT_WORK, value, now + REPLY_LIFE):
            return reply
        if await self._short_lived.put_once(_REPLY, key, value, now, now + REPLY_LIFE):
            return reply
        return await self.reply(key) or reply

    async def take(self, key: str, work: Work, account: ChatAccount | None, sender: PayerIdentity) -> ChatReply:
        """What was answered to this message already; else do ``work`` once and answer its reply, or LATER with the outcome told afterwards.
        ``work`` may be begun again after a crash.

        Raises StoreUnavailable when the platform had better deliver again.
        """
        for _ in range(LOOKS_MAX):
            now = self._clock.now()
            if await self._short_lived.put_once(_REPLY, key, _AT_WORK, now, now + LEASE):
                return await self._do(key, work, account, sender)
            stored = await self.reply(key)
            if stored is not None:
                return stored
            await self._clock.sleep(LOOK_EVERY_S)
        raise StoreUnavailable("another delivery of this message is worked on")

    async def _do(self, key: str, work: Work, account: ChatAccount | None, sender: PayerIdentity) -> ChatReply:
        task = asyncio.ensure_future(work())
        await asyncio.wait({task}, timeout=WITHIN_S)
        if not task.done():
            try:
                kept = await self.keep(key, LATER)
            except BaseException:
                self._goes_on(self._keep_when_done(key, task))
                raise
            self._goes_on(self._follow(task, account, sender))
            return kept
        try:
            reply = task.result()
        except BaseException:
            now = self._clock.now()
            await self._short_lived.swap(_REPLY, key, _AT_WORK, _AT_WORK, now)  # the next delivery begins at once
            raise
        return await self.keep(key, reply)

    def _goes_on(self, following: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(following)
        self.going_on.add(task)
        task.add_done_callback(self.going_on.discard)

    async def _keep_when_done(self, key: str, task: asyncio.Future[ChatReply]) -> None:
        """LATER could not be stored, so the platform delivers the message again: that delivery is answered what came of the work."""
        try:
            await self.keep(key, await task)
        except Exception as error:  # whatever it was, the next delivery begins anew
            log.warning("failed later why=%s", type(error).__name__)

    async def _follow(
        self, task: asyncio.Future[ChatReply], account: ChatAccount | None, sender: PayerIdentity
    ) -> None:
        """The platform has its answer; what becomes of the work is told on our own accord."""
        try:
            text = (await task).text
        except Exception as error:  # whatever it was, who waits is told
            log.warning("failed later why=%s", type(error).__name__)
            text = FAILED
        if account is not None:
            try:
                await account.tell(sender, text)
            except (OutsideError, StoreUnavailable) as error:  # LATER has said what to do then
                log.warning("not told later why=%s", type(error).__name__)

"""People talking to the hospital's accounts (docs/protocols/wechat_official.md sections 1 to 3, alipay.md section 10)."""

from __future__ import annotations

import asyncio
import logging

from handlers.base.errors import described
from handlers.platforms.notifications import NotificationHandler
from server.core.errors import BadInput, MeantForPayments, NotFound, OutsideError, StoreError
from server.core.ports import RawReply
from server.patients.contact_ports import ChatAccount, ChatMessage, ChatReply

log = logging.getLogger("zhenfu.chat")

ANSWER_S_MAX = 4.5
"""The platform hangs up after 5 s and delivers again; an answer that shows nothing is better than its error text."""


class ChatHandler(NotificationHandler):
    """The route table says which ``channel`` a path belongs to. What comes here and is about money goes the way of notifications."""

    def get(self, hospital: str) -> None:
        """The platform proves that the address is ours."""
        echo = self._account(hospital).check_address(self.raw_request())
        self.send(RawReply(status=200, body=echo.encode()))

    async def post(self, hospital: str) -> None:
        account = self._account(hospital)
        try:
            message = account.receive(self.raw_request())
        except MeantForPayments:
            await self.take_in(hospital)
            return
        except BadInput as error:  # genuine, but nothing that we can read: delivering it again would change nothing
            log.warning("unreadable hospital=%s why=%s", hospital, error)
            self.send(RawReply(status=200))
            return
        try:
            async with asyncio.timeout(ANSWER_S_MAX):
                reply = await self.services.chat.answer(hospital, self.of_route["channel"], message)
        except TimeoutError:
            log.warning("too late hospital=%s", hospital)
            reply = ChatReply()
        self.send(account.reply(message, reply))
        await self._say(account, hospital, message, reply)

    async def _say(self, account: ChatAccount, hospital: str, message: ChatMessage, reply: ChatReply) -> None:
        """The platform has its answer: whatever goes wrong from here on is for the log."""
        try:
            await account.say(message, reply)
        except (OutsideError, StoreError) as error:
            log.warning("not said hospital=%s why=%s", hospital, described(error))

    def _account(self, hospital: str) -> ChatAccount:
        found = self.services.hospitals.get(hospital)
        account = None if found is None else found.chats.get(self.of_route["channel"])
        if account is None:
            raise NotFound("account")
        return account

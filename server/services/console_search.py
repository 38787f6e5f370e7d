"""Searching in the console: the words that are typed may be personal, so the page's address has a ticket for them instead."""

from __future__ import annotations

import json
from datetime import timedelta

from server.domain.errors import BadInput, LinkExpired
from server.domain.payment import Payment
from server.domain.refund_rules import SEES, must_be
from server.domain.staff import Staff
from server.domain.typed import search_words
from server.ports import Clock, Ids, ShortLivedStore
from server.services.refund_search import RefundSearch
from server.services.staff_views import CONSOLE

TICKET_LIFE = timedelta(minutes=30)
TICKET_LENGTH = 16
WORDS_CHARS_MAX = 64
FOUND_MAX = 20
_WORDS = "console_search"


class ConsoleSearch:
    def __init__(self, search: RefundSearch, short_lived: ShortLivedStore, clock: Clock, ids: Ids) -> None:
        self._search = search
        self._short_lived = short_lived
        self._clock = clock
        self._ids = ids

    async def begin(self, actor: Staff, words: str) -> tuple[str, str]:
        """(ticket, the payment's id where the words are the number, or the end of it, of just one)."""
        words = search_words(words)
        if not words or len(words) > WORDS_CHARS_MAX:
            raise BadInput("search words", person="请输入单号、单号后6位、手机号（或后4位）或就诊卡号。")
        found = await self._search.find(actor, words, FOUND_MAX, CONSOLE)
        if len(found) == 1 and words.upper() in _numbers(found[0]):
            return "", found[0].id
        ticket = self._ids.text(TICKET_LENGTH)
        facts = json.dumps([actor.number, words], ensure_ascii=False)
        key = f"{actor.hospital}:{ticket}"
        await self._short_lived.put(_WORDS, key, facts, self._clock.now() + TICKET_LIFE)
        return ticket, ""

    async def found(self, actor: Staff, ticket: str) -> tuple[str, tuple[Payment, ...]]:
        """(the words, what they find now). Only whoever typed them has them. Raises LinkExpired."""
        must_be(actor, SEES)
        facts = await self._short_lived.get(_WORDS, f"{actor.hospital}:{ticket}", self._clock.now())
        number, words = json.loads(facts) if facts else ("", "")
        if number != actor.number:
            raise LinkExpired("search", person="搜索已过期，请重新搜索。")
        return words, await self._search.again(actor, words, FOUND_MAX)


def _numbers(payment: Payment) -> set[str]:
    return {payment.id, payment.id[-6:], *(refund.id for refund in payment.refunds)}

"""Searching in the console: the words that are typed may be personal, so the page's address has a ticket for them instead. A search can
be exported, and saved under a name without its words.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from server.console.rules import Room
from server.console.saved_views import ViewsOfRoom
from server.core.errors import BadInput, LinkExpired
from server.core.ports import Clock, Ids, ShortLivedStore
from server.core.typed import number_key, search_words
from server.payments.finder import FoundPayments
from server.payments.model import Payment
from server.payments.rules.search import PaymentSearch, as_facts, from_facts
from server.refunds.rules.permissions import SEES, must_be
from server.refunds.search import RefundSearch
from server.staff.model import Staff
from server.staff.rules.auth_events import EXPORTED, SEARCHED
from server.staff.service import StaffService
from server.staff.views import CONSOLE

TICKET_LIFE = timedelta(minutes=30)
TICKET_LENGTH = 16
WORDS_CHARS_MAX = 64
_WORDS = "console_search"


class ConsoleSearch:
    def __init__(
        self, search: RefundSearch, staff: StaffService, short_lived: ShortLivedStore, clock: Clock, ids: Ids
    ) -> None:
        self._search = search
        self.views = ViewsOfRoom(staff, Room.PAYMENTS)
        self._short_lived = short_lived
        self._clock = clock
        self._ids = ids

    async def begin(self, actor: Staff, search: PaymentSearch) -> tuple[str, str]:
        """(ticket, the payment's id where the words are the number, or the end of it, of just one)."""
        search = replace(search, words=search_words(search.words))
        if not search.words and not search.has_filter:
            raise BadInput("nothing to search by", user_message="请输入单号、手机号或就诊卡号，或选择条件。")
        if len(search.words) > WORDS_CHARS_MAX:
            raise BadInput("search words", user_message="输入的内容太长，请只输入一个号码。")
        found = (await self._search.look(actor, search, CONSOLE, SEARCHED)).payments
        if len(found) == 1 and number_key(search.words) in _own_numbers(found[0]):
            return "", found[0].id
        ticket = self._ids.text(TICKET_LENGTH)
        facts = json.dumps([actor.number, as_facts(search)], ensure_ascii=False)
        key = f"{actor.hospital}:{ticket}"
        await self._short_lived.put(_WORDS, key, facts, self._clock.now() + TICKET_LIFE)
        return ticket, ""

    async def found(self, actor: Staff, ticket: str) -> tuple[PaymentSearch, FoundPayments]:
        """(the search, what it finds now). Only whoever typed it has it. Raises LinkExpired."""
        search = await self._of(actor, ticket)
        return search, await self._search.again(actor, search)

    async def export(
        self, actor: Staff, ticket: str, picked: Collection[str] = ()
    ) -> tuple[PaymentSearch, FoundPayments]:
        """As `found`, or only those ``picked`` of it, to be taken along: counted and noted as an export."""
        search = await self._of(actor, ticket)
        found = await self._search.look(actor, search, CONSOLE, EXPORTED)
        if not picked:
            return search, found
        chosen = tuple(payment for payment in found.payments if payment.id in picked)
        return search, replace(found, payments=chosen)

    async def save(self, actor: Staff, ticket: str, name: str) -> None:
        """Keep the search under ``name``, in place of another of that name; without words and days, which are of one day. Raises BadInput."""
        search = replace(await self._of(actor, ticket), words="", since=None, until=None)
        await self.views.keep(actor, name, as_facts(search))

    def view(self, actor: Staff, name: str) -> PaymentSearch:
        """Raises NotFound."""
        return from_facts(self.views.facts(actor, name))

    async def _of(self, actor: Staff, ticket: str) -> PaymentSearch:
        must_be(actor, SEES)
        facts = await self._short_lived.get(_WORDS, f"{actor.hospital}:{ticket}", self._clock.now())
        number, search = json.loads(facts) if facts else ("", {})
        if number != actor.number:
            raise LinkExpired("search", user_message="搜索已过期，请重新搜索。")
        return from_facts(search)


def _own_numbers(payment: Payment) -> set[str]:
    """Our number, the end of it that people say, and those of its refunds."""
    return {payment.id, payment.id[-6:], *(refund.id for refund in payment.refunds)}

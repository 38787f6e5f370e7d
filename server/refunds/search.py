"""What staff look for: a payment by the words they have of it, what waits for them, what they did today."""

from __future__ import annotations

import re
from dataclasses import replace

from server.core.errors import BadInput, NotFound
from server.core.ports import ANSWERS_MAX, Clock
from server.core.typed import search_words, unmistaken
from server.payments.finder import FoundPayments, PaymentFinder
from server.payments.model import Payment
from server.payments.ports import PaymentStore
from server.payments.refund_model import Refund, RefundState
from server.payments.rules.search import PaymentSearch
from server.payments.rules.search_keys import WAITING, FindBy, asked_on
from server.payments.texts import REFUND_NUMBER
from server.refunds.rules.permissions import DECIDES, SEES, must_be
from server.staff.model import Staff
from server.staff.rules.auth_events import SEARCHED
from server.staff.views import CHAT, StaffViews

_REFUND = re.compile(r"(.+)R\d{2,3}")


CANDIDATES_MAX = 9
NOT_FOUND = "没有找到这笔支付，请核对单号。"


class SeveralFound(BadInput):
    """The words fit several payments, newest first; as many as can be shown to choose from."""

    def __init__(self, payments: tuple[Payment, ...]) -> None:
        super().__init__("several payments", user_message="有多笔支付符合，请输入完整单号。")
        self.payments = payments


class RefundSearch:
    """Each question is asked by somebody at some ``door``, noted (`StaffViews`), and answered only as far as their role sees."""

    def __init__(self, payments: PaymentStore, views: StaffViews, clock: Clock) -> None:
        self._payments = payments
        self._finder = PaymentFinder(payments, clock)
        self._views = views
        self._clock = clock

    async def find(self, actor: Staff, text: str, door: str = CHAT) -> tuple[Payment, ...]:
        """By any number that people hold of a payment, or its end. Newest first. Raises TooManyTries."""
        return (await self.look(actor, PaymentSearch(words=text), door)).payments

    async def look(self, actor: Staff, search: PaymentSearch, door: str, what: str = SEARCHED) -> FoundPayments:
        """What fits ``search``, counted against the limit and noted as ``what`` before anybody sees it. Raises TooManyTries, BadInput."""
        must_be(actor, SEES)
        await self._views.may_search(actor)
        found = await self._found(actor, search)
        await self._views.searched(actor, search, found, door, what)
        return found

    async def again(self, actor: Staff, search: PaymentSearch) -> FoundPayments:
        """The page of a search that was noted a moment ago: the same person, the same words."""
        must_be(actor, SEES)
        return await self._found(actor, search)

    async def _found(self, actor: Staff, search: PaymentSearch) -> FoundPayments:
        return await self._finder.find(actor.hospital, replace(search, words=search_words(search.words)))

    async def one(self, actor: Staff, text: str, door: str = CHAT) -> Payment:
        """The single payment that ``text`` names. Raises NotFound, or SeveralFound."""
        found = await self.find(actor, text, door)
        if not found:
            raise NotFound("payment", user_message=NOT_FOUND)
        if len(found) > 1:
            raise SeveralFound(found[:CANDIDATES_MAX])
        return found[0]

    async def shown(self, actor: Staff, payment_id: str) -> Payment:
        """One of those that a search of this person's, written down then, has shown a moment ago. Raises NotFound."""
        must_be(actor, SEES)
        payment = await self._payments.get(actor.hospital, payment_id)
        if payment is None:
            raise NotFound("payment", user_message=NOT_FOUND)
        return payment

    async def waiting(self, actor: Staff, door: str = CHAT) -> tuple[tuple[Payment, Refund], ...]:
        """What this member of staff could agree to, or has asked for and waits: all of it, what expires next first."""
        must_be(actor, SEES)
        await self._views.listed(actor, WAITING, door)
        found = await self._payments.find(actor.hospital, [(FindBy.TAG, WAITING)], ANSWERS_MAX)
        pairs = [(p, r) for p in found for r in p.refunds if r.state is RefundState.REQUESTED]
        theirs = [pair for pair in pairs if actor.role in DECIDES or pair[1].asked_by == actor.as_actor]
        return tuple(sorted(theirs, key=lambda pair: pair[1].expires_at or pair[1].at))

    async def today(self, actor: Staff, door: str = CHAT) -> tuple[tuple[Payment, Refund], ...]:
        """The refunds that this member of staff asked for today, all of them."""
        await self._views.listed(actor, "today", door)
        tag = asked_on(actor.number, self._clock.now())
        found = await self._payments.find(actor.hospital, [(FindBy.TAG, tag)], ANSWERS_MAX)
        return tuple(
            (p, r)
            for p in found
            for r in p.refunds
            if r.asked_by == actor.as_actor and asked_on(actor.number, r.at) == tag
        )

    async def refund(self, actor: Staff, refund_no: str, door: str = CHAT) -> tuple[Payment, Refund]:
        """The one refund that ``refund_no``, or its end, names; what names a payment means its only refund. Raises NotFound or BadInput."""
        word = refund_no.strip().upper()
        payment = await self.one(actor, word, door)
        found = [refund for refund in payment.refunds if unmistaken(refund.id).endswith(unmistaken(word))]
        if not found and not _is_a_refund_s(payment, word):
            found = list(payment.refunds)
        if len(found) != 1:
            raise NotFound("refund", user_message=f"没有找到这笔退费，请输入完整的{REFUND_NUMBER}。")
        return payment, found[0]


def _is_a_refund_s(payment: Payment, word: str) -> bool:
    """``word`` says which refund of ``payment`` is meant, whether there is such a one or not."""
    said = _REFUND.fullmatch(word)
    return said is not None and payment.id.endswith(said[1]) and not payment.id.endswith(word)

"""Payments found by when money came or went back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta

from pymongo import ASCENDING

from server.core.ports import ANSWERS_MAX
from server.payments.model import Payment
from server.storage.documents import Document
from server.storage.precision import whole_ms
from server.storage.rules import check_limit, has_refund_within

HALVED_DOWN_TO = timedelta(minutes=1)


class MovedMoney(ABC):
    """The part of the payments' store that answers these two questions."""

    @abstractmethod
    async def _many(self, query: Document, limit: int, order: list[tuple[str, int]]) -> list[Payment]: ...

    async def paid_between(self, hospital: str, since: datetime, until: datetime, limit: int) -> Sequence[Payment]:
        wanted = {"hospital": hospital, "paid_at": {"$gte": whole_ms(since), "$lt": whole_ms(until)}}
        found = await self._many(wanted, limit, [("paid_at", ASCENDING)])
        return sorted(found, key=lambda payment: (payment.paid_at or until, payment.id))

    async def refunded_between(self, hospital: str, since: datetime, until: datetime, limit: int) -> Sequence[Payment]:
        """Of a payment with several refunds the index does not know which one is meant, so the span is looked at again here. An answer
        that is full, and yet has too few, is asked for in halves.
        """
        begin, end = whole_ms(since), whole_ms(until)
        wanted = {"hospital": hospital, "refunds.finished_at": {"$gte": begin, "$lt": end}}
        check_limit(limit)
        found = await self._many(wanted, ANSWERS_MAX, [("refunds.finished_at", ASCENDING)])
        within = [payment for payment in found if has_refund_within(payment, begin, end)]
        if len(found) < ANSWERS_MAX or len(within) >= limit or end - begin < HALVED_DOWN_TO:
            return within[:limit]
        middle = begin + (end - begin) / 2
        halves = [await self.refunded_between(hospital, *span, limit) for span in ((begin, middle), (middle, end))]
        return list({payment.id: payment for half in halves for payment in half}.values())[:limit]

"""Unclaimed money in memory: the twin of `mongo.unclaimed`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace
from datetime import datetime

from server.core.errors import AlreadyStored, LostRace
from server.payments.unclaimed_model import UnclaimedMoney
from server.storage.precision import kept, whole_ms
from server.storage.rules import check_limit, check_unclaimed_step

PAGE = 200
Key = tuple[str, str]


class MemoryUnclaimed:
    """ports.UnclaimedStore."""

    def __init__(self) -> None:
        self.documents: dict[Key, UnclaimedMoney] = {}
        self._written: dict[Key, UnclaimedMoney] = {}
        self._aside: dict[Key, datetime] = {}

    async def keep(self, money: UnclaimedMoney) -> UnclaimedMoney:
        known = await self.get(money.hospital, money.id)
        if known is not None:
            return known
        return self._put(money)

    async def insert(self, money: UnclaimedMoney) -> None:
        if (money.hospital, money.id) in self.documents:
            raise AlreadyStored(money.id)
        self._put(money)

    async def get(self, hospital: str, money_id: str) -> UnclaimedMoney | None:
        money = self.documents.get((hospital, money_id))
        return None if money is None else self._read(money)

    async def save(self, before: UnclaimedMoney, after: UnclaimedMoney) -> None:
        check_unclaimed_step(before, after)
        stored = self.documents.get((before.hospital, before.id))
        if stored is None or stored.version != before.version:
            raise LostRace(before.id)
        self._put(after)

    async def latest(self, hospital: str, limit: int) -> Sequence[UnclaimedMoney]:
        return _newest(self._of(hospital), limit)

    async def unsettled(self, hospital: str, limit: int) -> Sequence[UnclaimedMoney]:
        return _newest([money for money in self._of(hospital) if not money.settled], limit)

    async def of_order(self, hospital: str, channel: str, out_trade_no: str) -> Sequence[UnclaimedMoney]:
        found = [one for one in self._of(hospital) if (one.channel, one.out_trade_no) == (channel, out_trade_no)]
        return sorted(found, key=lambda money: (money.at, money.id), reverse=True)

    async def pages(self, hospital: str) -> AsyncIterator[Sequence[UnclaimedMoney]]:
        known = self._of(hospital)
        for first in range(0, len(known), PAGE):
            yield known[first : first + PAGE]

    async def due(self, now: datetime, limit: int, without: Collection[str] = ()) -> Sequence[Key]:
        owing = [(self._due_at(money), money.id, money.hospital) for money in self.documents.values()]
        waiting = sorted((at, one, where) for at, one, where in owing if at and at <= now and one not in without)
        return [(where, money_id) for _, money_id, where in waiting[: check_limit(limit)]]

    async def owing(self, since: datetime, until: datetime, limit: int) -> Sequence[UnclaimedMoney]:
        dated = [(money.next_due, money.id, money) for money in self.documents.values() if money.next_due]
        between = [one for one in dated if since <= one[0] <= until]
        return [money for _, _, money in sorted(between, key=lambda one: one[:2])[: check_limit(limit)]]

    async def set_aside(self, money: UnclaimedMoney, until: datetime) -> None:
        stored = self.documents.get((money.hospital, money.id))
        if stored is not None and stored.version == money.version:
            self._aside[(money.hospital, money.id)] = whole_ms(until)

    def _due_at(self, money: UnclaimedMoney) -> datetime | None:
        return self._aside.get((money.hospital, money.id), money.next_due)

    def _put(self, money: UnclaimedMoney) -> UnclaimedMoney:
        key, fresh = (money.hospital, money.id), kept(money)
        self.documents[key] = self._written[key] = fresh
        self._aside.pop(key, None)
        return fresh

    def _read(self, money: UnclaimedMoney) -> UnclaimedMoney:
        """What the MAC is to a database: whoever changes a document behind the store's back has not written it."""
        genuine = money is self._written[(money.hospital, money.id)]
        return money if genuine else replace(money, tampered=True)

    def _of(self, hospital: str) -> list[UnclaimedMoney]:
        return [self._read(money) for money in self.documents.values() if money.hospital == hospital]


def _newest(money: list[UnclaimedMoney], limit: int) -> list[UnclaimedMoney]:
    return sorted(money, key=lambda one: (one.at, one.id), reverse=True)[: check_limit(limit)]

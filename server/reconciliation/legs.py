"""FETCH: brings the legs of a day that lie outside, checks them and keeps them as they were received."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from server.core.days import hospital_day
from server.core.errors import OutsideError
from server.core.ports import Clock
from server.reconciliation.day_model import FINAL, THERE, DayLeg, LegAnswer, ReconciliationDay
from server.reconciliation.his_rows import HisRow, his_file, his_rows, rows_of_channel
from server.reconciliation.model import Balance, Leg, Sums
from server.reconciliation.ports import Aside, FurtherLeg, HisDayList, Incoming, KeptFiles, Opens
from server.reconciliation.rules.lines import line_of
from server.reconciliation.rules.parts import Counting
from server.reconciliation.rules.receipts import receipt_rows, receipt_sums, receipts_told
from server.reconciliation.statements import (
    StatementAnswer,
    StatementKind,
    StatementRefused,
    StatementSource,
)

RUNNING_DAY = frozenset({Leg.HIS, Leg.FURTHER})
"""Who lists the running day so far."""
KINDS = {Leg.CHANNEL: StatementKind.TRADE, Leg.FUND: StatementKind.FUND}


class LegFetcher:
    """``sources`` and ``further`` legs by hospital and channel; ``lists`` of the HIS by hospital."""

    def __init__(
        self,
        sources: Mapping[str, Mapping[str, StatementSource]],
        lists: Mapping[str, HisDayList],
        further: Mapping[str, Mapping[str, FurtherLeg]],
        files: KeptFiles,
        aside: Aside,
        clock: Clock,
    ) -> None:
        self._sources = sources
        self._lists = lists
        self._further = further
        self._files = files
        self._aside = aside
        self._clock = clock

    async def missing_legs(self, day: ReconciliationDay) -> list[DayLeg]:
        """Every leg that is not there yet, asked for once more. One that nobody answers does not keep the others from coming.

        A day that has been matched before is fetched again because a person wants it so: then all are asked for anew, since the HIS's list may
        tell of receipts that were red-flushed since, and the channel's service may have corrected a statement. What was there stays where
        nothing better comes.
        """
        legs = {leg.leg: leg for leg in day.legs}
        asked = []
        further = (Leg.FURTHER,) if self._further_of(day) is not None else ()
        for leg in (Leg.CHANNEL, Leg.FUND, Leg.HIS, *further):
            if leg not in legs or legs[leg].answer not in FINAL or day.result:
                fresh = await self._asked(day, leg, self._is_over(day, legs.get(Leg.CHANNEL)))
                if _is_better(fresh, legs.get(leg)):
                    legs[leg] = fresh
                    asked += [fresh, *await self._receipts(day, fresh)]
        return asked

    def _is_over(self, day: ReconciliationDay, channel: DayLeg | None) -> bool:
        """By our clock, or by the channel, which gives no statement of a day that goes on."""
        told = channel is not None and channel.answer in THERE
        return told or hospital_day(self._clock.now()) > day.day

    async def _asked(self, day: ReconciliationDay, leg: Leg, is_over: bool) -> DayLeg:
        """A HIS lists the running day so far: that must not be taken for the day."""
        now = self._clock.now()
        if leg in RUNNING_DAY and not is_over:
            return DayLeg(leg=leg, answer=LegAnswer.NOT_YET, at=now)
        try:
            if leg is Leg.HIS:
                return await self._his(day, now)
            if leg is Leg.FURTHER:
                return await self._further_rows(day, now)
            return await self._statement(day, leg, now)
        except OutsideError as error:
            return DayLeg(leg=leg, answer=LegAnswer.FAILED, at=now, detail=type(error).__name__)

    async def _his(self, day: ReconciliationDay, now: datetime) -> DayLeg:
        lists = self._lists.get(day.hospital)
        rows = None if lists is None else await lists.statement_day(day.day)
        if rows is None:
            return DayLeg(leg=Leg.HIS, answer=LegAnswer.NOT_OFFERED, at=now)
        counting = Counting()
        for row in rows_of_channel(rows, day.channel):
            counting.add(row)
        sha256 = await self._files.keep(his_file(rows))
        return DayLeg(leg=Leg.HIS, answer=LegAnswer.FILE, at=now, sha256=sha256, sums=counting.sums)

    def _further_of(self, day: ReconciliationDay) -> FurtherLeg | None:
        return self._further.get(day.hospital, {}).get(day.channel)

    async def _further_rows(self, day: ReconciliationDay, now: datetime) -> DayLeg:
        """Kept as the lines that matching reads (`rules.lines`)."""
        source = self._further_of(day)
        try:
            rows = None if source is None else await source.rows(day.day)
        except StatementRefused as refused:
            return DayLeg(leg=Leg.FURTHER, answer=LegAnswer.REFUSED, at=now, detail=str(refused.reason))
        if rows is None:
            return DayLeg(leg=Leg.FURTHER, answer=LegAnswer.NOT_YET, at=now)
        counting = Counting()
        for row in rows:
            counting.add(row)
        sha256 = await self._files.keep(b"".join(line_of(row) + b"\n" for row in sorted(rows, key=line_of)))
        answer = LegAnswer.FILE if rows else LegAnswer.HEADERS_ONLY
        return DayLeg(leg=Leg.FURTHER, answer=answer, at=now, sha256=sha256, sums=counting.sums)

    async def _receipts(self, day: ReconciliationDay, his: DayLeg) -> list[DayLeg]:
        """The HIS's list may tell of receipts, too; a HIS that does not has no such leg."""
        if his.leg is not Leg.HIS or his.answer is not LegAnswer.FILE:
            return []
        opens = await self._files.opened(his.sha256)
        rows = await self._aside(partial(_his_rows, opens))
        if not receipts_told(rows):
            return []
        sums = receipt_sums(receipt_rows(rows, day.channel))
        return [replace(his, leg=Leg.RECEIPT, sums=sums)]

    async def _statement(self, day: ReconciliationDay, leg: Leg, now: datetime) -> DayLeg:
        source = self._sources.get(day.hospital, {}).get(day.channel)
        if source is None:
            return DayLeg(leg=leg, answer=LegAnswer.NOT_OFFERED, at=now)
        async with self._files.incoming() as incoming:
            told = await source.statement(day.day, KINDS[leg], incoming)
            if told is not StatementAnswer.FILE:
                return DayLeg(leg=leg, answer=LegAnswer(str(told)), at=now)
            try:
                sums, balance = await self._aside(lambda: _read(source, leg, incoming))
            except StatementRefused as refused:
                return DayLeg(leg=leg, answer=LegAnswer.REFUSED, at=now, detail=str(refused.reason))
            sha256 = await incoming.keep()
        rows = sums.rows or balance is not None
        answer = LegAnswer.FILE if rows else LegAnswer.HEADERS_ONLY
        return DayLeg(leg=leg, answer=answer, at=now, sha256=sha256, sums=sums, balance=balance)


def _is_better(fresh: DayLeg, before: DayLeg | None) -> bool:
    """A file is replaced by another file only: that there was nothing after all is no correction."""
    if before is None or before.answer not in FINAL:
        return True
    return fresh.answer in ({LegAnswer.FILE} if before.answer is LegAnswer.FILE else THERE)


def _his_rows(opens: Opens) -> list[HisRow]:
    with opens() as file:
        return list(his_rows(file))


def _read(source: StatementSource, leg: Leg, incoming: Incoming) -> tuple[Sums, Balance | None]:
    """All of the file is read once, so that nothing is believed of one whose totals do not hold. Raises StatementRefused."""
    counting = Counting()
    with incoming.opened() as file:
        reading = source.read_statement(KINDS[leg], file)
        for row in reading:
            counting.add(row)
    return counting.sums, reading.balance

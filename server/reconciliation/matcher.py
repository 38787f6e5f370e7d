"""MATCH: compares the kept legs of a day with our own payments and refunds of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from server.core.days import hospital_day
from server.core.errors import NotSent
from server.core.ports import Clock
from server.payments.hospital import Hospital
from server.payments.ports import PaymentStore
from server.reconciliation.bank import BankBooks
from server.reconciliation.day_model import THERE, DayLeg, LegAnswer, ReconciliationDay, day_id
from server.reconciliation.his_rows import his_rows, rows_of_channel
from server.reconciliation.legs import KINDS
from server.reconciliation.model import Carried, Leg, MatchResult, Row, Sums
from server.reconciliation.our_leg import OurLeg
from server.reconciliation.ports import Aside, DayStore, KeptFiles, Opens, RoomForParts
from server.reconciliation.rules.account_jumps import left_before, with_jump
from server.reconciliation.rules.bank_book import bank_leg, noting, with_arrivals_of
from server.reconciliation.rules.further import with_further
from server.reconciliation.rules.judging import Bounds
from server.reconciliation.rules.lines import line_of, row_of
from server.reconciliation.rules.matching import match
from server.reconciliation.rules.our_rows import as_of_now, our_rows, renumbered
from server.reconciliation.rules.our_side import our_side
from server.reconciliation.rules.receipts import with_receipts
from server.reconciliation.rules.result_text import result_from_text
from server.reconciliation.statements import StatementSource

KEYED = (Leg.CHANNEL, Leg.FUND, Leg.HIS)
"""The legs that are compared with ours row by row."""
LOOKED_BACK_DAYS = 15
"""An account on which nothing has moved for longer is asked about no more."""


class DayMatcher:
    def __init__(
        self,
        *,
        hospitals: Mapping[str, Hospital],
        payments: PaymentStore,
        ours: OurLeg,
        days: DayStore,
        sources: Mapping[str, Mapping[str, StatementSource]],
        files: KeptFiles,
        room: RoomForParts,
        bank: BankBooks,
        aside: Aside,
        clock: Clock,
    ) -> None:
        self._hospitals = hospitals
        self._payments = payments
        self._ours = ours
        self._days = days
        self._sources = sources
        self._files = files
        self._room = room
        self._bank = bank
        self._aside = aside
        self._clock = clock

    async def matched(self, day: ReconciliationDay) -> tuple[MatchResult, list[DayLeg]]:
        """The result and the legs that the run has read itself: our own, kept, and the bank's. Raises NotSent while the day before has no result, whose rows are carried into this one."""
        carried = await self._carried(day)
        files = {each.leg: await self._opened(each) for each in day.legs if each.answer in THERE}
        side = await self._ours.side(day, lambda leg: self._rows(day, leg, files.get(leg)))
        ours, earlier = sorted(side.rows, key=line_of), (*_others(side.late, carried), *carried)
        legs = self._compared(day, files)
        prefix = self._hospitals[day.hospital].prefix
        fund = day.leg(Leg.FUND)
        balance = fund.balance if fund else None
        left_fen = await self._left_before(day) if balance else None

        withdrawals: list[Row] = []

        def work() -> tuple[MatchResult, Sums]:
            with self._room() as store:
                sums = {Leg.OURS: store.write(Leg.OURS, ours, prefix, with_fund=False)}
                for leg in legs:
                    rows = noting(renumbered(self._rows(day, leg, files[leg]), side.numbers), withdrawals)
                    sums[leg] = store.write(leg, rows, prefix, with_fund=Leg.FUND in legs)
                there = (Leg.OURS, *legs)
                bounds = Bounds(prefix=prefix)
                result = match(day.day, store.parts(there), there, bounds, earlier=earlier, sums=sums)
                if (receipts := files.get(Leg.RECEIPT)) is not None:
                    with receipts() as file:
                        result = with_receipts(result, his_rows(file), day.channel, prefix)
                if (further := files.get(Leg.FURTHER)) is not None:
                    with further() as file:
                        told = [row_of(Leg.FURTHER, line.rstrip(b"\n")) for line in file]
                    result = with_further(result, ours, told, prefix)
                return result, sums[Leg.OURS]

        result, sums = await self._aside(work)
        sha256 = await self._files.keep(our_side(ours, earlier, side.numbers, left_fen))
        ours_leg = DayLeg(leg=Leg.OURS, answer=LegAnswer.FILE, at=self._clock.now(), sha256=sha256, sums=sums)
        book = await self._bank.record_withdrawals(day.hospital, day.channel, withdrawals)
        arrived = bank_leg(book, day.channel, day.day)
        result = with_jump(result, balance, left_fen)
        return with_arrivals_of(book, result, day.channel), [ours_leg, *([arrived] if arrived else [])]

    def _compared(self, day: ReconciliationDay, files: Mapping[Leg, Opens | None]) -> list[Leg]:
        """A fund statement that says "none that day" beside trades is no fund statement."""
        trade = day.leg(Leg.CHANNEL)
        fund_is_there = files.get(Leg.FUND) is not None or trade is None or trade.answer is not LegAnswer.FILE
        return [leg for leg in KEYED if leg in files and (leg is not Leg.FUND or fund_is_there)]

    async def _left_before(self, day: ReconciliationDay) -> int | None:
        """What the days before have left in the channel's account, in fen; None where it is not known."""
        funds: list[DayLeg | None] = []
        for back in range(1, LOOKED_BACK_DAYS):
            before = await self._days.get(day.hospital, day_id(day.channel, day.day - timedelta(days=back)))
            funds.append(before.leg(Leg.FUND) if before else None)
            if funds[-1] is None or funds[-1].balance is not None:
                break
        return left_before(funds)

    async def _carried(self, day: ReconciliationDay) -> tuple[Carried, ...]:
        before = await self._days.get(day.hospital, day_id(day.channel, day.day - timedelta(days=1)))
        if before is None:
            return ()
        if not before.result:
            raise NotSent("reconciliation", f"{before.id} has no result yet")
        carried = result_from_text(before.result).carried
        return tuple([replace(each, rows=await self._known_now(day, each)) for each in carried])

    async def _known_now(self, day: ReconciliationDay, carried: Carried) -> tuple[Row, ...]:
        """The day's rows, with ours as they are now: what the HIS was told meanwhile is known, and so is money of which only the channel told
        while it waited, once a repair has recorded it.
        """
        rows = [await self._row_now(day, row) if row.leg is Leg.OURS else row for row in carried.rows]
        if not carried.counted and all(row.leg is not Leg.OURS for row in rows):
            rows += await self._recorded_since(day, carried.rows)
        return tuple(rows)

    async def _recorded_since(self, day: ReconciliationDay, rows: Sequence[Row]) -> list[Row]:
        """What we have by now of these rows of the channel or the HIS."""
        prefix = self._hospitals[day.hospital].prefix
        row = next((row for row in rows if row.payment_number.startswith(prefix)), None)
        payment = await self._payments.get(day.hospital, row.payment_number) if row is not None else None
        if row is None or payment is None:
            return []
        return [ours for ours in our_rows(payment, day.channel, hospital_day(row.at)) if ours.key == row.key]

    async def _row_now(self, day: ReconciliationDay, row: Row) -> Row:
        payment = await self._payments.get(day.hospital, row.payment_number)
        return row if payment is None else as_of_now(payment, day.channel, row)

    async def _opened(self, leg: DayLeg) -> Opens | None:
        """None for a leg of which the other side says that there is nothing."""
        return await self._files.opened(leg.sha256) if leg.sha256 else None

    def _rows(self, day: ReconciliationDay, leg: Leg, opens: Opens | None) -> Iterator[Row]:
        """One row at a time, while the file is read."""
        if opens is None:
            return
        with opens() as file:
            if leg is Leg.HIS:
                yield from rows_of_channel(his_rows(file), day.channel)
            else:
                source = self._sources[day.hospital][day.channel]
                yield from source.read_statement(KINDS[leg], file)


def _others(late: Iterable[Carried], carried: Iterable[Carried]) -> list[Carried]:
    """The rows of which the day before does not tell anyway."""
    known = {each.key for each in carried}
    return [each for each in late if each.key not in known]

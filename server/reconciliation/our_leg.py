"""Our own leg of a day: what we have of it, and what the HIS took over on it of the days before."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial

from server.core.days import HOSPITAL_ZONE
from server.core.ports import ANSWERS_MAX
from server.payments.hospital import Hospital
from server.payments.model import Payment
from server.payments.ports import PaymentStore
from server.payments.rules.search_keys import RUNNING, FindBy
from server.reconciliation.day_model import THERE, ReconciliationDay, day_id
from server.reconciliation.model import Carried, Leg, Row, RowKind
from server.reconciliation.ports import Aside, DayStore
from server.reconciliation.rules.our_rows import (
    numbers_in_his,
    our_rows,
    renumbered,
    taken_over_later,
    written_off_before,
)

PAID_WITHIN = timedelta(days=1)
"""A payment is paid so long after it began at the latest; what comes later is money that goes back, and is a refund's row, too."""
Reads = Callable[[Leg], Iterator[Row]]
"""The rows of another leg of the day, one at a time, while its file is read."""


@dataclass(slots=True)
class OurSide:
    """``rows`` of the day. ``late`` are those of days without a list of the HIS which it has on this one; ``numbers`` is what it calls refunds
    otherwise than the channel.
    """

    rows: list[Row] = field(default_factory=list)
    late: list[Carried] = field(default_factory=list)
    numbers: dict[str, str] = field(default_factory=dict)


class OurLeg:
    def __init__(self, hospitals: Mapping[str, Hospital], payments: PaymentStore, days: DayStore, aside: Aside) -> None:
        self._hospitals = hospitals
        self._payments = payments
        self._days = days
        self._aside = aside

    async def side(self, day: ReconciliationDay, reads: Reads) -> OurSide:
        """``reads`` may be called several times for the same leg."""
        found, written_off = OurSide(), dict[str, date]()
        async for payment in self._payments_of(day, reads):
            found.numbers |= numbers_in_his(payment)
            rows = list(our_rows(payment, day.channel, day.day))
            found.rows += rows
            found.late += taken_over_later(payment, day.channel, day.day)
            written_off |= written_off_before(payment, rows, day.day)
        earlier = {each.since for each in found.late} | set(written_off.values())
        blind = {since for since in earlier if await self._was_blind(day, since)}
        found.late = [each for each in found.late if each.since in blind]
        if found.late:
            keys = await self._aside(lambda: _told(renumbered(reads(Leg.HIS), found.numbers), found.late))
            found.late = [each for each in found.late if each.key in keys]
        unseen = {key for key, since in written_off.items() if since in blind}
        if unseen:
            listed = await self._aside(lambda: {row.key for row in renumbered(reads(Leg.HIS), found.numbers)})
            found.rows = [_not_in_his(row) if row.key in unseen - listed else row for row in found.rows]
        return found

    async def _was_blind(self, day: ReconciliationDay, since: date) -> bool:
        """Was the day ``since`` compared without a list of the HIS, or not at all? Then nothing is carried from it that the HIS had not yet."""
        before = await self._days.get(day.hospital, day_id(day.channel, since))
        his = before.leg(Leg.HIS) if before is not None and before.result else None
        return his is None or his.answer not in THERE

    async def _payments_of(self, day: ReconciliationDay, reads: Reads) -> AsyncIterator[Payment]:
        """Each once: those that may have been paid on the day, those that have a refund under way, and those that another leg tells of."""
        seen = set[str]()
        async for payment in self._begun_or_running(day):
            if payment.id not in seen:
                seen.add(payment.id)
                yield payment
        prefix = self._hospitals[day.hospital].prefix
        for number in sorted(await self._aside(partial(_others_told_of, reads, prefix, seen))):
            found = await self._payments.get(day.hospital, number)
            if found is not None:
                yield found

    async def _begun_or_running(self, day: ReconciliationDay) -> AsyncIterator[Payment]:
        begins = datetime.combine(day.day, time(), HOSPITAL_ZONE)
        before = (begins + timedelta(days=1), "")
        while page := await self._payments.between(day.hospital, begins - PAID_WITHIN, before, ANSWERS_MAX):
            for payment in page:
                yield payment
            before = page[-1].page_cursor
        for payment in await self._payments.find(day.hospital, [(FindBy.TAG, RUNNING)], ANSWERS_MAX):
            yield payment


def _not_in_his(row: Row) -> Row:
    """``row`` of a refund that the HIS wrote off on a day of which nobody has its list."""
    return row._replace(expected_in=row.expected_in - {Leg.HIS})


def _others_told_of(reads: Reads, prefix: str, seen: Collection[str]) -> set[str]:
    """Numbers of our payments, beside those ``seen``, of which the channel or the HIS lists a refund, or the HIS a booking: the payment may be
    of long ago.
    """
    return {
        row.payment_number
        for leg in (Leg.CHANNEL, Leg.HIS)
        for row in reads(leg)
        if (row.kind is RowKind.REFUND or leg is Leg.HIS) and row.payment_number.startswith(prefix)
        and row.payment_number not in seen
    }  # fmt: skip


def _told(his: Iterable[Row], late: Iterable[Carried]) -> set[str]:
    """The keys of ``late`` that the HIS's rows tell of, by our number or by the channel's."""
    names = {
        (row.kind, name): each.key
        for each in late
        for row in each.rows
        for name in (row.number, row.channel_no)
        if name
    }
    return {names[row.kind, name] for row in his for name in (row.number, row.channel_no) if (row.kind, name) in names}

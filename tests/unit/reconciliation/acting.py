"""What people and Zhenfu do about differences, on the rows of invented days: each act changes only the legs that it is about.

An act is done from what the difference itself says, never from what was put into the day; so a wrong act leaves the day out of balance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from server.reconciliation.model import FUND_MARK, Act, Discrepancy, Leg, Row, RowKind, RowState
from tests.unit.reconciliation.days import TOMORROW, Day

IN_A_DAY = timedelta(days=1)
NOBODY = ""


class Acted:
    """``today`` as it is after the acts, and ``tomorrow`` with what they lead to there."""

    def __init__(self, today: Day) -> None:
        self.today, self.tomorrow = today, Day()

    def do(self, each: Discrepancy) -> None:
        _ACTS[each.act](self, each)

    def of(self, each: Discrepancy, leg: Leg) -> list[Row]:
        return [row for row in self.today.rows if row.leg is leg and row.key == each.id]

    def put(self, each: Discrepancy, leg: Leg, like: Iterable[Row]) -> None:
        """``leg`` has of this key exactly what is ``like`` that."""
        rows = [row._replace(leg=leg, note=NOBODY) for row in like]
        self.today.rows = [row for row in self.today.rows if row.leg is not leg or row.key != each.id] + rows

    def by_channel(self, each: Discrepancy) -> None:
        """Zhenfu asks the channel, which says what its statement says; our books and the HIS's follow."""
        said = self.of(each, Leg.CHANNEL)
        here = said if said and said[0].state is RowState.FAILED else _done(said)
        self.put(each, Leg.OURS, here)
        self.put(each, Leg.HIS, _done(said))

    def by_his(self, each: Discrepancy) -> None:
        """The HIS has lost it, and takes it over tomorrow."""
        rows = self.of(each, Leg.OURS)
        self.put(each, Leg.OURS, [row._replace(booked_on=TOMORROW) for row in rows])
        self.tomorrow.rows += [row._replace(leg=Leg.HIS, at=row.at + IN_A_DAY) for row in rows]

    def his_corrects(self, each: Discrepancy) -> None:
        """The HIS's people make their books say what the channel has."""
        self.put(each, Leg.HIS, _done(self.of(each, Leg.CHANNEL))[:1])

    def channel_corrects(self, each: Discrepancy) -> None:
        """The channel sends its files again: each says what its other file and our books say."""
        number = each.id.partition(FUND_MARK)[2]
        if number:
            return self._fund_corrected(number.partition("/")[0])
        said = self.of(each, Leg.CHANNEL) or self._with_fees(self.of(each, Leg.OURS))
        self.put(each, Leg.CHANNEL, said[:1])
        return None

    def _with_fees(self, rows: Iterable[Row]) -> list[Row]:
        fees = {row.channel_no: row.fee_fen for row in self.today.rows if row.leg is Leg.FUND}
        return [row._replace(leg=Leg.CHANNEL, fee_fen=fees[row.channel_no]) for row in rows]

    def _fund_corrected(self, channel_no: str) -> None:
        trades = [row for row in self.today.rows if row.leg is Leg.CHANNEL and row.channel_no == channel_no]
        others = [row for row in self.today.rows if row.leg is not Leg.FUND or row.channel_no != channel_no]
        self.today.rows = others + [row._replace(leg=Leg.FUND) for row in trades]

    def looked(self, each: Discrepancy) -> None:
        """A person finds out: what no kind is known for is no trade; of two amounts the channel's is what was paid."""
        if each.id.startswith(RowKind.UNKNOWN):
            told = {row.channel_no for row in each.rows}
            self.today.rows = [row for row in self.today.rows if row.channel_no not in told]
            return None
        return self.by_channel(each)

    def waited(self, each: Discrepancy) -> None:
        """The side that lacks it tells of it tomorrow."""
        has = {row.leg for row in each.rows}
        (lacks,) = {Leg.CHANNEL, Leg.HIS, Leg.OURS} - has
        self.tomorrow.rows += [
            row._replace(leg=lacks, at=row.at + IN_A_DAY) for row in each.rows if row.leg is Leg.OURS
        ]


_ACTS: dict[Act, Callable[[Acted, Discrepancy], None]] = {
    Act.QUERY_CHANNEL: Acted.by_channel,
    Act.RECORD_REFUND: Acted.by_channel,
    Act.ASK_HIS: Acted.by_his,
    Act.CHECK_HIS: Acted.his_corrects,
    Act.CHECK_CHANNEL: Acted.channel_corrects,
    Act.LOOK: Acted.looked,
    Act.WAIT: Acted.waited,
}


def _done(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row.state is RowState.DONE]


def money_of(rows: Iterable[Row], leg: Leg) -> dict[str, tuple[int, int]]:
    """By payment number, of what is done: (net fen, fee fen)."""
    found: dict[str, tuple[int, int]] = {}
    for row in rows:
        if row.leg is leg and row.state is RowState.DONE:
            net, fee = found.get(row.payment_number, (0, 0))
            sign = -1 if row.kind is RowKind.REFUND else 1
            found[row.payment_number] = net + sign * row.amount_fen, fee + row.fee_fen
    return found

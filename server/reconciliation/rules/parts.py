"""Into which part a row goes, so that a key's rows of all legs meet in the same one. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from server.reconciliation.model import Leg, Row, RowKind, RowState, Sums
from server.reconciliation.rules.comparing import Lines
from server.reconciliation.rules.lines import fund_rows, line_of

PARTS = 61
"""Of each of the three families; 10 million rows a side are about 160,000 rows of a leg in a part. A prime, so that numbers spread."""
OURS, OTHERS, FUND = "ours", "others", "fund"
FAMILY_LEGS: Mapping[str, tuple[Leg, ...]] = {
    OURS: (Leg.OURS, Leg.CHANNEL, Leg.HIS),
    OTHERS: (Leg.CHANNEL, Leg.HIS),
    FUND: (Leg.CHANNEL, Leg.FUND),
}
"""Which legs are compared in a family of parts: our own rows, other systems' rows, and the trade statement with the fund statement."""
PartId = tuple[str, int]


def places(row: Row, prefix: str, *, with_fund: bool) -> Iterable[tuple[PartId, bytes]]:
    """The parts that ``row`` goes into, with its line there. ``with_fund``: the day has a fund statement."""
    if row.leg is not Leg.FUND:
        number = row.number or row.channel_no
        family = OURS if row.payment_number.startswith(prefix) or row.leg is Leg.OURS else OTHERS
        yield (family, _spread(number)), line_of(row if row.number else row._replace(number=number))
    if with_fund and row.leg in {Leg.CHANNEL, Leg.FUND}:
        for each in fund_rows(row):
            yield (FUND, _spread(each.channel_no)), line_of(each)


def _spread(number: str) -> int:
    """The same for the same number in every process; its last characters are random or count up."""
    return int.from_bytes(number.encode()[-8:], "big") % PARTS


def parts_of(rows: Iterable[Row], legs: Iterable[Leg], prefix: str) -> list[dict[Leg, Lines]]:
    """The parts of a day that fits into memory."""
    there = set(legs)
    found: dict[PartId, dict[Leg, list[bytes]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        for place, line in places(row, prefix, with_fund=Leg.FUND in there):
            found[place][row.leg].append(line)
    return [
        {leg: found[place].get(leg, []) for leg in FAMILY_LEGS[place[0]] if leg in there} for place in sorted(found)
    ]


@dataclass(slots=True)
class Counting:
    """Adds the rows of one leg up; what failed or is no trade counts nothing, but a fee that has a row of its own is a fee."""

    payments: int = 0
    paid_fen: int = 0
    refunds: int = 0
    refunded_fen: int = 0
    fee_fen: int = 0

    def add(self, row: Row) -> None:
        if row.state is RowState.FAILED:
            return
        if row.kind is RowKind.PAYMENT:
            self.payments += 1
            self.paid_fen += row.amount_fen
        elif row.kind is RowKind.REFUND:
            self.refunds += 1
            self.refunded_fen += row.amount_fen
        elif row.kind is not RowKind.FEE:
            return
        self.fee_fen += row.fee_fen

    @property
    def sums(self) -> Sums:
        return Sums(
            payments=self.payments, paid_fen=self.paid_fen, refunds=self.refunds, refunded_fen=self.refunded_fen,
            fee_fen=self.fee_fen,
        )  # fmt: skip

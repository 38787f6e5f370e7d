"""What both sides of a day really hold, from the books of the platforms, the HIS and the bank. Nothing here asks Zhenfu's rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sandbox.world.wire import Record
from server.core.days import hospital_day

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

ACCOUNTS = ("wechat", "alipay")
PAYMENT = "payment"


class Line(NamedTuple):
    """One payment or refund on one side. ``order`` is the order number of either; amounts in fen, ``fee_fen`` is what the channel keeps."""

    order: str
    kind: str
    amount_fen: int
    fee_fen: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    paid_fen: int
    refunded_fen: int
    fee_fen: int = 0

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Totals:
        told = list(lines)
        paid_fen = sum(line.amount_fen for line in told if line.kind == PAYMENT)
        refunded_fen = sum(line.amount_fen for line in told if line.kind != PAYMENT)
        return cls(paid_fen, refunded_fen, sum(line.fee_fen for line in told))

    @property
    def kept_fen(self) -> int:
        return self.paid_fen - self.refunded_fen - self.fee_fen


class DayBooks:
    """Of one channel, for the days from ``first`` to ``last``."""

    def __init__(self, world: SimulatedWorld, channel: str, first: date, last: date) -> None:
        self._world = world
        self._name = channel
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        self.channel: dict[date, list[Line]] = {day: self._channel(day) for day in days}
        self.his: dict[date, list[Line]] = {day: self._his(day) for day in days}

    def _channel(self, day: date) -> list[Line]:
        outside = self._world.outside
        statements = {"wechat": outside.wechatpay.statements, "alipay": outside.alipay.statements}[self._name]
        return [_line_of_channel(row) for row in statements.rows(day, day)]

    def _his(self, day: date) -> list[Line]:
        rows = self._world.outside.hospital.his.day_list.rows(day.isoformat())
        return [Line(row["out_trade_no"], row["kind"], row["amount_fen"]) for row in rows if row["way"] == self._name]

    def differing(self) -> set[str]:
        """Orders of which the channel and the HIS do not hold the same, and those with a refund that the channel has taken and not paid out,
        of which a statement never tells.
        """
        sides: tuple[defaultdict[str, list[Line]], ...] = (defaultdict(list), defaultdict(list))
        for side, of_days in zip(sides, (self.channel, self.his), strict=True):
            for lines in of_days.values():
                for line in lines:
                    side[line.order].append(line._replace(fee_fen=0))
        channel, his = sides
        return {order for order in {*channel, *his} if not _agree(channel[order], his[order])} | self._not_paid_out()

    def _not_paid_out(self) -> set[str]:
        channel = next(each for each in self._world.channels if each.name == self._name)
        return {refund.out_trade_no for refund in channel.refunds() if refund.state in {"closed", "abnormal"}}

    def arrived_fen(self, last: date) -> int:
        """What has left the channel for the bank until ``last``, and is there."""
        return sum(each["arrived_fen"] for each in self._payouts(last))

    def short_fen(self, last: date) -> int:
        """What has left the channel until ``last``, and the bank has kept for itself."""
        return sum(each["amount_fen"] - each["arrived_fen"] for each in self._payouts(last))

    def _payouts(self, last: date) -> list[Record]:
        payouts = self._world.outside.bank.books()["payouts"]
        return [each for each in payouts if each["channel"] == self._name and each["day"] <= last.isoformat()]


def money_days(world: SimulatedWorld) -> set[date]:
    """The days on which money moved, at a channel or in the HIS."""
    outside = world.outside
    times = [
        row["time"]
        for statements in (outside.wechatpay.statements, outside.alipay.statements)
        for row in statements.rows(date.min, date.max)
    ]
    books = outside.hospital.his.books()
    times += [row["at"] for row in (*books["trades"], *books["refunds"])]
    return {hospital_day(datetime.fromisoformat(moment)) for moment in times}


def _agree(channel: list[Line], his: list[Line]) -> bool:
    """Money that came and went back whole need not be in the HIS at all."""
    at_channel, in_his = Totals.of(channel), Totals.of(his)
    return at_channel == in_his or (not his and at_channel.paid_fen == at_channel.refunded_fen)


def _line_of_channel(row: Record) -> Line:
    order = row["order"] if "order" in row else row["trade"]
    return Line(order["out_trade_no"], row["kind"], row["amount_fen"], row["fee_fen"])

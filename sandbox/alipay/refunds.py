"""Refunds (section 7): answered at once, idempotent by ``out_request_no``; the rest of a trade's money bounds them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sandbox.alipay.errors import failed, invalid
from sandbox.alipay.trades import CLOSED, FINISHED, WAITING, Trades
from sandbox.world.chance import WorldClock, rfc3339
from sandbox.world.faults import Faults
from sandbox.world.records import Records
from sandbox.world.wire import Record

REFUND = "alipay.refund"
PAUSE = "alipay_refund_pause_seconds"


class Refunds:
    def __init__(self, records: Records, trades: Trades, clock: WorldClock, faults: Faults) -> None:
        self._records = records
        self._trades = trades
        self._clock = clock
        self._faults = faults

    def submit(
        self, trade: Record, number: str, amount_fen: int, reason: str, *, later_s: float = 0
    ) -> tuple[Record, bool]:
        """The refund, and whether it is a new one. ``later_s``: the money moves so much later. Raises Refused."""
        known = self.get(trade, number)
        if known is not None:
            if known["amount_fen"] != amount_fen:
                raise failed("ACQ.DISCORDANT_REPEAT_REQUEST")
            return known, False
        self._check(trade, amount_fen)
        moved = self._clock.now() + timedelta(seconds=later_s)
        refund = {
            "out_request_no": number,
            "out_trade_no": trade["out_trade_no"],
            "trade_no": trade["trade_no"],
            "amount_fen": amount_fen,
            "fee_fen": self._trades.fee_back_fen(trade, amount_fen),
            "reason": reason,
            "moved": moved.isoformat(),
            "time": rfc3339(self._clock.business_now() + timedelta(seconds=later_s)),
        }
        self._trades.note_refund(trade, amount_fen, moved)
        return self._records.put(REFUND, f"{trade['trade_no']}:{number}", refund), True

    def _check(self, trade: Record, amount_fen: int) -> None:
        if trade["status"] == WAITING:
            raise failed("ACQ.TRADE_STATUS_ERROR")
        if trade["status"] == CLOSED:
            raise failed("ACQ.TRADE_HAS_CLOSE")
        if trade["status"] == FINISHED:
            raise failed("ACQ.TRADE_HAS_FINISHED")
        if amount_fen < 1:
            raise failed("ACQ.REASON_TRADE_REFUND_FEE_ERR")
        if self._trades.refunded_fen(trade) + amount_fen > trade["total_fen"]:
            raise failed("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
        last, pause = trade.get("refund_asked"), timedelta(seconds=self._faults.settings[PAUSE])
        if last and self._clock.now() - datetime.fromisoformat(last) < pause:
            raise failed("ACQ.SYSTEM_ERROR", "同一笔交易的多次退款请间隔 3 秒以上")

    def number(self, given: str, trade: Record, amount_fen: int) -> str:
        """``out_request_no``: required for a part, else the trade's own number. Raises Refused."""
        if given:
            return given
        if amount_fen != trade["total_fen"]:
            raise invalid("out_request_no", " 部分退款时必传")
        return str(trade["out_trade_no"])

    def get(self, trade: Record, number: str) -> Record | None:
        return self._records.get(REFUND, f"{trade['trade_no']}:{number}")

    def has_moved(self, refund: Record) -> bool:
        return datetime.fromisoformat(refund["moved"]) <= self._clock.now()

    def all(self) -> list[Record]:
        return list(self._records.all(REFUND))

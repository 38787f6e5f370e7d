"""alipay.data.dataservice.bill.downloadurl.query (section 8): an address for thirty seconds, and the file behind it."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from sandbox.alipay import fields
from sandbox.alipay.bill_files import Span, trade_file
from sandbox.alipay.errors import TEXTS, failed
from sandbox.alipay.fund_files import NEWER, Movement, fund_file, movements, withdrawals
from sandbox.alipay.gateway import Call
from sandbox.alipay.refunds import Refunds
from sandbox.alipay.shown import Buyers, was_paid
from sandbox.alipay.trades import Trades
from sandbox.world.payouts import Payouts
from sandbox.world.scene import Scene
from sandbox.world.settings import Number, Setting, Settings
from sandbox.world.shapes import ABSENT, Asked, coded, fits
from sandbox.world.statement_faults import more_fen, spoilt
from sandbox.world.wire import Record, Request, Response

PATH = "/downloadBillFile.resource"
URL_LIFE = timedelta(seconds=30)
FILES_MAX = 50
HOUR = "alipay_statement_hour"
MONTH_READY_DAY = 4
KINDS = ("trade", "signcustomer")
EMPTY = "EMPTY_DATA_WITH_BILL_FILE"
_UNREADABLE = coded("INVAILID_ARGUMENTS", TEXTS["INVAILID_ARGUMENTS"])
ALIPAY = "alipay"
NONE_THAT_DAY, FUND_COLUMNS = "alipay_statement_empty", "alipay_fund_columns"
SETTINGS: Settings = {
    HOUR: Setting(9, Number, "an hour of the day"),
    NONE_THAT_DAY: Setting("file", Literal["file", "refuse"], "file (without rows) or refuse (NO_BILL_DATA)"),
    FUND_COLUMNS: Setting(NEWER, Literal["newer", "older"], "newer or older"),
}


class Bill(Asked):
    bill_type: Annotated[
        Annotated[Any, fits(bool), _UNREADABLE], fits(lambda kind: kind in KINDS), coded("TYPE_NOT_SUPPORTED", TEXTS["TYPE_NOT_SUPPORTED"])
    ] = ABSENT  # fmt: skip
    bill_date: Annotated[str, fits(lambda text: len(text) in (7, 10)), _UNREADABLE] = ABSENT


class Statements:
    def __init__(self, scene: Scene, trades: Trades, refunds: Refunds, buyers: Buyers) -> None:
        self._scene = scene
        self._trades = trades
        self._refunds = refunds
        self._buyers = buyers
        self._payouts = Payouts(scene)
        self._files: dict[str, Record] = {}

    def ask(self, call: Call, fault: Record) -> Record:
        """``half_written``: the address is given before the file is whole. Raises Refused."""
        asked = fields.read(call.content(), Bill)
        kind, span = asked.bill_type, self._span(asked.bill_date)
        if fault["what"] == "late_file":
            raise failed("BILL_NOT_EXIST")
        rows, more = spoilt(self.rows(span.first, span.last), fault["what"]), more_fen(fault["what"])
        has_rows = bool(rows if kind == "trade" else self._moved(rows, span.first, span.last))
        if not has_rows and self._scene.faults.settings[NONE_THAT_DAY] == "refuse":
            raise failed("NO_BILL_DATA")
        body = trade_file(rows, span, more) if kind == "trade" else self._fund_file(rows, span, more)
        token = self._keep(body[: len(body) // 2] if fault["what"] == "half_written" else body)
        query = {
            "bizType": kind,
            "userId": span.seller_id,
            "fileType": "csv.zip",
            "bizDates": span.stamp,
            "downloadFileName": f"{span.account}_{span.stamp}.csv.zip",
            "fileId": f"/{kind}/{span.account}/{span.stamp}.csv.zip",
            "timestamp": str(int(self._scene.clock.now().timestamp() * 1000)),
            "token": token,
        }
        self._files[token]["query"] = query
        told = {"bill_download_url": f"{call.base_url}{PATH}?{urlencode(query)}"}
        return told | ({} if has_rows else {"bill_file_code": EMPTY})

    def _fund_file(self, rows: list[Record], span: Span, more: int) -> bytes:
        yesterday = span.first - timedelta(days=1)
        before = self._moved(self.rows(date.min, yesterday), date.min, yesterday)
        moved = self._moved(rows, span.first, span.last)
        return fund_file(before, moved, span, self._scene.faults.settings[FUND_COLUMNS], more)

    def _moved(self, rows: list[Record], first: date, last: date) -> list[Movement]:
        """The account's movements, withdrawals too, oldest first."""
        moved = [*movements(rows), *withdrawals(self._payouts.of(ALIPAY, first, last))]
        return sorted(moved, key=lambda each: str(each.row["time"]))

    def flows(self) -> dict[str, int]:
        """By ISO day: what came into the account less what went out, without withdrawals."""
        sums: dict[str, int] = {}
        for each in movements(self.rows(date.min, date.max)):
            day = each.row["time"][:10]
            sums[day] = sums.get(day, 0) + each.amount_fen
        return sums

    def _span(self, text: str) -> Span:
        """Of a day, or of a month. Raises Refused."""
        clock, seller_id = self._scene.clock, self._scene.keys["alipay_seller_id"]
        try:
            first = date.fromisoformat(text if len(text) == 10 else f"{text}-01")
        except ValueError:
            raise failed("INVAILID_ARGUMENTS") from None
        last = first if len(text) == 10 else first.replace(day=calendar.monthrange(first.year, first.month)[1])
        if last >= clock.today or not self._is_ready(last, is_month=len(text) == 7):
            raise failed("BILL_NOT_EXIST")
        return Span(first, last, clock.business_now(), seller_id)

    def _is_ready(self, last: date, *, is_month: bool) -> bool:
        clock = self._scene.clock
        if is_month:
            return clock.today >= last + timedelta(days=MONTH_READY_DAY)
        is_early = clock.now().hour < self._scene.faults.settings[HOUR] and clock.day_set is None
        return not (last == clock.today - timedelta(days=1) and is_early)

    def _keep(self, body: bytes) -> str:
        now, token = self._scene.clock.now(), self._scene.dice.upper_hex(32).lower()
        alive = [(name, file) for name, file in self._files.items() if file["until"] > now][-FILES_MAX:]
        self._files = {**dict(alive), token: {"body": body, "until": now + URL_LIFE}}
        return token

    def file(self, request: Request) -> Response:
        """A plain GET without a signature; the address holds with all its fields."""
        known = self._files.get(request.query.get("token", ""))
        if known is None or known["query"] != request.query or known["until"] < self._scene.clock.now():
            return Response(
                status=404, headers={"Content-Type": "text/html;charset=GBK"}, body="下载地址已失效".encode("gbk")
            )
        return Response(body=known["body"], headers={"Content-Type": "application/zip"})

    def rows(self, first: date, last: date) -> list[Record]:
        """What happened from ``first`` to ``last``, oldest first: payments, and refunds as their money moved.
        ``fee_fen`` is what Alipay keeps of it, negative for what it gives back.
        """
        paid = [
            {"kind": "payment", "time": trade["paid"], "trade": trade, "amount_fen": trade["total_fen"],
             "fee_fen": trade.get("fee_fen", 0)}
            for trade in self._trades.all()
            if was_paid(trade)
        ]  # fmt: skip
        refunded = [
            {"kind": "refund", "time": refund["time"], "refund": refund, "amount_fen": refund["amount_fen"],
             "trade": self._trades.get(refund["trade_no"]), "fee_fen": -refund.get("fee_fen", 0)}
            for refund in self._refunds.all()
            if self._refunds.has_moved(refund)
        ]  # fmt: skip
        within = [row for row in [*paid, *refunded] if first <= datetime.fromisoformat(row["time"]).date() <= last]
        named = ({**row, "payer": self._buyers.counterparty(row["trade"]["buyer"])} for row in within)
        return sorted(named, key=lambda row: row["time"])

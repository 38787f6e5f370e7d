"""alipay.data.dataservice.bill.downloadurl.query (section 8): an address for thirty seconds, and the file behind it."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from sandbox.alipay.bill_files import Span, fund_file, trade_file
from sandbox.alipay.errors import failed
from sandbox.alipay.gateway import Call
from sandbox.alipay.refunds import Refunds
from sandbox.alipay.shown import Buyers, was_paid
from sandbox.alipay.trades import Trades
from sandbox.world.scene import Scene
from sandbox.world.wire import Record, Request, Response

PATH = "/downloadBillFile.resource"
URL_LIFE = timedelta(seconds=30)
FILES_MAX = 50
HOUR = "alipay_statement_hour"
MONTH_READY_DAY = 4
MADE = {"trade": trade_file, "signcustomer": fund_file}
EMPTY = "EMPTY_DATA_WITH_BILL_FILE"


class Statements:
    def __init__(self, scene: Scene, trades: Trades, refunds: Refunds, buyers: Buyers) -> None:
        self._scene = scene
        self._trades = trades
        self._refunds = refunds
        self._buyers = buyers
        self._files: dict[str, Record] = {}

    def ask(self, call: Call, fault: Record) -> Record:
        """``half_written``: the address is given before the file is whole. Raises Refused."""
        content = call.content()
        kind = content.get("bill_type")
        if not isinstance(kind, str) or kind not in MADE:
            raise failed("TYPE_NOT_SUPPORTED" if kind else "INVAILID_ARGUMENTS")
        span = self._span(content.get("bill_date"))
        rows = self.rows(span.first, span.last)
        body = MADE[kind](rows, span)
        token = self._keep(body[: len(body) // 2] if fault["what"] == "half_written" else body)
        name = f"{span.seller_id}_{span.stamp}.csv.zip"
        query = {
            "bizType": kind,
            "userId": span.seller_id,
            "fileType": "csv.zip",
            "downloadFileName": name,
            "token": token,
        }
        told = {"bill_download_url": f"{call.base_url}{PATH}?{urlencode(query)}"}
        return told | ({} if rows else {"bill_file_code": EMPTY})

    def _span(self, text: object) -> Span:
        clock, seller_id = self._scene.clock, self._scene.keys["alipay_seller_id"]
        if not isinstance(text, str) or len(text) not in (7, 10):
            raise failed("INVAILID_ARGUMENTS")
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
        """A plain GET without a signature."""
        known = self._files.get(request.query.get("token", ""))
        if known is None or known["until"] < self._scene.clock.now():
            return Response(
                status=404, headers={"Content-Type": "text/html;charset=GBK"}, body="下载地址已失效".encode("gbk")
            )
        return Response(body=known["body"], headers={"Content-Type": "application/zip"})

    def rows(self, first: date, last: date) -> list[Record]:
        """What happened from ``first`` to ``last``, oldest first: payments, and refunds as their money moved."""
        paid = [
            {"kind": "payment", "time": trade["paid"], "trade": trade, "amount_fen": trade["total_fen"]}
            for trade in self._trades.all()
            if was_paid(trade)
        ]
        refunded = [
            {"kind": "refund", "time": refund["time"], "refund": refund, "amount_fen": refund["amount_fen"],
             "trade": self._trades.get(refund["trade_no"])}
            for refund in self._refunds.all()
            if self._refunds.has_moved(refund)
        ]  # fmt: skip
        within = [row for row in [*paid, *refunded] if first <= datetime.fromisoformat(row["time"]).date() <= last]
        named = ({**row, "payer": self._buyers.logon_id(row["trade"]["buyer"])} for row in within)
        return sorted(named, key=lambda row: row["time"])

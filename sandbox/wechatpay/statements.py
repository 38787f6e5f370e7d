"""Daily statements (section 9): asked for by day, fetched by a token within five minutes."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

from sandbox.wechatpay.columns import NEWER, has_rows, trade_rows
from sandbox.wechatpay.errors import Refused
from sandbox.wechatpay.funds import Movement, fund_rows, movements, withdrawals
from sandbox.wechatpay.merchant import Orders
from sandbox.wechatpay.refunds import Refunds
from sandbox.world.payouts import Payouts
from sandbox.world.scene import Scene
from sandbox.world.settings import Setting, Settings
from sandbox.world.statement_faults import more_fen, spoilt
from sandbox.world.wire import Record, Request, Response, json_response

KEPT_DAYS = 92
URL_LIFE = timedelta(minutes=5)
FILES_MAX = 50
BILL_TYPES = ("ALL", "SUCCESS", "REFUND")
ACCOUNTS = ("BASIC", "OPERATION", "FEES")
WECHAT = "wechat"
FAMILY, EMPTY = "wechatpay_statement_columns", "wechatpay_statement_empty"
SETTINGS: Settings = {
    FAMILY: Setting(NEWER, Literal["newer", "older"], "newer or older"),
    EMPTY: Setting(
        "refuse",
        Literal["refuse", "file"],
        "refuse (NO_STATEMENT_EXIST) or file (headers and a summary of nothing)",
    ),
}


class Statements:
    def __init__(self, scene: Scene, orders: Orders, refunds: Refunds) -> None:
        self._scene = scene
        self._orders = orders
        self._refunds = refunds
        self._payouts = Payouts(scene)
        self._files: dict[str, Record] = {}

    def ask(self, request: Request, kind: str, base_url: str, *, what: str = "") -> Response:
        """``kind``: tradebill or fundflowbill. ``what``: the fault that spoils the file, if one does. Raises Refused."""
        query = request.query
        day = self._day(query.get("bill_date", ""))
        if query.get("tar_type", "GZIP") != "GZIP":
            raise Refused(400, "PARAM_ERROR", "tar_type 只能是 GZIP")
        if what == "late_file":
            raise _not_ready()
        lines = self._lines(kind, day, query, what)
        if not lines:
            raise Refused(400, "NO_STATEMENT_EXIST", "账单文件不存在")
        plain = "".join(f"{row}\r\n" for row in lines).encode("utf-8-sig")
        zipped = "tar_type" in query
        url = f"{base_url}/v3/billdownload/file?token={self._keep(plain, zipped, what == 'half_written')}"
        digest = hashlib.sha1(plain, usedforsecurity=False).hexdigest()
        told = {"hash_type": "SHA1", "hash_value": digest, "download_url": url + ("&tartype=gzip" if zipped else "")}
        return json_response(told)

    def _lines(self, kind: str, day: date, query: dict[str, str], what: str) -> list[str]:
        """Of the whole file; none when it does not exist."""
        settings = self._scene.faults.settings
        if kind == "fundflowbill":
            return self._fund_lines(day, _choice(query, "account_type", ACCOUNTS), what)
        rows, bill_type = spoilt(self.rows(day), what), _choice(query, "bill_type", BILL_TYPES)
        if not has_rows(rows, bill_type) and settings[EMPTY] == "refuse":
            return []
        return trade_rows(rows, bill_type, settings[FAMILY], more_fen(what))

    def _fund_lines(self, day: date, account: str, what: str) -> list[str]:
        """Only the basic account moves here: payouts leave it, nothing is paid out of the operating one, and fees are kept of what comes in."""
        moved = self._moved(day, day, what) if account == "BASIC" else []
        if not moved and self._scene.faults.settings[EMPTY] == "refuse":
            return []
        before = self._moved(date.min, day - timedelta(days=1)) if account == "BASIC" else []
        return fund_rows(moved, sum(each.amount_fen for each in before), more_fen(what))

    def _moved(self, first: date, last: date, what: str = "") -> list[Movement]:
        """The basic account's movements, withdrawals too, oldest first."""
        mchid = self._scene.keys["mchid"]
        moved = movements(spoilt(self.rows(first, last), what), mchid)
        return sorted([*moved, *withdrawals(self._payouts.of(WECHAT, first, last))], key=lambda each: each.time)

    def flows(self) -> dict[str, int]:
        """By ISO day: what came into the basic account less what went out, without withdrawals."""
        sums: dict[str, int] = {}
        for each in movements(self.rows(date.min, date.max), self._scene.keys["mchid"]):
            sums[each.time[:10]] = sums.get(each.time[:10], 0) + each.amount_fen
        return sums

    def _day(self, text: str) -> date:
        try:
            day = date.fromisoformat(text if len(text) == 10 else "")
        except ValueError:
            raise Refused(400, "INVALID_REQUEST", "bill_date 格式应为 yyyy-MM-dd") from None
        clock = self._scene.clock
        if day >= clock.today or (clock.today - day).days > KEPT_DAYS:
            raise Refused(400, "INVALID_REQUEST", "只能下载三个月内、今天以前的账单")
        early = clock.now().hour < self._scene.faults.settings["statement_hour"] and clock.day_set is None
        if day == clock.today - timedelta(days=1) and early:
            raise _not_ready()
        return day

    def _keep(self, plain: bytes, zipped: bool, half_written: bool) -> str:
        now, token = self._scene.clock.now(), self._scene.dice.text(40)
        alive = [(name, file) for name, file in self._files.items() if file["until"] > now][-FILES_MAX:]
        written = plain[: len(plain) // 2] if half_written else plain
        self._files = {**dict(alive), token: {"written": written, "zipped": zipped, "until": now + URL_LIFE}}
        return token

    def file(self, request: Request, *, half_written: bool = False) -> Response:
        known = self._files.get(request.query.get("token", ""))
        if known is None or known["until"] < self._scene.clock.now():
            raise Refused(400, "INVALID_REQUEST", "下载地址已失效")
        if known["zipped"] != (request.query.get("tartype") == "gzip"):
            raise Refused(400, "INVALID_REQUEST", "下载地址不完整")
        written = known["written"][: len(known["written"]) // 2] if half_written else known["written"]
        body = gzip.compress(written, mtime=0) if known["zipped"] else written
        return Response(body=body, headers={"Content-Type": "application/octet-stream"})

    def rows(self, first: date, last: date | None = None) -> list[Record]:
        """What happened from ``first`` to ``last`` (else on ``first``), oldest first: payments, and refunds as they were accepted.
        ``fee_fen`` is what the platform keeps of it, negative for what it gives back.
        """
        since, until = first.isoformat(), (last or first).isoformat()
        paid = [
            {"kind": "payment", "time": order["success_time"], "order": order, "amount_fen": order["asked"]["amount"]["total"],
             "fee_fen": order["fee_fen"]}
            for order in self._orders.all()
            if since <= order.get("success_time", "")[:10] <= until
        ]  # fmt: skip
        refunded = [
            {"kind": "refund", "time": refund["created"], "refund": refund, "amount_fen": refund["amount_fen"],
             "order": self._orders.get(refund["out_trade_no"]), "fee_fen": -refund.get("fee_fen", 0)}
            for refund in self._refunds.all()
            if since <= refund["created"][:10] <= until
        ]  # fmt: skip
        return sorted([*paid, *refunded], key=lambda row: row["time"])


def _not_ready() -> Refused:
    return Refused(400, "STATEMENT_CREATING", "账单生成中，请十点后再来")


def _choice(query: dict[str, str], name: str, allowed: Sequence[str]) -> str:
    chosen = query.get(name, allowed[0])
    if chosen not in allowed:
        raise Refused(400, "PARAM_ERROR", f"{name} 只能是 {'、'.join(allowed)}")
    return chosen

"""Daily statements (section 9): asked for by day, fetched by a token within five minutes."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Sequence
from datetime import date, timedelta

from sandbox.wechatpay import columns
from sandbox.wechatpay.errors import Refused
from sandbox.wechatpay.merchant import Orders
from sandbox.wechatpay.refunds import Refunds
from sandbox.world.scene import Scene
from sandbox.world.wire import Record, Request, Response, json_response

KEPT_DAYS = 92
URL_LIFE = timedelta(minutes=5)
FILES_MAX = 50
BILL_TYPES = ("ALL", "SUCCESS", "REFUND")
ACCOUNTS = ("BASIC", "OPERATION", "FEES")


class Statements:
    def __init__(self, scene: Scene, orders: Orders, refunds: Refunds) -> None:
        self._scene = scene
        self._orders = orders
        self._refunds = refunds
        self._files: dict[str, Record] = {}

    def ask(self, request: Request, kind: str, base_url: str, *, half_written: bool = False) -> Response:
        """``kind``: tradebill or fundflowbill. ``half_written``: the address is given before the file is whole. Raises Refused."""
        query = request.query
        day = self._day(query.get("bill_date", ""))
        if query.get("tar_type", "GZIP") != "GZIP":
            raise Refused(400, "PARAM_ERROR", "tar_type 只能是 GZIP")
        if kind == "tradebill":
            rows = columns.trade_rows(self.rows(day), _choice(query, "bill_type", BILL_TYPES))
        else:
            rows = columns.fund_rows(
                self._funds(day, _choice(query, "account_type", ACCOUNTS)), self._scene.keys["mchid"]
            )
        if not rows:
            raise Refused(400, "NO_STATEMENT_EXIST", "账单文件不存在")
        plain = "".join(f"{row}\r\n" for row in rows).encode("utf-8-sig")
        zipped = "tar_type" in query
        url = f"{base_url}/v3/billdownload/file?token={self._keep(plain, zipped, half_written)}"
        digest = hashlib.sha1(plain, usedforsecurity=False).hexdigest()
        told = {"hash_type": "SHA1", "hash_value": digest, "download_url": url + ("&tartype=gzip" if zipped else "")}
        return json_response(told)

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
            raise Refused(400, "STATEMENT_CREATING", "账单生成中，请十点后再来")
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
        body = gzip.compress(written) if known["zipped"] else written
        return Response(body=body, headers={"Content-Type": "application/octet-stream"})

    def rows(self, day: date) -> list[Record]:
        """What happened on ``day``, oldest first: payments, and refunds as they were accepted."""
        stamp = day.isoformat()
        paid = [
            {"kind": "payment", "time": order["success_time"], "order": order, "amount_fen": order["asked"]["amount"]["total"]}
            for order in self._orders.all()
            if order.get("success_time", "").startswith(stamp)
        ]  # fmt: skip
        refunded = [
            {"kind": "refund", "time": refund["created"], "refund": refund, "amount_fen": refund["amount_fen"],
             "order": self._orders.get(refund["out_trade_no"])}
            for refund in self._refunds.all()
            if refund["created"].startswith(stamp)
        ]  # fmt: skip
        return sorted([*paid, *refunded], key=lambda row: row["time"])

    def _funds(self, day: date, account: str) -> list[Record]:
        """Only the basic account moves here: there are no fees, and nothing is paid out of the operating one."""
        return self.rows(day) if account == "BASIC" else []


def _choice(query: dict[str, str], name: str, allowed: Sequence[str]) -> str:
    chosen = query.get(name, allowed[0])
    if chosen not in allowed:
        raise Refused(400, "PARAM_ERROR", f"{name} 只能是 {'、'.join(allowed)}")
    return chosen

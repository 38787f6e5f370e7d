"""Daily statements (section 9): tradebill and fundflowbill as CSV, fetched by a token within five minutes."""

from __future__ import annotations

import gzip
import hashlib
from datetime import date, timedelta

from sandbox.wechatpay.errors import Refused
from sandbox.wechatpay.merchant import Orders
from sandbox.wechatpay.refunds import Refunds
from sandbox.world.chance import Dice, WorldClock
from sandbox.world.wire import Record, Request, Response, json_response

HEAD_ALL = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,"
    "微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
HEAD_SUM = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
HEAD_FUND = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号"
HEAD_FUND_SUM = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
KEPT_DAYS = 92
URL_LIFE = timedelta(minutes=5)


class Statements:
    def __init__(self, keys: Record, orders: Orders, refunds: Refunds, clock: WorldClock, dice: Dice) -> None:
        self._keys = keys
        self._orders = orders
        self._refunds = refunds
        self._clock = clock
        self._dice = dice
        self._files: dict[str, Record] = {}

    def ask(self, request: Request, kind: str, base_url: str) -> Response:
        """``kind``: tradebill or fundflowbill. Raises Refused."""
        query = request.query
        try:
            day = date.fromisoformat(query.get("bill_date", ""))
        except ValueError:
            raise Refused(400, "INVALID_REQUEST", "bill_date 格式应为 yyyy-MM-dd") from None
        today = self._clock.today
        if day >= today or (today - day).days > KEPT_DAYS:
            raise Refused(400, "INVALID_REQUEST", "只能下载三个月内、今天以前的账单")
        if day == today - timedelta(days=1) and self._clock.business_now().hour < 10 and self._clock.day_set is None:
            raise Refused(400, "STATEMENT_CREATING", "账单生成中，请十点后再来")
        text = self.trade_csv(day, query.get("bill_type", "ALL")) if kind == "tradebill" else self.fund_csv(day)
        if text is None:
            raise Refused(400, "NO_STATEMENT_EXIST", "账单文件不存在")
        plain = text.encode("utf-8-sig")
        zipped = query.get("tar_type") == "GZIP"
        token = self._dice.text(40)
        self._files[token] = {"body": gzip.compress(plain) if zipped else plain, "until": self._clock.now() + URL_LIFE}
        url = f"{base_url}/v3/billdownload/file?token={token}" + ("&tartype=gzip" if zipped else "")
        digest = hashlib.sha1(plain, usedforsecurity=False).hexdigest()
        return json_response({"hash_type": "SHA1", "hash_value": digest, "download_url": url})

    def file(self, request: Request) -> Response:
        known = self._files.get(request.query.get("token", ""))
        if known is None or known["until"] < self._clock.now():
            raise Refused(400, "INVALID_REQUEST", "下载地址已失效")
        return Response(body=known["body"], headers={"Content-Type": "application/octet-stream"})

    def rows(self, day: date) -> list[Record]:
        """What happened on ``day``, oldest first: payments and refunds."""
        stamp = day.isoformat()
        paid = [
            {
                "kind": "payment",
                "time": order["success_time"],
                "order": order,
                "amount_fen": order["asked"]["amount"]["total"],
            }
            for order in self._orders.all()
            if order.get("success_time", "").startswith(stamp)
        ]
        refunded = [
            {"kind": "refund", "time": refund["created"], "refund": refund, "amount_fen": refund["amount_fen"],
             "order": self._orders.get(refund["out_trade_no"])}
            for refund in self._refunds.all()
            if refund["created"].startswith(stamp)
        ]  # fmt: skip
        return sorted([*paid, *refunded], key=lambda row: row["time"])

    def trade_csv(self, day: date, bill_type: str) -> str | None:
        rows = [r for r in self.rows(day) if bill_type == "ALL" or (r["kind"] == "refund") == (bill_type == "REFUND")]
        if not rows:
            return None
        lines = [HEAD_ALL, *(_line(self._trade_cells(row)) for row in rows), HEAD_SUM]
        paid = sum(row["amount_fen"] for row in rows if row["kind"] == "payment")
        back = sum(row["amount_fen"] for row in rows if row["kind"] == "refund")
        lines.append(_line([str(len(rows)), _yuan(paid), _yuan(back), "0.00", "0.00", _yuan(paid), _yuan(back)]))
        return "\r\n".join(lines) + "\r\n"

    def _trade_cells(self, row: Record) -> list[str]:
        order, refund = row["order"], row.get("refund")
        asked, amount = order["asked"], _yuan(row["amount_fen"])
        time = row["time"][:19].replace("T", " ")
        head = [time, asked["appid"], asked["mchid"], "0", "", order["transaction_id"], order["out_trade_no"]]
        head += [asked["payer"]["openid"], "JSAPI", "REFUND" if refund else "SUCCESS", "OTHERS", "CNY"]
        if refund is None:
            middle = [amount, "0.00", "0", "0", "0.00", "0.00", "", ""]
        else:
            status = "SUCCESS" if refund["status"] == "SUCCESS" else "PROCESSING"
            middle = ["0.00", "0.00", refund["refund_id"], refund["out_refund_no"], amount, "0.00", "ORIGINAL", status]
        tail = [asked["description"], asked.get("attach", ""), "0.00000", "0.00%"]
        return [*head, *middle, *tail, "0.00" if refund else amount, amount if refund else "0.00", ""]

    def fund_csv(self, day: date) -> str | None:
        rows = self.rows(day)
        if not rows:
            return None
        lines, balance = [HEAD_FUND], 0
        for row in rows:
            back = row["kind"] == "refund"
            balance += -row["amount_fen"] if back else row["amount_fen"]
            number = row["refund"]["refund_id"] if back else row["order"]["transaction_id"]
            name, way = ("退款", "支出") if back else ("交易", "收入")
            proof = row["refund"]["out_refund_no"] if back else row["order"]["out_trade_no"]
            time = row["time"][:19].replace("T", " ")
            lines.append(
                _line(
                    [
                        time,
                        number,
                        row["order"]["transaction_id"],
                        name,
                        name,
                        way,
                        _yuan(row["amount_fen"]),
                        _yuan(balance),
                        f"{self._keys['mchid']}API",
                        "",
                        proof,
                    ]
                )
            )
        paid = [row["amount_fen"] for row in rows if row["kind"] == "payment"]
        back_fen = [row["amount_fen"] for row in rows if row["kind"] == "refund"]
        lines += [
            HEAD_FUND_SUM,
            _line([str(len(rows)), str(len(paid)), _yuan(sum(paid)), str(len(back_fen)), _yuan(sum(back_fen))]),
        ]
        return "\r\n".join(lines) + "\r\n"


def _line(cells: list[str]) -> str:
    return ",".join(f"`{cell}" for cell in cells)


def _yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"

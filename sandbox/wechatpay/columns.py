"""Rows of the statements (section 9): columns by type, a backtick before every value, money in yuan, a summary at the end."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.world.wire import Record

_TRADE = (
    "交易时间", "公众账号ID", "商户号", "特约商户号", "设备号", "微信订单号", "商户订单号", "用户标识", "交易类型", "交易状态", "付款银行", "货币种类",
    "应结订单金额", "代金券金额",
)  # fmt: skip
_BACK = ("微信退款单号", "商户退款单号", "退款金额", "充值券退款金额", "退款类型", "退款状态")
_TAIL = ("商品名称", "商户数据包", "手续费", "费率", "订单金额")
COLUMNS = {
    "ALL": (*_TRADE, *_BACK, *_TAIL, "申请退款金额", "费率备注"),
    "SUCCESS": (*_TRADE, *_TAIL, "费率备注"),
    "REFUND": (*_TRADE, "退款申请时间", "退款成功时间", *_BACK, *_TAIL, "申请退款金额", "费率备注"),
}
SUMMARY = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
FUND = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号"
FUND_SUMMARY = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
_WANTED: dict[str, Callable[[Record], bool]] = {
    "ALL": lambda row: True,
    "SUCCESS": lambda row: row["kind"] == "payment",
    "REFUND": lambda row: row["kind"] == "refund",
}


def trade_rows(rows: list[Record], bill_type: str) -> list[str]:
    """The file's lines; none when nothing of this type happened."""
    rows = [row for row in rows if _WANTED[bill_type](row)]
    if not rows:
        return []
    columns = COLUMNS[bill_type]
    values = [_trade_values(row) for row in rows]
    paid = sum(row["amount_fen"] for row in rows if row["kind"] == "payment")
    back = sum(row["amount_fen"] for row in rows if row["kind"] == "refund")
    ends = [f"{len(rows)}.0", _yuan(paid), _yuan(back), "0.00", "0.00", _yuan(paid), _yuan(back)]
    return [",".join(columns), *(_line([value[name] for name in columns]) for value in values), SUMMARY, _line(ends)]


def _trade_values(row: Record) -> dict[str, str]:
    order, refund, amount = row["order"], row.get("refund"), _yuan(row["amount_fen"])
    asked = order["asked"]
    told = {
        "交易时间": _time(row["time"]), "公众账号ID": asked["appid"], "商户号": asked["mchid"], "特约商户号": "0",
        "设备号": asked.get("scene_info", {}).get("device_id", ""), "微信订单号": order["transaction_id"], "商户订单号": order["out_trade_no"],
        "用户标识": asked["payer"]["openid"], "交易类型": "JSAPI", "交易状态": "SUCCESS", "付款银行": "OTHERS", "货币种类": "CNY",
        "应结订单金额": amount, "代金券金额": "0.00", "微信退款单号": "0", "商户退款单号": "0", "退款金额": "0.00", "充值券退款金额": "0.00",
        "退款类型": "", "退款状态": "", "商品名称": asked["description"], "商户数据包": asked.get("attach", ""), "手续费": "0.00000",
        "费率": "0.00%", "订单金额": amount, "申请退款金额": "0.00", "费率备注": "",
    }  # fmt: skip
    if refund is not None:
        succeeded = refund.get("success_time", "")
        if succeeded[:10] != refund["created"][:10]:
            succeeded = ""  # what happens after the day is over is not written back
        told |= {
            "交易状态": "REFUND", "应结订单金额": "0.00", "订单金额": "0.00", "微信退款单号": refund["refund_id"], "商户退款单号": refund["out_refund_no"],
            "退款金额": amount, "申请退款金额": amount, "退款类型": "ORIGINAL", "退款状态": "SUCCESS" if succeeded else "PROCESSING",
            "退款申请时间": _time(refund["created"]), "退款成功时间": _time(succeeded),
        }  # fmt: skip
    return told


def fund_rows(rows: list[Record], mchid: str) -> list[str]:
    if not rows:
        return []
    lines, balance = [FUND], 0
    for row in rows:
        back = row["kind"] == "refund"
        balance += -row["amount_fen"] if back else row["amount_fen"]
        name, way = ("退款", "支出") if back else ("交易", "收入")
        note = f"退款总金额{_yuan(row['amount_fen'])}元;含手续费0.00元" if back else "结算手续费0.00元"
        own = row["refund"]["refund_id"] if back else row["order"]["transaction_id"]
        proof = row["refund"]["out_refund_no"] if back else row["order"]["out_trade_no"]
        money = [_yuan(row["amount_fen"]), _yuan(balance)]
        head = [_time(row["time"]), own, row["order"]["transaction_id"], name, name, way]
        lines.append(_line([*head, *money, f"{mchid}API" if back else "system", note, proof]))
    paid = [row["amount_fen"] for row in rows if row["kind"] == "payment"]
    back_fen = [row["amount_fen"] for row in rows if row["kind"] == "refund"]
    ends = [f"{len(rows)}.0", f"{len(paid)}.0", _yuan(sum(paid)), f"{len(back_fen)}.0", _yuan(sum(back_fen))]
    return [*lines, FUND_SUMMARY, _line(ends)]


def _time(stamp: str) -> str:
    return stamp[:19].replace("T", " ")


def _line(cells: list[str]) -> str:
    return ",".join(f"`{cell}" for cell in cells)


def _yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"

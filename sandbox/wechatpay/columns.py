"""Rows of the trade statement (section 9): columns by type and family, a backtick before every value, money in yuan, a summary at
the end. Which family a merchant gets depends on the product that it settles by.
"""

from __future__ import annotations

from collections.abc import Callable

from sandbox.world.wire import Record

NEWER, OLDER = "newer", "older"
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
SUMMARY = (
    "总交易单数",
    "应结订单总金额",
    "退款总金额",
    "充值券退款总金额",
    "手续费总金额",
    "订单总金额",
    "申请退款总金额",
)
_OLDER_NAMES = {
    "特约商户号": "子商户号", "应结订单金额": "总金额", "代金券金额": "代金券或立减优惠金额", "充值券退款金额": "代金券或立减优惠退款金额",
    "应结订单总金额": "总交易额", "退款总金额": "总退款金额", "充值券退款总金额": "总代金券或立减优惠退款金额",
}  # fmt: skip
_NEWER_ONLY = {"订单金额", "申请退款金额", "费率备注", "订单总金额", "申请退款总金额"}
_WANTED: dict[str, Callable[[Record], bool]] = {
    "ALL": lambda row: True,
    "SUCCESS": lambda row: row["kind"] == "payment",
    "REFUND": lambda row: row["kind"] == "refund",
}


def trade_rows(rows: list[Record], bill_type: str, family: str, more_fen: int = 0) -> list[str]:
    """The file's lines: without rows, its headers and a summary of nothing. ``more_fen``: what the summary says too much."""
    rows = [row for row in rows if _WANTED[bill_type](row)]
    columns = _of_family(COLUMNS[bill_type], family)
    values = [_trade_values(row) for row in rows]
    paid = more_fen + sum(row["amount_fen"] for row in rows if row["kind"] == "payment")
    back = sum(row["amount_fen"] for row in rows if row["kind"] == "refund")
    fees = sum(row["fee_fen"] for row in rows)
    sums = [f"{len(rows)}.0", yuan(paid), yuan(back), "0.00", _fee(fees), yuan(paid), yuan(back)]
    told = dict(zip(SUMMARY, sums, strict=True))
    ends = _of_family(SUMMARY, family)
    return [
        _header(columns, family),
        *(line([value[name] for name in columns]) for value in values),
        _header(ends, family),
        line([told[name] for name in ends]),
    ]


def has_rows(rows: list[Record], bill_type: str) -> bool:
    return any(map(_WANTED[bill_type], rows))


def _of_family(columns: tuple[str, ...], family: str) -> tuple[str, ...]:
    return tuple(name for name in columns if family == NEWER or name not in _NEWER_ONLY)


def _header(columns: tuple[str, ...], family: str) -> str:
    return ",".join(_OLDER_NAMES.get(name, name) if family == OLDER else name for name in columns)


def _trade_values(row: Record) -> dict[str, str]:
    order, refund, amount = row["order"], row.get("refund"), yuan(row["amount_fen"])
    asked = order["asked"]
    told = {
        "交易时间": time_text(row["time"]), "公众账号ID": asked["appid"], "商户号": asked["mchid"], "特约商户号": "0",
        "设备号": asked.get("scene_info", {}).get("device_id", ""), "微信订单号": order["transaction_id"], "商户订单号": order["out_trade_no"],
        "用户标识": order["payer"], "交易类型": order["trade_type"], "交易状态": "SUCCESS", "付款银行": "OTHERS", "货币种类": "CNY",
        "应结订单金额": amount, "代金券金额": "0.00", "微信退款单号": "0", "商户退款单号": "0", "退款金额": "0.00", "充值券退款金额": "0.00",
        "退款类型": "", "退款状态": "", "商品名称": asked["description"], "商户数据包": asked.get("attach", ""), "手续费": _fee(row["fee_fen"]),
        "费率": f"{order['fee_points'] // 100}.{order['fee_points'] % 100:02d}%", "订单金额": amount, "申请退款金额": "0.00", "费率备注": "",
    }  # fmt: skip
    if refund is not None:
        succeeded = refund.get("success_time", "")
        if succeeded[:10] != refund["created"][:10]:
            succeeded = ""  # what happens after the day is over is not written back
        told |= {
            "交易状态": "REFUND", "应结订单金额": "0.00", "订单金额": "0.00", "微信退款单号": refund["refund_id"], "商户退款单号": refund["out_refund_no"],
            "退款金额": amount, "申请退款金额": amount, "退款类型": "ORIGINAL", "退款状态": "SUCCESS" if succeeded else "PROCESSING",
            "退款申请时间": time_text(refund["created"]), "退款成功时间": time_text(succeeded),
        }  # fmt: skip
    return told


def _fee(fen: int) -> str:
    return f"{yuan(fen)}000"


def time_text(stamp: str) -> str:
    return stamp[:19].replace("T", " ")


def line(cells: list[str]) -> str:
    """One row; a cell that has a comma or a quote in it is quoted, the backtick inside the quotes."""
    return ",".join(
        f'"`{cell.replace(chr(34), chr(34) * 2)}"' if set(cell) & {",", '"'} else f"`{cell}" for cell in cells
    )


def yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"

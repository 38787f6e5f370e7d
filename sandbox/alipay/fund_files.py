"""The account's file of a day or a month (section 8): every movement with what is left in the account, in either order of columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sandbox.alipay.bill_files import Span, line, zipped
from sandbox.alipay.fields import clock_text, yuan
from sandbox.world.wire import Record

NEWER, OLDER = "newer", "older"
COLUMNS = {
    OLDER: "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注",
    NEWER: (
        "账务流水号,业务流水号,商品名称,发生时间,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注,商户订单号,对方账号,"
        "业务基础订单号,业务订单号,业务账单来源,业务描述"
    ),
}
_TABBED = {"账务流水号", "业务流水号", "商户订单号", "对方账号", "业务基础订单号", "业务订单号"}
SUMS = "类型,收入笔数,收入金额（+元）,支出笔数,支出金额（-元）,总金额（元）"
PAYMENT, REFUND, FEE, WITHDRAWAL = "在线支付", "交易退款", "收费", "提现"


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """``amount_fen`` is negative for what leaves the account."""

    row: Record
    kind: str
    amount_fen: int
    note: str = ""


def movements(rows: Iterable[Record]) -> list[Movement]:
    """Of trade rows, oldest first: each is followed by the fee that is kept of it or comes back with it."""
    found: list[Movement] = []
    for row in rows:
        is_refund = row["kind"] == "refund"
        kind, amount_fen = (REFUND, -row["amount_fen"]) if is_refund else (PAYMENT, row["amount_fen"])
        found.append(Movement(row=row, kind=kind, amount_fen=amount_fen))
        if row["fee_fen"]:
            note = "服务费退回" if is_refund else "服务费"
            found.append(Movement(row=row, kind=FEE, amount_fen=-row["fee_fen"], note=note))
    return found


def withdrawals(payouts: Iterable[Record]) -> list[Movement]:
    """Payouts to the bank: the whole amount leaves the account; 业务流水号 is the withdrawal's number."""
    return [
        Movement(
            row={"kind": "withdrawal", "time": payout["at"], "trade": {"trade_no": payout["number"], "out_trade_no": "", "subject": "提现"},
                 "payer": f"银行卡({payout['account'][-4:]})"},
            kind=WITHDRAWAL, amount_fen=-payout["amount_fen"], note=f"提现到银行卡{payout['account'][-4:]}",
        )
        for payout in payouts
    ]  # fmt: skip


def fund_file(
    before: Sequence[Movement], moved: Sequence[Movement], span: Span, family: str, more_fen: int = 0
) -> bytes:
    """bill_type ``signcustomer``: 账务明细 and its summary. ``before`` are all movements of earlier days: balance and
    numbers go on. ``more_fen``: what the total of what came in says too much.
    """
    names = COLUMNS[family].split(",")
    tabbed = {index for index, name in enumerate(names) if name in _TABBED}
    lines, balance = [], sum(each.amount_fen for each in before)
    for sequence, each in enumerate(moved, start=len(before) + 1):
        balance += each.amount_fen
        values = _values(each, f"{each.row['trade']['trade_no']}{sequence:06d}", balance)
        lines.append(line([values[name] for name in names], tabbed))
    came = [each.amount_fen for each in moved if each.amount_fen > 0]
    went = [each.amount_fen for each in moved if each.amount_fen < 0]
    ends = [
        f"#支出合计：{len(went)}笔，共{yuan(sum(went))}元",
        f"#收入合计：{len(came)}笔，共{yuan(sum(came) + more_fen)}元",
    ]
    detail = span.listed("账务明细", [COLUMNS[family], *lines], ends)
    summary = span.listed("账务汇总", [SUMS, *_sums(moved)])
    return zipped(span, "账务明细", detail, summary)


def _values(each: Movement, number: str, balance_fen: int) -> dict[str, str]:
    row, trade = each.row, each.row["trade"]
    came, went = (each.amount_fen, 0) if each.amount_fen > 0 else (0, each.amount_fen)
    return {
        "账务流水号": number, "业务流水号": trade["trade_no"], "商户订单号": trade["out_trade_no"],
        "商品名称": trade["subject"].replace(",", "，"), "发生时间": clock_text(row["time"]), "对方账号": row["payer"],
        "收入金额（+元）": yuan(came), "支出金额（-元）": yuan(went), "账户余额（元）": yuan(balance_fen), "交易渠道": "支付宝",
        "业务类型": each.kind, "备注": each.note, "业务基础订单号": trade["out_trade_no"],
        "业务订单号": row["refund"]["out_request_no"] if "refund" in row else trade["out_trade_no"], "业务账单来源": "", "业务描述": "",
    }  # fmt: skip


def _sums(moved: Sequence[Movement]) -> list[str]:
    """A row for each kind that there is, and one for all."""
    kinds = [kind for kind in (PAYMENT, REFUND, FEE, WITHDRAWAL) if any(each.kind == kind for each in moved)]
    return [_sum(kind, [each.amount_fen for each in moved if kind in (each.kind, "合计")]) for kind in [*kinds, "合计"]]


def _sum(kind: str, amounts: list[int]) -> str:
    came, went = [fen for fen in amounts if fen > 0], [fen for fen in amounts if fen < 0]
    cells = [kind, len(came), yuan(sum(came)), len(went), yuan(sum(went)), yuan(sum(amounts))]
    return ",".join(map(str, cells))

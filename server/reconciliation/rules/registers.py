"""Registers 登记表: who collected what, from whom, when and under which numbers; and the sums by operator, entrance, terminal, shift. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from server.payments.texts import HIS_NUMBER, PAYMENT_NUMBER, REFUND_NUMBER, TRANSACTION_NUMBER
from server.reconciliation.his_rows import ISSUED, NO_RECEIPT, RED, HisRow
from server.reconciliation.model import RowKind
from server.reconciliation.register_model import Cell, CellKind, Column, Entry, Sheet

_WAY = Column(title="支付方式", kind=CellKind.CODE)
_AMOUNT = Column(title="金额", kind=CellKind.MONEY, summed=True)
_NUMBERS = (Column(title=TRANSACTION_NUMBER), Column(title=HIS_NUMBER))
SUMMED = (
    Column(title="收款笔数", kind=CellKind.COUNT, summed=True), Column(title="收款金额", kind=CellKind.MONEY, summed=True),
    Column(title="退费笔数", kind=CellKind.COUNT, summed=True), Column(title="退费金额", kind=CellKind.MONEY, summed=True),
    Column(title="净额", kind=CellKind.MONEY, summed=True),
)  # fmt: skip
"""The columns that every table of sums has."""
GROUPS: Mapping[str, tuple[str, Callable[[Entry], str]]] = {
    "operator": ("操作员", lambda entry: entry.operator),
    "entrance": ("入口", lambda entry: entry.entrance),
    "terminal": ("终端", lambda entry: entry.terminal),
    "shift": ("班次", lambda entry: entry.shift),
}
"""By the name of a table of sums: what its first column is called, and what an entry has there."""


KINDS = {RowKind.PAYMENT: "收款", RowKind.REFUND: "退费"}
RECEIPT_WORDS = {ISSUED: "有效", RED: "已红冲", NO_RECEIPT: "未开票"}


def receipts(entries: Iterable[Entry]) -> Sheet:
    """收款登记: every receipt in the order of time."""
    columns = (
        Column(title="收款时间", kind=CellKind.TIME), _WAY, _AMOUNT, Column(title="就诊人"), Column(title=PAYMENT_NUMBER), *_NUMBERS,
        Column(title="收据号"), Column(title="入口", kind=CellKind.CODE), Column(title="终端"),
        Column(title="操作员", kind=CellKind.CODE), Column(title="班次"),
    )  # fmt: skip
    rows = tuple(
        (each.at, each.way, each.amount_fen, each.patient, each.number, each.transaction_id, each.his_no, each.receipt_no,
         each.entrance, each.terminal, each.operator, each.shift)
        for each in in_order(entries) if not each.is_refund
    )  # fmt: skip
    return Sheet(name="receipts", title="收款登记", columns=columns, rows=rows)


def refunds(entries: Iterable[Entry]) -> Sheet:
    """退费登记: every refund whose money has gone back, with the payment that it is of."""
    columns = (
        Column(title="退费时间", kind=CellKind.TIME), _WAY, _AMOUNT, Column(title="就诊人"), Column(title=REFUND_NUMBER), *_NUMBERS,
        Column(title=f"原{PAYMENT_NUMBER}"), Column(title="发起时间", kind=CellKind.TIME), Column(title="发起人", kind=CellKind.CODE),
    )  # fmt: skip
    rows = tuple(
        (each.at, each.way, each.amount_fen, each.patient, each.number, each.transaction_id, each.his_no, each.payment_number,
         each.began_at, each.operator)
        for each in in_order(entries) if each.is_refund
    )  # fmt: skip
    return Sheet(name="refunds", title="退费登记", columns=columns, rows=rows)


def e_receipts(rows: Iterable[HisRow]) -> Sheet:
    """电子票据登记: the electronic receipt of every payment and refund for which the HIS tells of one, whatever the way of payment."""
    columns = (
        Column(title="时间", kind=CellKind.TIME), Column(title="类型"), _WAY, Column(title="金额", kind=CellKind.MONEY), Column(title="票据代码"),
        Column(title="票据号码"), Column(title="票据状态"), Column(title=PAYMENT_NUMBER), Column(title=REFUND_NUMBER), Column(title=HIS_NUMBER),
    )  # fmt: skip
    told = sorted((row for row in rows if row.receipt_state), key=lambda row: (row.booked_at, row.his_trade_no))
    lines = tuple(
        (row.booked_at, KINDS[row.kind], row.way, row.amount_fen, row.receipt_code, row.receipt_number, receipt_word(row), row.out_trade_no,
         row.out_refund_no, row.his_trade_no)
        for row in told
    )  # fmt: skip
    return Sheet(name="e-receipts", title="电子票据登记", columns=columns, rows=lines)


def receipt_word(row: HisRow) -> str:
    """The receipt's state in words; of a refund, a receipt that is valid ought not to be."""
    if row.kind is RowKind.REFUND and row.receipt_state == ISSUED:
        return "未红冲"
    return RECEIPT_WORDS[row.receipt_state]


def sums_by(name: str, entries: Iterable[Entry]) -> Sheet:
    """收款汇总 by one of GROUPS."""
    title, key = GROUPS[name]
    columns = (Column(title=title, kind=CellKind.CODE), *SUMMED)
    return Sheet(name=f"by-{name}", title=f"按{title}汇总", columns=columns, rows=grouped(entries, key))


def grouped(entries: Iterable[Entry], key: Callable[[Entry], str]) -> tuple[tuple[Cell, ...], ...]:
    """Rows of a key and the cells of SUMMED; the largest receipts come first."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(key(entry), []).append(entry)
    named = [(name, sums_of(group)) for name, group in groups.items()]
    return tuple((name, *sums) for name, sums in sorted(named, key=lambda each: (-each[1][1], each[0])))


def sums_of(entries: Sequence[Entry]) -> tuple[int, int, int, int, int]:
    """The cells of SUMMED."""
    paid = [each.amount_fen for each in entries if not each.is_refund]
    back = [each.amount_fen for each in entries if each.is_refund]
    return len(paid), sum(paid), len(back), sum(back), sum(paid) - sum(back)


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """By time; what happened in one instant by its number."""
    return sorted(entries, key=lambda each: (each.at, each.number))

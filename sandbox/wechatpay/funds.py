"""Rows of the fund-flow statement (section 9): every movement of the basic account with what is left in it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.wechatpay.columns import line, time_text, yuan
from sandbox.world.wire import Record

COLUMNS = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号"
SUMMARY = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """``amount_fen`` is negative for what leaves the account."""

    time: str
    number: str
    flow: str
    name: str
    kind: str
    amount_fen: int
    asked_by: str
    note: str
    proof: str


def movements(rows: Iterable[Record], mchid: str) -> list[Movement]:
    """Of trade rows, oldest first: a payment comes in whole and its fee goes out after it; a refund goes out less the fee that
    comes back with it.
    """
    found: list[Movement] = []
    for row in rows:
        found += [_refund(row, mchid)] if row["kind"] == "refund" else _payment(row)
    return found


def _payment(row: Record) -> list[Movement]:
    order, fee = row["order"], row["fee_fen"]
    own, proof = order["transaction_id"], order["out_trade_no"]
    note = f"结算手续费{yuan(fee)}元"
    came = Movement(
        time=row["time"], number=own, flow=own, name="交易", kind="交易", amount_fen=row["amount_fen"], asked_by="system", note=note,
        proof=proof,
    )  # fmt: skip
    kept = Movement(
        time=row["time"], number=own, flow=own, name="交易", kind="扣除交易手续费", amount_fen=-fee, asked_by="system", note=note,
        proof=proof,
    )  # fmt: skip
    return [came, kept] if fee else [came]


def _refund(row: Record, mchid: str) -> Movement:
    back_fen = -row["fee_fen"]
    return Movement(
        time=row["time"], number=row["refund"]["refund_id"], flow=row["order"]["transaction_id"], name="退款", kind="退款",
        amount_fen=back_fen - row["amount_fen"], asked_by=f"{mchid}API",
        note=f"退款总金额{yuan(row['amount_fen'])}元;含手续费{yuan(back_fen)}元", proof=row["refund"]["out_refund_no"],
    )  # fmt: skip


def withdrawals(payouts: Iterable[Record]) -> list[Movement]:
    """Payouts to the bank: the whole amount leaves the account, under the withdrawal's number."""
    return [
        Movement(
            time=payout["at"], number=payout["number"], flow=payout["number"], name="提现", kind="提现", amount_fen=-payout["amount_fen"],
            asked_by="system", note=f"提现到银行卡{payout['account'][-4:]}", proof=payout["number"],
        )
        for payout in payouts
    ]  # fmt: skip


def fund_rows(moved: list[Movement], opening_fen: int, more_fen: int = 0) -> list[str]:
    """The file's lines. ``opening_fen``: what was in the account when the day began; ``more_fen``: what the summary says too much."""
    lines, balance = [COLUMNS], opening_fen
    for each in moved:
        balance += each.amount_fen
        way = "收入" if each.amount_fen > 0 else "支出"
        money = [way, yuan(abs(each.amount_fen)), yuan(balance)]
        head = [time_text(each.time), each.number, each.flow, each.name, each.kind]
        lines.append(line([*head, *money, each.asked_by, each.note, each.proof]))
    came = [each.amount_fen for each in moved if each.amount_fen > 0]
    went = [-each.amount_fen for each in moved if each.amount_fen <= 0]
    ends = [f"{len(moved)}.0", f"{len(came)}.0", yuan(sum(came) + more_fen), f"{len(went)}.0", yuan(sum(went))]
    return [*lines, SUMMARY, line(ends)]

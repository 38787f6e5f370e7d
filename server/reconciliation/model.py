"""The shapes of reconciliation 对账: rows of legs, what matching found, and the result of a day (docs/capabilities/reconciliation.md).

A leg 账目侧 is one side's rows of a day. Matching compares legs row by row; what it can't explain is a discrepancy 差异.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Leg(StrEnum):
    OURS = "ours"  # payments and refunds of this system
    CHANNEL = "channel"  # the channel's trade statement
    FUND = "fund"  # the channel's fund-flow statement
    HIS = "his"  # the HIS's list of the day
    BANK = "bank"  # what has arrived in the hospital's bank accounts
    RECEIPT = "receipt"  # electronic receipts and their red-flushes
    FURTHER = "further"  # one more side that a hospital has switched on, as an insurance centre


class RowKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"
    FEE = "fee"  # fund leg only: what the channel keeps of a payment; negative where it comes back
    WITHDRAWAL = "withdrawal"  # fund leg: money on its way to a bank account; bank leg: its arrival
    UNKNOWN = "unknown"  # a kind of business that this Zhenfu does not know; ``note`` has the statement's word


class RowState(StrEnum):
    DONE = "done"  # paid; of a refund: accepted (a statement never says what became of it later)
    FAILED = "failed"  # taken back or refused after it was accepted


FUND_MARK = "fund/"
"""Stands before the number of a row that is compared with the fund statement, whose numbers are the channel's own."""
FEE_BACK = "/back"
"""Stands behind the number of a fee that comes back."""


class Row(NamedTuple):
    """One line of a leg.

    ``number`` is the order number of a payment, the refund number of a refund. ``payment_number`` is the order number of either.
    ``channel_no`` is the number under which the channel's fund statement tells of it. ``amount_fen`` is never negative, ``fee_fen`` is
    what the channel keeps (negative: gives back). ``settled_fen`` is what moves on the merchant's account where that is another amount
    (coupons); the fund statement has that one. ``expected_in`` names the legs that should have it too (ours only).
    ``note`` is a word of the source: the unknown kind, the HIS's own number, the bank account. ``booked_on`` (ours only) is the day in whose
    HIS list it must stand, where that is a later one than its own: the HIS took it over, or wrote it off, after midnight.
    """

    leg: Leg
    kind: RowKind
    number: str
    payment_number: str
    amount_fen: int
    state: RowState
    at: datetime
    channel_no: str = ""
    fee_fen: int = 0
    expected_in: frozenset[Leg] = frozenset({Leg.CHANNEL, Leg.HIS})
    note: str = ""
    settled_fen: int | None = None
    booked_on: date | None = None

    @property
    def key(self) -> str:
        """What all legs call it by."""
        return f"{self.kind}:{self.number}"

    @property
    def signed_fen(self) -> int:
        """In fen: below 0 for a refund; 0 where the money was taken back or refused."""
        if self.state is RowState.FAILED:
            return 0
        return -self.amount_fen if self.kind is RowKind.REFUND else self.amount_fen


class Category(StrEnum):
    MISSING_HERE = "missing_here"  # 渠道有，本系统没有
    MISSING_AT_CHANNEL = "missing_at_channel"  # 渠道没有
    MISSING_IN_HIS = "missing_in_his"  # 医院系统没有
    AMOUNT = "amount"  # 金额不一致
    STATE = "state"  # 状态不一致
    FEE = "fee"  # 手续费不一致
    DOUBLE = "double"  # 重复
    CROSS_DAY = "cross_day"  # 跨日，待次日勾兑: not counted before three days are over
    SETTLEMENT = "settlement"  # 资金账单与交易账单不一致
    BANK_NOT_ARRIVED = "bank_not_arrived"  # 提现未到账
    RECEIPT = "receipt"  # 已退费，票据未红冲
    UNKNOWN_KIND = "unknown_kind"  # 账单里有不认识的业务


class Act(StrEnum):
    """What is proposed. Only the first three are done by Zhenfu itself, by ordinary effects; the rest is for a person."""

    QUERY_CHANNEL = "query_channel"  # ask the channel, then book or return
    ASK_HIS = "ask_his"  # ask the HIS, then confirm or return
    RECORD_REFUND = "record_refund"  # record a refund that was made outside, and write it off
    WAIT = "wait"  # the other side may tell of it on another day
    CHECK_HIS = "check_his"  # correct the HIS's books
    CHECK_CHANNEL = "check_channel"  # ask the channel's service
    CHECK_BANK = "check_bank"
    RED_FLUSH = "red_flush"
    LOOK = "look"  # a person has to find out


class Reason(StrEnum):
    """The likely cause; `texts.CAUSES` says it in one sentence."""

    NOTIFICATION_LOST = "notification_lost"
    REFUNDED_OUTSIDE = "refunded_outside"
    ONLY_HERE = "only_here"
    ONLY_IN_HIS = "only_in_his"
    REFUND_ONLY_HERE = "refund_only_here"
    NOT_BOOKED = "not_booked"
    NOT_WRITTEN_OFF = "not_written_off"
    OTHER_SYSTEM_NOT_BOOKED = "other_system_not_booked"
    OTHER_SYSTEM_NOT_PAID = "other_system_not_paid"
    AMOUNT_AT_CHANNEL = "amount_at_channel"
    AMOUNT_IN_HIS = "amount_in_his"
    STATE_DIFFERS = "state_differs"
    FEE_DIFFERS = "fee_differs"
    LISTED_TWICE = "listed_twice"
    BOOKED_TWICE = "booked_twice"
    NEAR_MIDNIGHT = "near_midnight"
    NOT_IN_FUND = "not_in_fund"
    NOT_IN_TRADES = "not_in_trades"
    BALANCE_JUMPS = "balance_jumps"
    PAYOUT_LATE = "payout_late"
    PAYOUT_SHORT = "payout_short"
    RECEIPT_LIVES = "receipt_lives"
    HIS_HOLDS_RETURNED = "his_holds_returned"
    STATEMENT_LEFT_OUT = "statement_left_out"
    KIND_UNKNOWN = "kind_unknown"
    NOT_IN_FURTHER = "not_in_further"
    ONLY_IN_FURTHER = "only_in_further"
    AMOUNT_IN_FURTHER = "amount_in_further"


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """What matching could not explain.

    ``id`` is the same in every run, so what a person decided about it is found again. ``rows`` is what every leg says, in the order of
    `Leg`. ``difference_fen`` is the channel's money less the books': above 0 is 长款, below 0 短款. ``since`` is the day of the oldest row.
    """

    id: str
    category: Category
    reason: Reason
    act: Act
    rows: tuple[Row, ...]
    difference_fen: int
    since: date
    ours: bool = True  # False: of another system's order on the same merchant account, never repaired by us

    @property
    def counts(self) -> bool:
        """A row that waits for another day does not yet keep the day from closing."""
        return self.category is not Category.CROSS_DAY

    @property
    def called(self) -> Row:
        """The row by which people call it: the trade's, where the account's rows and fees only stand beside it. Its number is without the
        marks of matching.
        """
        row = min(self.rows, key=lambda row: (row.leg is Leg.FUND, row.kind is RowKind.FEE))
        return row._replace(number=row.number.removeprefix(FUND_MARK).removesuffix(FEE_BACK))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """The sums of one leg: how many rows and how much money, in fen."""

    payments: int = 0
    paid_fen: int = 0
    refunds: int = 0
    refunded_fen: int = 0
    fee_fen: int = 0

    @property
    def rows(self) -> int:
        return self.payments + self.refunds

    @property
    def net_fen(self) -> int:
        return self.paid_fen - self.refunded_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """One account's day: ``opening + came - went - fees = closing``, all in fen. ``went_fen`` has refunds and withdrawals."""

    opening_fen: int
    came_fen: int
    went_fen: int
    fee_fen: int
    closing_fen: int

    @property
    def holds(self) -> bool:
        return self.opening_fen + self.came_fen - self.went_fen - self.fee_fen == self.closing_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """Rows of one key that wait for the other side. ``since`` is the day on which it was first missed; ``counted``: that day already has
    them among its discrepancies.
    """

    key: str
    since: date
    rows: tuple[Row, ...]
    counted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchResult:
    """What one run over the legs of a day found. The same legs give the same result, in any order of their rows.

    ``matched`` counts the keys on which all legs agree, ``cancelled`` those of a payment and its refund that the HIS never had.
    ``carried`` goes into the next day's run; ``settled`` names carried keys of earlier days that found their other side, with their day.
    """

    day: date
    matched: int = 0
    cancelled: int = 0
    sums: Mapping[Leg, Sums] = field(default_factory=lambda: MappingProxyType({}))
    discrepancies: tuple[Discrepancy, ...] = ()
    carried: tuple[Carried, ...] = ()
    settled: tuple[tuple[str, date], ...] = ()

    @property
    def differing(self) -> tuple[Discrepancy, ...]:
        return tuple(each for each in self.discrepancies if each.counts)

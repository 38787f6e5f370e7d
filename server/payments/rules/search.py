"""What staff look for among payments: a number, and what must hold beside it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from server.core.days import hospital_day
from server.core.errors import BadInput
from server.core.typed import name_key
from server.payments.model import UNPAID, Payment, PaymentState
from server.payments.refund_model import RUNNING

DAYS_MAX = 93
DAYS_USUAL = 31


class Order(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    MOST = "most"
    LEAST = "least"


class Standing(StrEnum):
    """How a payment stands, as staff ask for it. The last two say what has become of its refunds."""

    UNPAID = "unpaid"
    PAID = "paid"
    BOOKED = "booked"
    CLOSED = "closed"
    RETURNING = "returning"
    RETURNED = "returned"
    REFUNDING = "refunding"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSearch:
    """Every field that is set must fit; an empty one fits everything. ``words`` is a number or a tail of it; days are the hospital's, of
    the payment's beginning, both included; ``department`` is a part of its name. ``columns`` are names of the console's.
    """

    words: str = ""
    since: date | None = None
    until: date | None = None
    channel: str = ""
    state: str = ""
    department: str = ""
    least_fen: int | None = None
    most_fen: int | None = None
    order: Order = Order.NEWEST
    columns: tuple[str, ...] = ()

    def within(self, today: date) -> tuple[date, date]:
        """The first and the last day to look through where no number says which payments. Raises BadInput for too many days."""
        until = self.until or max(today, self.since or today)
        since = self.since or until - timedelta(days=DAYS_USUAL - 1)
        if since > until:
            raise BadInput("days", user_message="开始日期不能晚于结束日期。")
        if (until - since).days >= DAYS_MAX or not 2000 <= since.year <= until.year < 2200:
            raise BadInput("days", user_message=f"一次最多查 {DAYS_MAX} 天，请缩小日期范围。")
        return since, until

    def fits(self, payment: Payment) -> bool:
        """Whatever is asked for beside the number."""
        began, fen = hospital_day(payment.created_at), asked_fen(payment)
        return (
            (self.since is None or began >= self.since)
            and (self.until is None or began <= self.until)
            and (not self.channel or self.channel in payment.channels)
            and (not self.state or _stands(payment, Standing(self.state)))
            and (not self.department or self._is_of_department(payment))
            and (self.least_fen is None or fen >= self.least_fen)
            and (self.most_fen is None or fen <= self.most_fen)
        )

    def _is_of_department(self, payment: Payment) -> bool:
        wanted = name_key(self.department)
        return any(wanted in name_key(department) for department in payment.personal.subject.departments)

    def ordered(self, payments: Sequence[Payment]) -> tuple[Payment, ...]:
        newest = sorted(payments, key=lambda payment: payment.page_cursor, reverse=True)
        match self.order:
            case Order.OLDEST:
                newest.reverse()
            case Order.MOST:
                newest.sort(key=asked_fen, reverse=True)
            case Order.LEAST:
                newest.sort(key=asked_fen)
        return tuple(newest)

    @property
    def has_filter(self) -> bool:
        return self != PaymentSearch(words=self.words, order=self.order, columns=self.columns)


def asked_fen(payment: Payment) -> int:
    """The amount that a list shows."""
    return payment.paid_fen or payment.amount_fen


def filters_text(search: PaymentSearch) -> str:
    """What is asked for beside number and department, in codes and numbers: ``2026-11-01/2026-11-30 booked 100-2000``."""
    days = f"{search.since or ''}/{search.until or ''}" if search.since or search.until else ""
    amounts = (search.least_fen, search.most_fen)
    fen = "-".join("" if one is None else str(one) for one in amounts) if amounts != (None, None) else ""
    return " ".join(text for text in (days, search.channel, search.state, fen) if text)


def as_facts(search: PaymentSearch) -> dict[str, Any]:
    """``search`` as plain values, for whoever keeps it."""
    days = {name: day.isoformat() if day else "" for name, day in (("since", search.since), ("until", search.until))}
    return {**asdict(search), **days, "order": str(search.order), "columns": list(search.columns)}


def from_facts(facts: dict[str, Any]) -> PaymentSearch:
    days = {name: date.fromisoformat(facts[name]) if facts[name] else None for name in ("since", "until")}
    return replace(
        PaymentSearch(), **{**facts, **days, "order": Order(facts["order"]), "columns": tuple(facts["columns"])}
    )


def _stands(payment: Payment, wanted: Standing) -> bool:
    if wanted is Standing.UNPAID:
        return payment.state in UNPAID
    if wanted is Standing.REFUNDING:
        return any(refund.state in RUNNING for refund in payment.refunds)
    if wanted is Standing.REFUNDED:
        return payment.refunded_fen > 0
    return payment.state is PaymentState(wanted.value)

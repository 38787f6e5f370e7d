"""What every table of a hospital's file is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

ChatPurpose = Literal[
    "payment_booked",
    "payment_confirmed",
    "payment_elsewhere",
    "payment_lapsed",
    "payment_not_booked",
    "payment_late",
    "booking_changed",
    "payment_returning",
    "payment_returned",
    "bill_issued",
    "refund_accepted",
    "refund_arrived",
    "refund_waiting",
    "refund_result",
    "audit_head",
    "alerts_standing",
    "report_ready",
    "number_offered",
    "low_deposit",
    "old_balance",
]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128)]
# What a notice carries (server/messages/service.py, cards.py, staff_messages.py, audit_days.py, alert_rounds.py): display text, by name.
ValueName = Literal[
    "hospital",
    "patient",
    "departments",
    "amount",
    "payment",
    "time",
    "card",
    "client",
    "guide",
    "receipt",
    "reason",
    "code",
    "refund",
    "arrival",
    "state",
    "day",
    "last",
    "head",
    "count",
]


_MONEY: frozenset[str] = frozenset({"amount"})
_MOMENTS: frozenset[str] = frozenset({"time", "day"})
_ONLY = {"amount": _MONEY, "time": _MOMENTS, "date": _MOMENTS}


def fits_its_kind(keywords: Mapping[str, ValueName]) -> Mapping[str, ValueName]:
    """WeChat refuses a message whose ``amount2`` is no amount or whose ``time3`` is no real time: which value may stand where."""
    for keyword, value in keywords.items():
        allowed = _ONLY.get(keyword.rstrip("0123456789"))
        if allowed is not None and value not in allowed:
            raise ValueError(f'has {keyword} = "{value}", but WeChat takes only {" or ".join(sorted(allowed))} there')
    return keywords


class Section(BaseModel):
    """A table of the file: nothing unknown in it, nothing changes later, and no error ever shows its input."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True
    )  # a table is built once, within the file's own model

"""The result of a run as text: the same result is the same text, byte for byte. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from server.core.days import HOSPITAL_ZONE
from server.reconciliation.model import (
    Act,
    Carried,
    Category,
    Discrepancy,
    Leg,
    MatchResult,
    Reason,
    Row,
    RowKind,
    RowState,
    Sums,
)

FORM = 1


def result_text(result: MatchResult) -> str:
    told = {
        "form": FORM,
        "day": result.day.isoformat(),
        "matched": result.matched,
        "cancelled": result.cancelled,
        "sums": {leg: _sums(sums) for leg, sums in sorted(result.sums.items())},
        "discrepancies": [
            {
                "id": each.id, "category": each.category, "reason": each.reason, "act": each.act,
                "difference_fen": each.difference_fen, "since": each.since.isoformat(), "ours": each.ours,
                "rows": [_row(row) for row in each.rows],
            }
            for each in result.discrepancies
        ],
        "carried": [
            {
                "key": each.key, "since": each.since.isoformat(), "counted": each.counted,
                "rows": [_row(row) for row in each.rows],
            }
            for each in result.carried
        ],
        "settled": [[key, since.isoformat()] for key, since in result.settled],
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def result_from_text(text: str) -> MatchResult:
    """Raises ValueError and KeyError for a text that `result_text` did not make."""
    told = json.loads(text)
    if told["form"] != FORM:
        raise ValueError("another form")
    return MatchResult(
        day=date.fromisoformat(told["day"]),
        matched=told["matched"],
        cancelled=told["cancelled"],
        sums=MappingProxyType({Leg(leg): Sums(**sums) for leg, sums in told["sums"].items()}),
        discrepancies=tuple(_discrepancy(each) for each in told["discrepancies"]),
        carried=tuple(
            Carried(
                key=each["key"], since=date.fromisoformat(each["since"]), counted=each["counted"],
                rows=tuple(_row_from(row) for row in each["rows"]),
            )
            for each in told["carried"]
        ),
        settled=tuple((key, date.fromisoformat(since)) for key, since in told["settled"]),
    )  # fmt: skip


def result_sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _sums(sums: Sums) -> dict[str, int]:
    names = ("payments", "paid_fen", "refunds", "refunded_fen", "fee_fen")
    return {name: getattr(sums, name) for name in names}


def _discrepancy(told: Mapping[str, Any]) -> Discrepancy:
    return Discrepancy(
        id=told["id"],
        category=Category(told["category"]),
        reason=Reason(told["reason"]),
        act=Act(told["act"]),
        rows=tuple(_row_from(row) for row in told["rows"]),
        difference_fen=told["difference_fen"],
        since=date.fromisoformat(told["since"]),
        ours=told["ours"],
    )


def _row(row: Row) -> list[Any]:
    at = row.at.astimezone(HOSPITAL_ZONE).isoformat()
    expected = sorted(row.expected_in)
    booked_on = [row.booked_on.isoformat()] if row.booked_on else []
    return [*row[:6], at, row.channel_no, row.fee_fen, expected, row.note, row.settled_fen, *booked_on]


def _row_from(told: list[Any]) -> Row:
    (
        leg,
        kind,
        number,
        payment_number,
        amount_fen,
        state,
        at,
        channel_no,
        fee_fen,
        expected,
        note,
        settled_fen,
        *rest,
    ) = told
    return Row(
        leg=Leg(leg), kind=RowKind(kind), number=number, payment_number=payment_number, amount_fen=amount_fen,
        state=RowState(state), at=datetime.fromisoformat(at), channel_no=channel_no, fee_fen=fee_fen,
        expected_in=frozenset(Leg(each) for each in expected), note=note, settled_fen=settled_fen,
        booked_on=date.fromisoformat(rest[0]) if rest else None,
    )  # fmt: skip

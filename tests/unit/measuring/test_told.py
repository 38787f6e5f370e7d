"""What the history of a payment says about how soon it was booked and told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bench.engine import NotHere
from bench.rows.told import waits_ms

PAID = datetime(2026, 3, 4, 10, tzinfo=UTC)


def line(what: str, after_ms: int) -> dict[str, object]:
    return {"what": what, "at": PAID + timedelta(milliseconds=after_ms)}


def test_the_waits_count_from_the_notification() -> None:
    history = [
        line("created", -900),
        line("paid", 0),
        line("booked", 21),
        line("message_sent", 39),
        line("sms_sent", 43),
    ]
    assert waits_ms(history) == (21.0, 43.0)


def test_a_payment_without_an_sms_gives_no_figure() -> None:
    with pytest.raises(NotHere, match="sms_sent"):
        waits_ms([line("paid", 0), line("booked", 21)])

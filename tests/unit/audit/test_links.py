"""One link of the chain: its number, day and text, which must stay what they are as long as a chain is kept; and what it says of others."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from server.audit.model import (
    BEGINNING,
    AuditEntry,
    canonical,
    closing,
    next_entry,
    renaming,
    same_line,
    seals,
    signing,
)
from server.core.history import AuditableEvent, HistoryEvent

AT = datetime(2026, 11, 23, 9, 30, 5, 123456, tzinfo=UTC)
DAY = date(2026, 11, 23)
LINE = HistoryEvent(at=AT, what="refund_requested", by="staff:1001", detail={"reason": "重复", "amount_fen": "500"})
EVENT = AuditableEvent(id="payment/ZF1/3", line=LINE)
ENTRY = AuditEntry(
    hospital="demo", number=7, day=DAY, id=EVENT.id, at=AT, what=LINE.what, by=LINE.by, detail=LINE.detail,
    previous="a" * 64, mac="b" * 64,
)  # fmt: skip


def test_the_text_that_is_sealed_stays_what_it_is() -> None:
    """Whoever changes it takes every chain that is kept for false."""
    assert canonical(ENTRY) == (
        "14:zhenfu-audit-1\n4:demo\n1:7\n10:2026-11-23\n13:payment/ZF1/3\n29:2026-11-23T09:30:05.123+00:00\n"
        "16:refund_requested\n10:staff:1001\n1:2\n10:amount_fen\n3:500\n6:reason\n6:重复\n64:" + "a" * 64 + "\n"
    )


def test_the_first_link_and_the_next() -> None:
    first = next_entry("demo", None, EVENT, DAY)
    assert first == replace(ENTRY, number=1, previous="0" * 64, mac="")
    assert BEGINNING == "0" * 64
    assert next_entry("demo", ENTRY, EVENT, DAY) == replace(ENTRY, number=8, previous="b" * 64, mac="")


@pytest.mark.parametrize(("days", "sealed"), [(-1, 0), (0, 0), (1, 1)])
def test_days_never_go_back(days: int, sealed: int) -> None:
    today = DAY + timedelta(days=days)
    assert next_entry("demo", ENTRY, EVENT, today).day == DAY + timedelta(days=sealed)


@pytest.mark.parametrize(
    ("source", "parts"),
    [("payment/ZF1/3", ("payment", "ZF1", 3)), ("alert/ZF1:a/b/0", ("alert", "ZF1:a/b", 0))],
)
def test_whose_line_it_is(source: str, parts: tuple[str, str, int]) -> None:
    assert replace(ENTRY, id=source).source == parts


@pytest.mark.parametrize("source", ["payment", "payment/ZF1", "payment/ZF1/x"])
def test_whose_line_it_can_not_be(source: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        _ = replace(ENTRY, id=source).source


def test_a_line_is_the_same_to_the_millisecond() -> None:
    assert ENTRY.line == LINE
    assert same_line(LINE, replace(LINE, at=AT + timedelta(microseconds=543)))
    assert not same_line(LINE, replace(LINE, at=AT + timedelta(microseconds=544)))
    assert not same_line(LINE, replace(LINE, by="staff:1002"))


def test_a_closed_day_is_the_same_whenever_it_is_found() -> None:
    one, later = closing(ENTRY, AT), closing(ENTRY, AT + timedelta(minutes=1))
    assert (one.id, one.line.what, one.line.by) == ("day/2026-11-23/0", "day_closed", "system")
    assert dict(one.line.detail) == {"day": "2026-11-23", "last": "7", "head": "b" * 64}
    entry = next_entry("demo", ENTRY, one, DAY + timedelta(days=1))
    assert seals(entry, later)
    assert not seals(entry, closing(replace(ENTRY, number=6), AT))
    assert not seals(entry, replace(one, line=replace(one.line, what="refund_requested")))


def test_any_other_event_is_the_same_by_its_whole_line() -> None:
    assert seals(ENTRY, EVENT)
    assert not seals(ENTRY, replace(EVENT, line=replace(LINE, at=AT + timedelta(seconds=1))))
    assert not seals(replace(ENTRY, what="day_closed"), EVENT)


def test_what_is_told_of_documents_that_are_signed() -> None:
    event = signing(3, "ab" * 32, AT)
    assert event.id == "schema/20261123T093005123456-abababababababab/0"
    assert (event.line.at, event.line.what) == (AT, "payments_signed")
    assert dict(event.line.detail) == {"count": "3", "sha256": "ab" * 32}
    assert signing(3, "ab" * 32, AT, "unclaimed_signed").line.what == "unclaimed_signed"


def test_what_is_told_of_an_entry_that_is_renamed() -> None:
    event = renaming(ENTRY, "c" * 64, AT)
    assert event.id == "person/entry-7-cccccccccccccccc/0"
    assert (event.line.at, event.line.what, event.line.by) == (AT, "entry_renamed", "system")
    assert dict(event.line.detail) == {"entry": "7", "was": "b" * 64, "is": "c" * 64}

"""Looking for lines of the audit chain (issue 12, line 36)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from server.audit.model import BEGINNING, AuditEntry
from server.audit.rules import AuditSearch
from server.core.history import event_id

LATE = datetime(2026, 11, 23, 16, 5, tzinfo=UTC)
"""00:05 of the next day in the hospital."""
PAYMENT_ID = "ZF20261123ABCDEFGHJKMN"


def entry(by: str = "staff:1001", kind: str = "payment", whose: str = PAYMENT_ID) -> AuditEntry:
    return AuditEntry(
        hospital="demo",
        number=7,
        day=date(2026, 11, 24),
        id=event_id(kind, whose, 3),
        at=LATE,
        what="refund_requested",
        by=by,
        detail={},
        previous=BEGINNING,
    )


@pytest.mark.parametrize(
    ("search", "fits"),
    [
        (AuditSearch(), True),
        (AuditSearch(person="1001"), True),
        (AuditSearch(person="staff:1001"), True),
        (AuditSearch(person="his:1001"), False),
        (AuditSearch(person="100"), False),
        (AuditSearch(about=PAYMENT_ID), True),
        (AuditSearch(about="JKMN"), True),
        (AuditSearch(about="KMN"), False),
        (AuditSearch(about="jkmn"), True),
        (AuditSearch(about="支付单号：zf20261123 ABCDEFGHJKMN"), True),
        (AuditSearch(about="…JKMN"), True),
        (AuditSearch(person="工号1001"), True),
        (AuditSearch(person=" １００１ "), True),
        (AuditSearch(person="Staff:1001"), True),
        (AuditSearch(about="ABCD"), False),
        (AuditSearch(kind="payment"), True),
        (AuditSearch(kind="staff"), False),
        (AuditSearch(since=date(2026, 11, 24), until=date(2026, 11, 24)), True),
        (AuditSearch(since=date(2026, 11, 25)), False),
        (AuditSearch(until=date(2026, 11, 23)), False),
        (AuditSearch(person="1001", kind="staff"), False),
    ],
)
def test_every_field_that_is_set_must_fit(search: AuditSearch, fits: bool) -> None:
    assert search.fits(entry()) is fits


def test_the_his_s_operator_is_not_our_employee() -> None:
    assert not AuditSearch(person="staff:1001").fits(entry(by="his:1001"))
    assert AuditSearch(person="his:1001").fits(entry(by="his:1001"))

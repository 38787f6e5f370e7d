"""The numbers of payments and orders, the lines that the audit chain takes, and mappings that keep the newest."""

from __future__ import annotations

import re
from collections import OrderedDict
from datetime import date

import pytest

from server.core.history import AuditableEvent, HistoryEvent, auditable_events, event_id, lone_event
from server.core.ids import order_number, payment_id, payment_id_of
from server.core.newest import put_newest
from tests.support.clock_and_ids import MORNING, SeededIds

DAY = date(2026, 11, 23)
RANDOM = "ABCDEFGHJKMN"
PAYMENT = f"ZF20261123{RANDOM}"


@pytest.mark.parametrize("prefix", ["ZF", "ZHENFU", "z9"])
def test_a_payment_s_number(prefix: str) -> None:
    assert payment_id(prefix, DAY, RANDOM) == f"{prefix}20261123{RANDOM}"


@pytest.mark.parametrize(
    ("prefix", "chance"),
    [("Z", RANDOM), ("ZHENFUX", RANDOM), ("诊付", RANDOM), ("Z-", RANDOM), ("ZF", RANDOM[1:]), ("ZF", f"{RANDOM}1")],
)
def test_what_makes_no_payment_s_number(prefix: str, chance: str) -> None:
    told = "a prefix of 2 to 6 letters and digits and 12 random characters make a payment number"
    with pytest.raises(ValueError, match=told):
        payment_id(prefix, DAY, chance)


def test_the_orders_of_a_payment() -> None:
    numbers = [order_number(PAYMENT, place) for place in (1, 2, 9)]
    assert numbers == [PAYMENT, f"{PAYMENT}p2", f"{PAYMENT}p9"]
    assert {payment_id_of(number) for number in numbers} == {PAYMENT}
    assert payment_id_of("p2") == "p2"
    assert payment_id_of(f"{PAYMENT}p1") == f"{PAYMENT}p1"
    for place in (0, 10):
        with pytest.raises(ValueError, match="a payment has 1 to 9 parts"):
            order_number(PAYMENT, place)


def test_lines_are_counted_from_nought_and_taken_from_one_on() -> None:
    lines = [HistoryEvent(at=MORNING, what=what) for what in ("a", "b", "c")]
    assert event_id("payment", "ZF1", 3) == "payment/ZF1/3"
    events = tuple(AuditableEvent(id=f"staff/1001/{which}", line=line) for which, line in enumerate(lines))
    assert auditable_events("staff", "1001", lines) == events
    assert auditable_events("staff", "1001", lines, 1) == events[1:]
    assert auditable_events("staff", "1001", lines, 3) == ()
    assert (lines[0].by, dict(lines[0].detail)) == ("system", {})


def test_what_has_no_history_of_its_own_is_named_anew_each_time() -> None:
    ids, detail = SeededIds(7), {"card": "C1"}
    once, again = (lone_event("card", ids, at=MORNING, what="said", by="patient", detail=detail) for _ in range(2))
    assert once.line == again.line == HistoryEvent(at=MORNING, what="said", by="patient", detail={"card": "C1"})
    assert [re.sub("[0-9A-Z]{20}", "·", one.id) for one in (once, again)] == ["card/·/0"] * 2
    assert once.id != again.id
    detail["card"] = "C2"
    assert once.line.detail == {"card": "C1"}, "what was said stays"


def test_the_oldest_go_where_there_are_too_many() -> None:
    kept: OrderedDict[str, int] = OrderedDict()
    for name, value in (("a", 1), ("b", 2), ("a", 3), ("c", 4)):
        put_newest(kept, name, value, 2)
    assert list(kept.items()) == [("a", 3), ("c", 4)]
    put_newest(kept, "d", 5, 1)
    assert list(kept.items()) == [("d", 5)]

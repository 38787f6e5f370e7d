"""The bytes that are kept of our own side of a day's run."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from server.reconciliation.model import Carried, Leg, Row, RowKind, RowState
from server.reconciliation.rules.lines import line_of
from server.reconciliation.rules.our_side import our_side
from tests.support.clock_and_ids import MORNING

OURS = Row(Leg.OURS, RowKind.PAYMENT, "ZF1", "ZF1", 100, RowState.DONE, MORNING)
WAITING = Carried(key="payment:ZF1", since=date(2026, 11, 23), rows=(OURS,))


def test_what_waits_is_told_from_what_a_day_has_counted_already() -> None:
    counted = replace(WAITING, key="payment:ZF0", counted=True)
    assert our_side([OURS], [WAITING, counted], {"HIS9": "ZF1R01", "HIS1": "ZF1R02"}, -5).splitlines() == [
        line_of(OURS),
        b"carried\tpayment:ZF0\t2026-11-23\tcounted",
        b"ours\t" + line_of(OURS),
        b"carried\tpayment:ZF1\t2026-11-23\twaiting",
        b"ours\t" + line_of(OURS),
        b"number\tHIS1\tZF1R02",
        b"number\tHIS9\tZF1R01",
        b"left\t-5",
    ]

"""The rows of one run, in files and in memory: a day comes to the same, however it was kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.reconciliation.model import Leg, Row, RowKind, Sums
from server.reconciliation.ports import PartStore
from server.reconciliation.rules.lines import line_of, row_of
from server.reconciliation.rules.matching import match
from server.storage.memory_parts import MemoryParts
from server.storage.part_files import PartFiles
from tests.unit.reconciliation.days import ALL_LEGS, BOUNDS, DAY, TRADES, Day, clean_day, payment, put


@pytest.fixture(params=["files", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> PartStore:
    return PartFiles(tmp_path) if request.param == "files" else MemoryParts()


def a_bad_day() -> Day:
    day = clean_day(payments=60)
    for place, what in enumerate(sorted(TRADES)):
        put(day, what, f"ZH20261127{place * 3 + 1:04d}")
    return day


def test_a_day_comes_to_what_it_comes_to_in_one_piece(store: PartStore) -> None:
    day = a_bad_day()
    for leg in ALL_LEGS:
        store.write(leg, (row for row in day.rows if row.leg is leg), BOUNDS.prefix, with_fund=True)
    assert repr(match(DAY, store.parts(ALL_LEGS), ALL_LEGS, BOUNDS)) == repr(day.run())


def test_without_a_fund_statement_there_is_nothing_to_compare_it_with(store: PartStore) -> None:
    day = clean_day()
    legs = (Leg.OURS, Leg.CHANNEL)
    for leg in legs:
        store.write(leg, (row for row in day.rows if row.leg is leg), BOUNDS.prefix, with_fund=False)
    assert match(DAY, store.parts(legs), legs, BOUNDS).discrepancies == ()


def test_what_is_written_is_added_up(store: PartStore) -> None:
    rows = [row for row in clean_day(payments=4, others=1).rows if row.leg is Leg.CHANNEL]
    assert store.write(Leg.CHANNEL, rows, BOUNDS.prefix, with_fund=False) == Sums(
        payments=5, paid_fen=1000 + 1001 + 1002 + 1003 + 2000, refunds=2, refunded_fen=500 + 503, fee_fen=5 * 3 - 2
    )


def test_a_row_is_read_as_it_was_written() -> None:
    row = payment(Leg.OURS, "ZH1", 12, note="一\t二\n三\x1f四", expected_in=frozenset({Leg.CHANNEL}))
    assert row_of(Leg.OURS, line_of(row)) == row._replace(note="一 二 三 四")
    for each in (row._replace(expected_in=frozenset()), row._replace(kind=RowKind.UNKNOWN, note="", fee_fen=-4)):
        assert row_of(Leg.OURS, line_of(each)) == each._replace(note=each.note and "一 二 三 四")


def test_a_row_of_the_channels_number_alone_lies_where_others_look_for_it(store: PartStore) -> None:
    row: Row = payment(Leg.HIS, "", 5, payment_number="")
    store.write(Leg.HIS, [row], BOUNDS.prefix, with_fund=False)
    ((part),) = store.parts([Leg.HIS])
    assert [row_of(Leg.HIS, line).number for line in part[Leg.HIS]] == [row.channel_no]

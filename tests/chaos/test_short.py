"""The short forms of `make chaos`: twelve deaths under load and faults, and a full disk; then what is true at every moment."""

from __future__ import annotations

from pathlib import Path

from tests.chaos.drill import run_drill
from tests.chaos.full_disk import run_full_disk
from tests.chaos.report import stories, table

KILLS = 12
SETTLE_S = 8.0


def test_twelve_deaths_leave_every_fen_where_it_belongs(tmp_path: Path) -> None:
    """Not waited for here: attempts that were never paid until they expire, and second tries that keep a minute's distance."""
    outcome = run_drill(tmp_path / "data", kills=KILLS, seed=1, settle_s=SETTLE_S, to_the_end=False)
    said = table(outcome)
    assert outcome.violations == [], f"{said}\n{stories(outcome)}"
    assert outcome.kills.total() >= KILLS
    assert all(outcome.kills[kind] for kind in ("serve", "work", "database")), said
    assert outcome.books is not None
    assert outcome.did["passwords entered"] > 0, said
    assert outcome.waiting < len(outcome.books.payments), said


def test_a_full_disk_is_said_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    told, found = run_full_disk(tmp_path, to_the_end=False)
    assert found == []
    assert told.started, told
    assert told.taken_in, told
    assert told.owed, told

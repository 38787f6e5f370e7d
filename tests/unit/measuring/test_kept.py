"""Which kept store a run takes: the one of its size and documents, for a week; other ones of that size go."""

from __future__ import annotations

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from bench import kept
from bench.engine import NotHere
from bench.stored_payments import AHEAD
from tests.support.clock_and_ids import MORNING

PAYMENTS = 20_000


class Fill:
    """Instead of the filling itself: a folder with one file."""

    def __init__(self, like: Path) -> None:
        self.of: list[Path] = []
        self._like = like

    async def __call__(self, folder: Path, payments: int, now: object, told: object) -> None:
        self.of.append(folder)
        shutil.copytree(self._like, folder)


@pytest.fixture
def fill(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Fill:
    like = tmp_path_factory.mktemp("like")
    (like / "payments").write_text("many")
    instead = Fill(like)
    monkeypatch.setattr(kept, "fill", instead)
    return instead


def take(folder: Path, payments: int, shelf: Path | None) -> str:
    asyncio.run(kept.filled_into(folder, payments, lambda there: None, shelf))
    return (folder / "payments").read_text()


def test_a_store_is_filled_once_and_copied_each_time(tmp_path: Path, fill: Fill) -> None:
    shelf = tmp_path / "shelf"
    for run in ("first", "second"):
        assert take(tmp_path / run / "ours", PAYMENTS, shelf) == "many"
        (tmp_path / run / "ours" / "payments").write_text("more")
    assert len(fill.of) == 1
    assert fill.of[0].is_relative_to(shelf)


def test_other_stores_of_the_size_go_and_those_of_another_size_stay(tmp_path: Path, fill: Fill) -> None:
    shelf = tmp_path / "shelf"
    older, other = shelf / f"{PAYMENTS}-0123456789ab", shelf / f"{PAYMENTS}0-0123456789ab"
    older.mkdir(parents=True)
    other.mkdir()
    take(tmp_path / "run" / "ours", PAYMENTS, shelf)
    assert not older.exists()
    assert other.exists()


def test_small_stores_and_those_that_nobody_wants_kept_are_filled_where_they_are_used(
    tmp_path: Path, fill: Fill
) -> None:
    small, unkept = tmp_path / "small", tmp_path / "unkept"
    take(small, kept.FROM - 1, tmp_path / "shelf")
    take(unkept, PAYMENTS, None)
    assert fill.of == [small, unkept]
    assert not (tmp_path / "shelf").exists()


def test_a_store_is_good_for_the_days_that_it_was_filled_for(tmp_path: Path) -> None:
    assert kept.read_note(tmp_path, MORNING) is None
    kept.Note(MORNING, whole=True).write(tmp_path)
    second = timedelta(seconds=1)
    assert kept.read_note(tmp_path, MORNING + AHEAD - second) == kept.Note(MORNING, whole=True)
    assert kept.read_note(tmp_path, MORNING + AHEAD) is None
    assert kept.read_note(tmp_path, MORNING - second) is None


def test_a_disk_that_is_too_small_is_told_before_anything_is_written(
    tmp_path: Path, fill: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "BYTES_A_PAYMENT", 10**15)
    with pytest.raises(NotHere, match="20,000 payments need 20000000000 GB"):
        take(tmp_path / "run", PAYMENTS, tmp_path / "shelf")
    assert list(tmp_path.iterdir()) == []

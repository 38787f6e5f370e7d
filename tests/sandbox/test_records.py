"""The world's memory: what is written together is there together, and the past is forgotten in time."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.world.records import Records

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def on_disk(file: Path) -> list[str]:
    """What another process sees; after a kill, what there is."""
    with sqlite3.connect(file) as reader:
        found = [key for (key,) in reader.execute("SELECT key FROM records ORDER BY rowid")]
    reader.close()
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "world.sqlite3"


def test_a_record_is_on_disk_when_put_returns(file: Path) -> None:
    records = Records(file)
    records.put("order", "a", {"n": 1})
    assert on_disk(file) == ["a"]
    records.drop("order", "a")
    assert on_disk(file) == []
    records.close()


def test_together_is_all_or_nothing(file: Path) -> None:
    records = Records(file)
    with records.together():
        records.put("order", "a", {"n": 1})
        with records.together():  # a call within a call is the same one
            records.put("order", "b", {"n": 2})
        assert on_disk(file) == []
        assert records.get("order", "b") == {"n": 2}
    assert on_disk(file) == ["a", "b"]
    records.close()


def test_a_stumble_leaves_disk_and_memory_the_same(file: Path) -> None:
    records = Records(file)

    def stumble() -> None:
        with records.together():
            records.put("order", "a", {"n": 1})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stumble()
    records.put("order", "b", {"n": 2})
    assert on_disk(file) == ["a", "b"]
    records.close()


def test_order_and_values_survive(file: Path) -> None:
    records = Records(file)
    for key in "cab":
        records.put("order", key, {"名": key, "n": 2**53 + 1})
    records.put("order", "c", {"名": "again"})
    records.close()
    again = Records(file)
    assert [record["名"] for record in again.all("order")] == ["again", "a", "b"]
    assert again.get("order", "a") == {"名": "a", "n": 2**53 + 1}
    assert again.count("order") == 3
    again.close()


def test_the_past_is_forgotten(file: Path) -> None:
    records = Records(file)
    for minutes in (-1, 0, 1):
        records.put("code", str(minutes), {"until": (NOW + timedelta(minutes=minutes)).isoformat()})
    records.drop_expired("code", NOW)
    assert on_disk(file) == ["1"]
    assert records.count("code") == 1
    records.close()


def test_only_its_owner_reads_the_file(file: Path) -> None:
    records = Records(file)
    records.put("token", "a", {"n": 1})
    assert {each.stat().st_mode & 0o077 for each in file.parent.iterdir()} == {0}
    records.close()

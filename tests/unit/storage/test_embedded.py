"""server.infrastructure.embedded: starts, keeps its folder to itself, survives SIGKILL with its data, and never outlives its parent."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pymongo import MongoClient

from server.infrastructure.embedded import EmbeddedDatabase, EmbeddedDatabaseError

WITHIN_S = 30.0


@contextmanager
def running(folder: Path, port: int | None = None) -> Iterator[tuple[EmbeddedDatabase, str]]:
    database = EmbeddedDatabase(folder / "database", port, folder / "log" / "database.log")
    try:
        yield database, database.start()
    finally:
        database.stop()


def gone(pid: int) -> bool:
    """Ended, whether or not somebody has collected its status."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] in "ZX"
    except FileNotFoundError:
        return True


def wait_until_gone(pid: int) -> None:
    until = time.monotonic() + WITHIN_S
    while not gone(pid):
        assert time.monotonic() < until, "it still runs"
        time.sleep(0.05)


def numbers(uri: str) -> list[int]:
    with MongoClient(uri) as client:
        return sorted(document["n"] for document in client.get_default_database()["kept"].find())


def test_acknowledged_is_on_disk(tmp_path: Path) -> None:
    """Killed without warning between writes, stopped in order: what was acknowledged is there at the next start."""
    with running(tmp_path) as (database, uri):
        with MongoClient(uri) as client:
            for n in range(30):
                client.get_default_database()["kept"].insert_one({"n": n})
        assert database.pid is not None
        os.kill(database.pid, signal.SIGKILL)
        database.stop()
        assert database.start() == uri, "the same address after a restart"
        assert numbers(uri) == list(range(30))
        database.stop()
        assert database.start() == uri
        assert numbers(uri) == list(range(30))


def test_a_folder_belongs_to_one_database(tmp_path: Path) -> None:
    with running(tmp_path), pytest.raises(EmbeddedDatabaseError, match="already runs"), running(tmp_path):
        pass
    with running(tmp_path):
        pass


def test_started_twice_is_a_sentence_and_harms_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as (database, uri):
        with pytest.raises(EmbeddedDatabaseError, match="started already"):
            database.start()
        assert numbers(uri) == []


def test_a_taken_port_is_a_sentence_and_the_folder_is_free_again(tmp_path: Path) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        with pytest.raises(EmbeddedDatabaseError, match="taken"), running(tmp_path, stranger.getsockname()[1]):
            pass
    with running(tmp_path):
        pass


def test_a_folder_that_can_t_be_opened_is_said_with_the_end_of_the_log(tmp_path: Path) -> None:
    with running(tmp_path):
        pass
    (tmp_path / "database" / "WiredTiger.turtle").write_text("spoilt")
    with pytest.raises(EmbeddedDatabaseError, match=r"did not start: .*WiredTiger"), running(tmp_path):
        pass


def test_settings_in_the_home_folder_are_not_obeyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".secantus").mkdir()
    (tmp_path / ".secantus" / "secantusd.toml").write_text("nonsense = [")
    monkeypatch.setenv("HOME", str(tmp_path))
    with running(tmp_path) as (_, uri):
        assert numbers(uri) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_it_ends_with_its_parent_and_the_folder_is_free(tmp_path: Path) -> None:
    """The parent is killed as `kill -9` does; at once another may start on the same folder."""
    program = (
        "import sys, time; from pathlib import Path; from server.infrastructure.embedded import EmbeddedDatabase\n"
        "folder = Path(sys.argv[1])\n"
        "database = EmbeddedDatabase(folder / 'database', None, folder / 'log' / 'database.log')\n"
        "database.start(); print(database.pid, flush=True); time.sleep(600)\n"
    )
    words = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    with running(tmp_path) as (_, uri):
        assert numbers(uri) == []
    wait_until_gone(child)

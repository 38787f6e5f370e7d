"""Ports that tests pick: nobody else gets one that is picked, though nobody listens at it yet."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from settings import ROOT
from tests.support import ports
from tests.support.ports import FIRST, LAST, Ports

PICKS = "import sys, tests.support.ports as p; p.FIRST, p.LAST = int(sys.argv[2]), int(sys.argv[3]); print(p.Ports(p.Path(sys.argv[1])).pick())"


def picked_elsewhere(locks: Path, first: int, last: int) -> str:
    """What another process picks, or how it failed."""
    words = [sys.executable, "-c", PICKS, str(locks), str(first), str(last)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout.strip() or done.stderr.strip().rpartition("\n")[2]


def test_a_picked_port_is_given_once(tmp_path: Path) -> None:
    with closing(Ports(tmp_path / "locks")) as mine:
        first = mine.pick()
        assert mine.pick() != first
        assert (
            picked_elsewhere(tmp_path / "locks", first, first + 1)
            == f"OSError: all ports from {first} to {first + 1} are taken"
        )
    assert picked_elsewhere(tmp_path / "locks", first, first + 1) == str(first), "who has closed holds none"


def test_where_somebody_listens_nothing_is_picked(tmp_path: Path) -> None:
    with closing(Ports(tmp_path / "locks")) as ports_of_a_test:
        port = ports_of_a_test.pick()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", port))
        listening.listen()
        assert "are taken" in picked_elsewhere(tmp_path / "locks", port, port + 1)


def test_tests_pick_below_the_ports_of_clients() -> None:
    assert FIRST <= ports.pick_port() < LAST

"""A process forked from a Python that has imported everything is one like any other: its own words, settings, output, status and end."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.child_processes import alive, eventually
from tests.support.command_line import run as run_cold
from tests.support.ports import pick_port
from tests.support.warm_python import WarmProcess, WarmPython, WarmWhenAsked, warm_python


def sandbox(python: WarmPython, folder: Path) -> WarmProcess:
    """Something that runs until it is ended; it has said that it is there."""
    environ = {**os.environ, "ZHENFU_DATA_DIR": str(folder), "ZHENFU_SANDBOX_PORT": str(pick_port())}
    folder.mkdir()
    log = folder / "said.log"
    with log.open("wb") as output:
        process = python.start(["sandbox"], environ, output)
    assert eventually(lambda: environ["ZHENFU_SANDBOX_PORT"] in log.read_text("utf-8")), log.read_text("utf-8")
    return process


@pytest.mark.parametrize("words", [["servr"], ["staff", "--help"], ["doctor"]], ids=str)
def test_it_says_and_ends_as_one_that_was_started_cold(words: list[str]) -> None:
    wrong = {"ZHENFU_PORT": "none", "ZHENFU_HIS": "unknown"}
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ZHENFU_")}
    warm = warm_python().run(words, plain | wrong)
    cold = run_cold(*words, port="none", his="unknown")
    assert (warm.returncode, warm.stdout, warm.stderr) == (cold.returncode, cold.stdout, cold.stderr)


def test_two_at_once_end_each_by_itself(tmp_path: Path) -> None:
    one, two = (sandbox(warm_python(), tmp_path / name) for name in ("one", "two"))
    assert (one.poll(), two.poll()) == (None, None)
    with pytest.raises(subprocess.TimeoutExpired):
        one.wait(0)
    one.terminate()
    assert one.wait(30) == 0
    assert two.poll() is None
    two.kill()
    assert two.wait(30) == -signal.SIGKILL
    two.kill()  # to the dead: nothing
    assert two.poll() == -signal.SIGKILL


def test_nothing_is_left_when_it_is_closed(tmp_path: Path) -> None:
    python = WarmPython("sandbox.main")
    process = sandbox(python, tmp_path / "world")
    python.close()
    assert eventually(lambda: not alive(process.pid))


def test_when_it_dies_nothing_is_left_and_there_is_a_new_one(tmp_path: Path) -> None:
    kept = WarmWhenAsked("sandbox.main")
    first = kept()
    assert kept() is first
    process = sandbox(first, tmp_path / "world")
    os.kill(first.pid, signal.SIGKILL)
    assert eventually(lambda: not first.is_alive)
    assert eventually(lambda: not alive(process.pid))
    assert process.poll() == -signal.SIGKILL
    assert kept().run(["--help"], os.environ).returncode == 0
    kept.close()

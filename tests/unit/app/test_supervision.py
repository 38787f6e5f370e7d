"""Real, tiny child processes: stopped in order, never orphaned, restarted a bounded number of times."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.app.supervision.children import ChildFailed
from server.app.supervision.supervisor import RestartLimit, Supervisor
from settings import ROOT
from tests.support.child_processes import OBEDIENT, PARENT, STUBBORN, alive, child, eventually, is_up, log_of


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str]) -> Iterator[Supervisor]:
    made = Supervisor(said.append, grace_s=10.0, limit=lambda: RestartLimit(times=2, within_s=60, pause_s=0.01))
    yield made
    made.stop_all()  # a test that fails leaves nobody running, either


def test_stops_in_the_opposite_order(tmp_path: Path, supervisor: Supervisor) -> None:
    children = [child(tmp_path, name, OBEDIENT) for name in ("first", "second", "third")]
    for one in children:
        supervisor.start(one)
        supervisor.wait_until(is_up(one), [one], 15)
    supervisor.stop_all()
    stopped_at = [float(log_of(one).read_text().split("stopped ")[1]) for one in children]
    assert stopped_at == sorted(stopped_at, reverse=True)
    assert [one.ended() for one in children] == [0, 0, 0]


def test_child_that_does_not_stop_is_killed_with_its_own(tmp_path: Path) -> None:
    supervisor = Supervisor(print, grace_s=0.2)
    stubborn, parent = child(tmp_path, "stubborn", STUBBORN), child(tmp_path, "parent", PARENT)
    for one in (stubborn, parent):
        supervisor.start(one)
        supervisor.wait_until(is_up(one), [one], 15)
    assert eventually(lambda: log_of(parent).read_text().count("up") == 2)
    [grandchild] = [int(word) for word in log_of(parent).read_text().split() if word.isdigit()]
    supervisor.stop_all()
    assert stubborn.ended() == -signal.SIGKILL
    assert eventually(lambda: not alive(grandchild))


@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGTERM])
def test_no_orphan_when_the_parent_dies(tmp_path: Path, death: signal.Signals) -> None:
    """The parent is a process of its own here; it gets no chance to stop anything."""
    code = f"""
import os, signal, sys
from pathlib import Path
from server.app.supervision.children import Command
from server.app.supervision.logs import ChildLog
child = Command("child", [sys.executable, "-c", {STUBBORN!r}], os.environ, ChildLog(Path({str(tmp_path / "c.log")!r})))
child.start()
print(child.process.pid, flush=True)
while True: signal.pause()
"""
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert eventually(lambda: "up" in (tmp_path / "c.log").read_text())
        assert alive(pid)
        parent.send_signal(death)
        parent.wait(15)
    assert eventually(lambda: not alive(pid))


def test_dead_child_is_reported_and_started_again(tmp_path: Path, supervisor: Supervisor, said: list[str]) -> None:
    """Dies once with a last word, then lives."""
    code = f"""
import pathlib, signal, sys
mark = pathlib.Path({str(tmp_path / "died")!r})
if not mark.exists():
    mark.touch()
    sys.exit("my last word")
print("up again", flush=True)
signal.pause()
"""
    one = child(tmp_path, "mortal", code)
    supervisor.start(one)

    def until_up() -> None:
        if "up again" in log_of(one).read_text():
            supervisor.stopping.set()

    supervisor.watch(until_up)
    assert one.ended() is None
    assert len(said) == 1
    assert "mortal ended with status 1" in said[0]
    assert "my last word" in said[0]
    assert "mortal is started again in 0.0 s" in said[0]
    supervisor.stop_all()


def test_restarts_are_bounded(tmp_path: Path, supervisor: Supervisor, said: list[str]) -> None:
    supervisor.start(child(tmp_path, "hopeless", "import os; print('hm', flush=True); os.kill(os.getpid(), 9)"))
    with pytest.raises(
        ChildFailed, match=r"hopeless was killed by signal 9[\s\S]*hm[\s\S]*hopeless keeps ending; giving up"
    ):
        supervisor.watch(lambda: None)
    assert len(said) == 2
    supervisor.stop_all()


def test_restart_limit_doubles_and_forgets() -> None:
    limit = RestartLimit(times=3, within_s=60, pause_s=0.5)
    assert [limit.pause_before_next(now) for now in (0, 1, 2, 3)] == [0.5, 1.0, 2.0, None]
    assert limit.pause_before_next(61.5) == 1.0  # those of seconds 0 and 1 are forgotten


def test_start_fails_at_once_when_a_child_ends_first(tmp_path: Path, supervisor: Supervisor) -> None:
    one = child(tmp_path, "early", "print('no database'); raise SystemExit(3)")
    supervisor.start(one)
    began = time.monotonic()
    with pytest.raises(ChildFailed, match=r"early ended with status 3[\s\S]*no database"):
        supervisor.wait_until(lambda: False, [one], 60)
    assert time.monotonic() - began < 30
    supervisor.stop_all()


def test_waiting_for_readiness_is_bounded(tmp_path: Path, supervisor: Supervisor) -> None:
    one = child(tmp_path, "slow", OBEDIENT)
    supervisor.start(one)
    with pytest.raises(ChildFailed, match="slow was not ready within 0 s"):
        supervisor.wait_until(lambda: False, [one], 0.1)
    supervisor.stop_all()


def test_what_runs_once_says_what_went_wrong_and_goes_on(
    tmp_path: Path, supervisor: Supervisor, said: list[str]
) -> None:
    for name, code, within_s in (
        ("fine", "print('done')", 15),
        ("bad", "raise SystemExit('menu refused')", 15),
        ("slow", OBEDIENT, 0.05),
    ):
        one = child(tmp_path, name, code)
        supervisor.begin_once(one)
        supervisor.finish_once(one, within_s)
        assert one.ended() is not None
    assert len(said) == 2
    assert "bad ended with status 1" in said[0]
    assert "menu refused" in said[0]
    assert "slow did not end in time" in said[1]


def test_log_of_the_run_before_is_kept_once(tmp_path: Path) -> None:
    for word in ("one", "two", "three"):
        supervisor = Supervisor(print)
        one = child(tmp_path, "log", f"print({word!r})")
        supervisor.begin_once(one)
        supervisor.finish_once(one, 15)
    assert (tmp_path / "log.log").read_text() == "three\n"
    assert (tmp_path / "log.log.1").read_text() == "two\n"
    assert len(list(tmp_path.iterdir())) == 2


def test_log_is_bounded_while_it_is_written(
    tmp_path: Path, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.app.supervision.logs.LOG_BYTES_MAX", 1000)
    one = child(tmp_path, "talker", "import os, time\nwhile True: os.write(1, b'x' * 99 + b'\\n'); time.sleep(0.002)")
    supervisor.start(one)
    assert eventually(lambda: log_of(one).stat().st_size > 1000)
    one.output.bound()
    assert (tmp_path / "talker.log.1").stat().st_size > 1000
    assert eventually(lambda: log_of(one).stat().st_size > 0)
    assert log_of(one).read_bytes().startswith(b"xxx")  # no hole where the cut part was
    supervisor.stop_all()


@pytest.fixture
def own_signals() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.usefixtures("own_signals")
def test_second_ctrl_c_ends_the_patience(tmp_path: Path) -> None:
    supervisor = Supervisor(print, grace_s=120)
    one = child(tmp_path, "stubborn", STUBBORN)
    supervisor.start(one)
    supervisor.wait_until(is_up(one), [one], 15)
    supervisor.obey_signals()
    os.kill(os.getpid(), signal.SIGINT)
    supervisor.watch(lambda: None)  # ends because of the first
    again = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    again.start()
    began = time.monotonic()
    supervisor.stop_all()
    again.join()
    assert one.ended() == -signal.SIGKILL
    assert time.monotonic() - began < 60

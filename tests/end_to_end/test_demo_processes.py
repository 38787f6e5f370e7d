"""The real ``python run.py``: starts, prints where to look, survives a death, stops on Ctrl-C, leaves nothing, finds its data again."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pymongo
import pytest

from server.app.demo.folder import published_database
from settings import ROOT, load_hospitals, load_settings
from tests.support.ports import pick_port

START_S, STOP_S = 90, 40


class Demo:
    """One run of the demo on free ports and a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.sandbox_port = pick_port(), pick_port()
        plain = {name: value for name, value in os.environ.items() if not name.startswith("ZHENFU_")}
        self.environ = plain | {
            "ZHENFU_PORT": str(self.port),
            "ZHENFU_SANDBOX_PORT": str(self.sandbox_port),
            "ZHENFU_DATA_DIR": str(folder),
        }

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """Started and ready; killed at the end if the test has not ended it."""
        with (
            (self.folder.parent / "said.txt").open("wb") as said,
            subprocess.Popen(
                [sys.executable, str(ROOT / "run.py")],
                env=self.environ,
                stdout=said,
                stderr=said,
                start_new_session=True,
            ) as process,
        ):
            try:
                wait_for(
                    lambda: process.poll() is not None or "Ctrl-C stops everything" in self.said(), START_S, self.said
                )
                assert process.poll() is None, self.said()
                yield process
            finally:
                if process.poll() is None:
                    process.kill()

    def said(self) -> str:
        return (self.folder.parent / "said.txt").read_text("utf-8")

    def has_said(self, text: str) -> bool:
        return text in self.said()

    def answers(self, port: int, path: str) -> bool:
        return self.get(port, path)[0] == 200

    def processes(self) -> list[str]:
        """Command lines of all living processes that were started with this folder, whoever their parent is."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and entry.name != str(os.getpid()):
                try:
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    ours = str(self.folder) in (entry / "environ").read_bytes().decode(errors="replace") + command
                    zombie = (entry / "stat").read_text().rpartition(")")[2].split()[0] in "ZX"
                except OSError:
                    continue  # it ended while we looked
                if ours and not zombie:
                    found.append(f"{entry.name} {command}")
        return found

    def pid_of(self, name: str) -> int:
        mark = "secantusd-py" if name == "database" else f"run.py {name} "
        (one,) = [each for each in self.processes() if mark in each]
        return int(one.split()[0])

    def get(self, port: int, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except OSError:
            return 0, b""
        finally:
            connection.close()

    def credentials(self) -> Any:
        return json.loads(self.get(self.sandbox_port, "/sandbox/credentials")[1])

    def reset(self) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / "run.py"), "reset", "--yes"]
        return subprocess.run(command, env=self.environ, capture_output=True, text=True, timeout=30, check=False)


def wait_for(holds: Callable[[], bool], within_s: float, otherwise: Callable[[], object]) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.05)


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    return Demo(tmp_path / "data")


def assert_hospital_is_written_as_any_and_private(demo: Demo) -> None:
    settings = load_settings({"ZHENFU_DATA_DIR": str(demo.folder)})
    (hospital,) = load_hospitals(settings, {})
    credentials = demo.credentials()
    assert hospital.id == credentials["wechat"]["hospital"]
    assert hospital.wechat.official_account is not None
    assert hospital.wechat.official_account.secret.get_secret_value() == credentials["wechat"]["secret"]
    written = [path for path in settings.hospitals_dir.rglob("*") if path.is_file()]
    assert len(written) >= 3
    assert {path.stat().st_mode & 0o777 for path in written} == {0o600}


def test_starts_prints_addresses_stops_and_finds_its_data_again(demo: Demo) -> None:
    with demo.running() as process:
        assert f"http://localhost:{demo.sandbox_port}/sandbox/" in demo.said()
        assert f"http://localhost:{demo.port}" in demo.said()
        assert demo.get(demo.port, "/readyz")[0] == 200
        assert demo.get(demo.sandbox_port, "/sandbox/")[0] == 200
        uri = published_database(demo.folder)
        assert uri is not None
        with pymongo.MongoClient[dict[str, Any]](uri) as client:
            client["test"]["kept"].insert_one({"_id": "yesterday"})
        credentials = demo.credentials()
        keyring = (demo.folder / "keyring.toml").read_bytes()
        assert_hospital_is_written_as_any_and_private(demo)
        assert demo.reset().returncode == 2  # never under a running demo

        process.send_signal(signal.SIGINT)
        assert process.wait(STOP_S) == 0, demo.said()
    assert demo.processes() == []
    assert "Traceback" not in demo.said()
    for log in (demo.folder / "log").glob("*.log"):
        assert "Traceback" not in log.read_text("utf-8"), log

    with demo.running() as process:
        uri = published_database(demo.folder)
        assert uri is not None
        with pymongo.MongoClient[dict[str, Any]](uri) as client:
            assert client["test"]["kept"].find_one({"_id": "yesterday"})
        assert demo.credentials() == credentials
        assert (demo.folder / "keyring.toml").read_bytes() == keyring
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_S) == 0, demo.said()
    assert demo.processes() == []
    assert demo.reset().returncode == 0
    assert not (demo.folder / "database").exists()


def test_part_that_dies_is_reported_and_comes_back(demo: Demo) -> None:
    with demo.running() as process:
        uri = published_database(demo.folder)
        deaths = (("database", demo.port), ("serve", demo.port), ("sandbox", demo.sandbox_port))
        for name, port in deaths:
            os.kill(demo.pid_of(name), signal.SIGKILL)
            wait_for(partial(demo.has_said, f"{name} is started again"), 30, demo.said)
            wait_for(partial(demo.answers, port, "/readyz" if port == demo.port else "/sandbox/"), 30, demo.said)
            assert f"{name} was killed by signal 9; the end of {demo.folder / 'log' / name}.log:" in demo.said()
        assert published_database(demo.folder) == uri
        process.send_signal(signal.SIGINT)
        assert process.wait(STOP_S) == 0, demo.said()
    assert demo.processes() == []


def test_killed_demo_leaves_no_orphan(demo: Demo) -> None:
    with demo.running() as process:
        assert len(demo.processes()) >= 5
        process.kill()
        process.wait(STOP_S)
    wait_for(lambda: demo.processes() == [], 20, demo.processes)
    with demo.running():  # and what a kill leaves behind is no obstacle
        assert demo.get(demo.port, "/readyz")[0] == 200

"""``run.py serve`` with several processes: one port, a death is mended, and all end together."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from server.app.configuration.hospitals import DEMO_MARK
from settings import ROOT

WITHIN_S = 60
HOSPITAL = f"""{DEMO_MARK}
id = "demo"
prefix = "ZF"
name = "演示医院"
[his]
base_url = "http://127.0.0.1:1"
key_id = "k"
keys = {{ k = "0123456789abcdef" }}
"""


def test_several_processes_share_a_port(tmp_path: Path, database_uri: str, free_port: int) -> None:
    (tmp_path / "hospitals").mkdir()
    (tmp_path / "hospitals" / "demo.toml").write_text(HOSPITAL, "utf-8")
    said = tmp_path / "said.txt"
    environ = os.environ | {
        "ZHENFU_PORT": str(free_port),
        "ZHENFU_DATA_DIR": str(tmp_path),
        "ZHENFU_DATABASE_URI": database_uri,
        "ZHENFU_SERVE_PROCESSES": "2",
    }
    with (
        said.open("wb") as output,
        subprocess.Popen([sys.executable, str(ROOT / "run.py"), "serve"], env=environ, stderr=output) as serving,
    ):
        try:
            wait_for(lambda: said.read_text().count("serving port") == 2, said)
            assert alive(free_port)
            first, second = children(serving.pid)
            os.kill(first, signal.SIGKILL)
            wait_for(lambda: said.read_text().count("serving port") == 3, said)
            assert "serve-1 was killed by signal 9\nserve-1 is started again in 0.5 s" in said.read_text()
            third = (set(children(serving.pid)) - {second}).pop()
            serving.send_signal(signal.SIGTERM)
            assert serving.wait(WITHIN_S) == 0, said.read_text()
        finally:
            serving.kill()
    assert not any(Path(f"/proc/{pid}").exists() for pid in (first, second, third))
    assert not alive(free_port)


def children(pid: int) -> list[int]:
    """In the order of their start."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def wait_for(holds: Callable[[], bool], said: Path) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < deadline, said.read_text()
        time.sleep(0.05)

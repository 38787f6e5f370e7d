"""A whole installation of real processes on free ports: database, sandbox, servers, workers; each can be killed and started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from server.app.demo.hospital import write_demo_hospital
from server.infrastructure.embedded import EmbeddedDatabase
from settings import ROOT, load_settings
from tests.support.ports import pick_port
from tests.support.sandbox_keys import lend_keys
from tests.support.warm_python import WarmProcess, warm_python

READY_WITHIN_S = 60.0
LEASE_S = "5"


class Installation:
    """``with Installation(…) as world`` is up from its first to its last line; ``parts`` are the app's processes by name."""

    def __init__(
        self,
        folder: Path,
        *,
        serves: int = 1,
        workers: int = 1,
        settings: Mapping[str, str] | None = None,
        edit: Callable[[Path, Any], None] | None = None,
        cold: bool = False,
    ) -> None:
        """``edit`` may change the demo hospital's file before anybody reads it; it gets the sandbox's credentials, too.

        ``cold``: every part starts a Python of its own instead of being forked from one that has imported everything.
        """
        self.folder = folder
        self._cold = cold
        self._edit = edit
        self.port, self.sandbox_port, self._database_port = pick_port(), pick_port(), pick_port()
        self.names = [f"serve-{n}" for n in range(serves)] + [f"work-{n}" for n in range(workers)]
        plain = {name: value for name, value in os.environ.items() if not name.startswith("ZHENFU_")}
        self.environ = plain | {
            "ZHENFU_PORT": str(self.port),
            "ZHENFU_SANDBOX_PORT": str(self.sandbox_port),
            "ZHENFU_DATA_DIR": str(folder),
            "ZHENFU_EFFECT_LEASE_SECONDS": LEASE_S,
            "ZHENFU_SHARE_PORT": str(serves > 1),
            "ZHENFU_REQUESTS_PER_PERSON": "100000",  # few people stand for many, and look often
            **(settings or {}),
        }
        self.extra: dict[str, Mapping[str, str]] = {}
        """More environment for single parts, by name; read at each start."""
        self.programs: dict[str, list[str]] = {}
        """What runs single parts instead of this Python and run.py, by name; read at each start. The bench counts with it."""
        self._log_from: dict[str, int] = {}
        self.parts: dict[str, subprocess.Popen[bytes] | WarmProcess] = {}
        self.database = self._new_database()

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"

    def __enter__(self) -> Installation:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        lend_keys(self.folder)
        self.environ["ZHENFU_DATABASE_URI"] = self.database.start()
        self.start_part("sandbox")
        self.wait_until(lambda: self.ask("/sandbox/credentials"), "the sandbox answers")
        settings = load_settings(self.environ)
        credentials = self.ask("/sandbox/credentials")
        file = write_demo_hospital(settings, credentials)
        if self._edit is not None:
            self._edit(file, credentials)
        _ = settings.keyring  # made before two processes could make it
        for name in self.names:
            self.start_part(name)
        self.wait_until(self.is_ready, "the server is ready")

    def stop(self) -> None:
        """Repeatable: leaving stops, too."""
        for process in self.parts.values():
            process.terminate()
        for process in self.parts.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.database.stop()

    # ---- single parts ------------------------------------------------------------------------------------------------------------

    def start_part(self, name: str) -> None:
        command = name.partition("-")[0]
        with (self.folder / f"{name}.log").open("ab") as log:
            self._log_from[name] = log.tell()
            if self._cold or name in self.programs or name in self.extra:
                self.parts[name] = subprocess.Popen(
                    [*self.programs.get(name, [sys.executable, str(ROOT / "run.py")]), command],
                    env=self.environ | dict(self.extra.get(name, {})),
                    stdout=log,
                    stderr=log,
                    cwd=ROOT,
                )
            else:
                self.parts[name] = warm_python().start([command], self.environ, log)

    def kill(self, name: str) -> None:
        """SIGKILL: no goodbye."""
        process = self.parts.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def is_up(self, name: str) -> bool:
        """Has this server or worker said, since its last start, that it has begun?"""
        process = self.parts.get(name)
        if process is None or process.poll() is not None:
            return False
        with (self.folder / f"{name}.log").open("rb") as log:
            log.seek(self._log_from[name])
            said = log.read()
        return b"zhenfu serving" in said or b"zhenfu working" in said

    def kill_database(self) -> None:
        pid = self.database.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        self.database.stop()

    def start_database(self) -> None:
        self.database = self._new_database()
        self.database.start()

    def _new_database(self) -> EmbeddedDatabase:
        return EmbeddedDatabase(self.folder / "database", self._database_port, self.folder / "database.log")

    # ---- asking ------------------------------------------------------------------------------------------------------------------

    def ask(self, path: str, body: object = None, method: str | None = None) -> Any:
        """A control of the sandbox; its JSON, or None when nobody answers."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.sandbox_url + path, data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except OSError:
            return None

    def post(self, path: str, body: object) -> tuple[int, Any]:
        """A control of the sandbox that may say no: (status, JSON); status 0 when nobody answers."""
        request = urllib.request.Request(
            self.sandbox_url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)
        except OSError:
            return 0, None

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=3) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def faults(self, *rules: dict[str, Any], notify_time_scale: float = 0.02) -> None:
        told = self.ask(
            "/sandbox/faults", {"seed": 1, "rules": list(rules), "notify_time_scale": notify_time_scale}, "PUT"
        )
        assert told is not None

    def money(self) -> Any:
        return self.ask("/sandbox/money")

    def logs(self) -> str:
        return "\n".join(
            f"== {log.name}\n{log.read_text('utf-8', 'replace')[-3000:]}" for log in self.folder.glob("*.log")
        )

    def wait_until(self, holds: Callable[[], Any], what: str, within_s: float = READY_WITHIN_S) -> Any:
        """Poll a real condition, bounded; the last truthy answer."""
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            answer = holds()
            if answer:
                return answer
            time.sleep(0.05)
        raise AssertionError(f"not within {within_s} s: {what}\n{self.logs()}")

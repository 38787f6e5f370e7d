"""The embedded database of the demo and the tests: SecantusDB as a child process, by its command, never imported (docs/decisions)."""

from __future__ import annotations

import ctypes
import fcntl
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import IO

COMMAND = "secantusd-py"
READY_WITHIN_S = 20.0
STOP_WITHIN_S = 10.0
OPTIONS = "w=majority&journal=true&retryWrites=false"
DATABASE_NAME = "zhenfu"
_PR_SET_PDEATHSIG = 1


class EmbeddedDatabaseError(RuntimeError):
    """A sentence about what is in the way."""


class EmbeddedDatabase:
    """One server on one folder. ``port`` None picks a free one; ``log`` receives what the server prints."""

    def __init__(self, folder: Path, port: int | None, log: Path) -> None:
        self._folder = folder
        self._port = port or _free_port()
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> str:
        """The address to connect to, once the server accepts connections. Raises EmbeddedDatabaseError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self._take_folder()
        command = Path(sysconfig.get_path("scripts")) / COMMAND
        if not command.exists():
            raise EmbeddedDatabaseError(f"{COMMAND} is not installed beside {sys.executable}: run `make env`")
        arguments = ["--host", "127.0.0.1", "--port", str(self._port), "--storage-path", str(self._folder)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [str(command), *arguments, "--sync-on-commit"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        self._wait_until_ready()
        return f"mongodb://127.0.0.1:{self._port}/{DATABASE_NAME}?{OPTIONS}"

    def stop(self) -> None:
        """Ask, wait, and only then kill. Harmless when it is not running."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _take_folder(self) -> None:
        lock = (self._folder.parent / f"{self._folder.name}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise EmbeddedDatabaseError(
                f"another process already runs a database on {self._folder}: stop it first, or set ZHENFU_DATA_DIR"
            ) from None
        self._lock = lock

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until:
            if self._process is None or self._process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=0.5).close()
                return
            except OSError:
                time.sleep(0.05)
        self.stop()
        tail = self._log.read_text("utf-8", errors="replace").splitlines()[-5:]
        raise EmbeddedDatabaseError("the embedded database did not start: " + " / ".join(tail))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _die_with_parent() -> None:
    """Linux: the child gets SIGTERM when its parent dies, however it dies. Elsewhere the parent's own stop must do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

"""The embedded database of the demo and the tests: SecantusDB as a child process, by its command, never imported (decision 0002)."""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

COMMAND = "secantusd-py"
HOST = "127.0.0.1"
LISTENS = "listening on"
"""What the pinned version logs once its port is its own. A connection alone would also be answered by a stranger on that port."""
READY_WITHIN_S = 30.0
STOP_WITHIN_S = 10.0
FOLDER_FREE_WITHIN_S = 2.0
"""A database whose parent was killed needs a moment to end; then its folder is free."""
LOOK_EACH_S = 0.05
PORT_TRIES = 3
OPTIONS = "w=majority&journal=true&retryWrites=false"
DATABASE_NAME = "zhenfu"
_PR_SET_PDEATHSIG = 1


class EmbeddedDatabaseError(RuntimeError):
    """A sentence about what is in the way."""


class EmbeddedDatabase:
    """One server on one folder. ``port`` None picks a free one and keeps it; ``log`` receives what the server prints.

    Start and stop from the main thread: the kernel ends the child when the thread that made it ends. It can be started again
    after `stop`, or after `stop` of one that was killed, and finds its data.
    """

    def __init__(self, folder: Path, port: int | None, log: Path) -> None:
        self._folder = folder
        self._port = port
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> str:
        """The address to connect to, once the server accepts connections. Raises EmbeddedDatabaseError."""
        if self._process is not None:
            raise EmbeddedDatabaseError(f"the database on {self._folder} was started already: stop it first")
        command = Path(sysconfig.get_path("scripts")) / COMMAND
        if not command.exists():
            raise EmbeddedDatabaseError(f"{COMMAND} is not installed beside {sys.executable}: run `make env`")
        self._folder.mkdir(parents=True, exist_ok=True)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self._lock = self._take_folder()
        try:
            self._port = self._start_on_some_port(command, self._lock.fileno())
        except BaseException:
            self.stop()
            raise
        return f"mongodb://{HOST}:{self._port}/{DATABASE_NAME}?{OPTIONS}"

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

    def _take_folder(self) -> IO[str]:
        """The child inherits the lock, so it is held as long as anybody writes to the folder, whoever has died."""
        lock = (self._folder.parent / f"{self._folder.name}.lock").open("w")
        until = time.monotonic() + FOLDER_FREE_WITHIN_S
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if time.monotonic() < until:
                    time.sleep(LOOK_EACH_S)
                    continue
                lock.close()
                raise EmbeddedDatabaseError(
                    f"another process already runs a database on {self._folder}: stop it first, or set ZHENFU_DATA_DIR"
                ) from None
            return lock

    def _start_on_some_port(self, command: Path, lock: int) -> int:
        """A port picked here may be snatched away before the child has it: then another one."""
        tries = 1 if self._port else PORT_TRIES
        while True:
            port = self._port or _free_port()
            if self._port and _is_taken(port):
                raise EmbeddedDatabaseError(f"port {port} of {HOST} is taken by another program")
            began = self._log.stat().st_size if self._log.exists() else 0
            self._process = self._spawn(command, port, lock)
            if self._is_ready(self._process, began):
                return port
            tries -= 1
            if tries == 0 or self._process.poll() is None or not _is_taken(port):
                tail = self._logged_since(began).splitlines()[-5:]
                raise EmbeddedDatabaseError("the embedded database did not start: " + " / ".join(tail))

    def _spawn(self, command: Path, port: int, lock: int) -> subprocess.Popen[bytes]:
        settings = self._folder / "secantusd.toml"
        settings.touch()  # empty, and named, so that none in the user's home is obeyed
        words = [str(command), "--config", str(settings), "--host", HOST, "--port", str(port)]
        parent = os.getpid()
        with self._log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - our own command
                [*words, "--storage-path", str(self._folder), "--sync-on-commit"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(lock,),
                preexec_fn=lambda: _die_with(parent),
            )

    def _is_ready(self, process: subprocess.Popen[bytes], began: int) -> bool:
        """False if it ended, or time ran out."""
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until and process.poll() is None:
            if LISTENS in self._logged_since(began):
                return True
            time.sleep(LOOK_EACH_S)
        return False

    def _logged_since(self, began: int) -> str:
        with suppress(OSError), self._log.open("rb") as log:
            log.seek(began)
            return log.read().decode("utf-8", errors="replace")
        return ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def _die_with(parent: int) -> None:
    """In a fresh child, on Linux: SIGKILL when the parent dies, however it dies, so that the folder is free at once. Nothing is
    lost by it: what was acknowledged is on disk. Elsewhere the parent's own stop must do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the kernel was told
            os._exit(1)

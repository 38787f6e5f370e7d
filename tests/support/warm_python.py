"""Processes of `run.py` without the second that each takes to import the app.

One process of a test run has imported everything (`tests.support.warm_server`); each further one is forked from it. It is a process of its own,
with its own environment, folder and output, and has no state of any other. What is tested about the start itself (`run.py` as a person calls it,
the demo, the bench, a faked clock, which is a library loaded before Python) is started cold.
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]
LOOK_EACH_S = 0.02
STOP_WITHIN_S = 10.0


class WarmPython:
    """Has imported ``modules`` and starts processes until it is closed, or ends with this one."""

    def __init__(self, *modules: str) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.warm_server", str(theirs.fileno()), *modules],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # a Ctrl-C is for the tests, which then end what they have started
            )
        self._control, self._answers = ours, ours.makefile("rb")
        self._one_at_a_time = threading.Lock()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """Ends it and all that it has started."""
        self._answers.close()
        self._control.close()
        self._process.wait(STOP_WITHIN_S)

    def start(
        self, words: Sequence[str], environ: Mapping[str, str], output: IO[Any], errors: IO[Any] | None = None
    ) -> WarmProcess:
        """`run.py` with these words. Raises OSError when this Python has died, and with it all that it has started."""
        asked = {"do": "start", "words": list(words), "environ": dict(environ), "folder": str(ROOT)}
        return WarmProcess(self, self.ask(asked, output.fileno(), (errors or output).fileno()))

    def run(
        self, words: Sequence[str], environ: Mapping[str, str], timeout_s: float = 60.0
    ) -> subprocess.CompletedProcess[str]:
        """The same until its end. Raises subprocess.TimeoutExpired, and it is over then, too."""
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            process = self.start(words, environ, output, errors)
            try:
                status = process.wait(timeout_s)
            finally:
                process.kill()
            output.seek(0)
            errors.seek(0)
            return subprocess.CompletedProcess(
                words, status, output.read().decode("utf-8"), errors.read().decode("utf-8")
            )

    def ask(self, asked: Mapping[str, Any], *files: int) -> Any:
        """One line there, one back."""
        with self._one_at_a_time:
            line = json.dumps(asked).encode() + b"\n"
            sent = socket.send_fds(self._control, [line], files) if files else 0
            self._control.sendall(line[sent:])
            answer = self._answers.readline()
        if not answer:
            raise BrokenPipeError("the Python that starts the processes of the tests is gone")
        return json.loads(answer)


class WarmProcess:
    """As much of `subprocess.Popen` as the tests use."""

    def __init__(self, python: WarmPython, pid: int) -> None:
        self._python = python
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            try:
                self.returncode = self._python.ask({"do": "status", "pid": self.pid})
            except OSError:
                self.returncode = -signal.SIGKILL  # it ended with the one that started it
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit status. Raises subprocess.TimeoutExpired."""
        until = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if until is not None and time.monotonic() > until:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(LOOK_EACH_S)
        return status

    def send_signal(self, number: int) -> None:
        """To the living only."""
        if self.poll() is None:
            self._python.ask({"do": "signal", "pid": self.pid, "signal": number})

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class WarmWhenAsked:
    """One `WarmPython`, from the first time it is asked for; a new one if the last has died."""

    def __init__(self, *modules: str) -> None:
        self._modules = modules
        self._python: WarmPython | None = None

    def __call__(self) -> WarmPython:
        if self._python is not None and not self._python.is_alive:
            self.close()
        if self._python is None:
            self._python = WarmPython(*self._modules)
        return self._python

    def close(self) -> None:
        """At the end of a test run."""
        python, self._python = self._python, None
        if python is not None:
            python.close()


warm_python = WarmWhenAsked("server.app.bootstrap", "server.app.routes", "server.app.cli_staff", "sandbox.main")
"""This process's own. The modules are what a server, a worker, the sandbox and the staff commands import when they start."""

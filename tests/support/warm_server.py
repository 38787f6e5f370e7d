"""What `tests.support.warm_python` starts: it imports the app and the sandbox once, and forks a process for each command of `run.py` asked for.

One thread, and no file or socket of the app: what a fork inherits is the imported modules, nothing else. It ends when the side that asks is
gone, and its children with it.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import signal
import socket
import sys
import threading
from typing import Any

READ_BYTES = 1 << 16
FILES = 2
PR_SET_PDEATHSIG = 1


class Children:
    """Processes of ours, by id; the status of one that has ended is kept until it is asked for."""

    def __init__(self) -> None:
        self._living: set[int] = set()

    def began(self, pid: int) -> None:
        self._living.add(pid)

    def status(self, pid: int) -> int | None:
        """As `subprocess.Popen.poll` tells it: None while it lives, negative for the signal that ended it."""
        ended, status = os.waitpid(pid, os.WNOHANG)
        if not ended:
            return None
        self._living.discard(pid)
        return os.waitstatus_to_exitcode(status)

    def signal(self, pid: int, number: int) -> None:
        """Not to one whose status was told: its number may be another's by now."""
        if pid in self._living:
            os.kill(pid, number)

    def end(self) -> None:
        for pid in self._living:
            os.kill(pid, signal.SIGKILL)


def until_forked(control: socket.socket) -> list[str] | None:
    """Answers until it is asked for a process. In that process: its words. None when nobody can ask any more."""
    children = Children()
    while True:
        asked, files = _next(control)
        if asked is None:
            children.end()
            return None
        answer: int | None = None
        if asked["do"] == "start":
            parent, answer = os.getpid(), os.fork()
            if answer == 0:
                control.close()
                return _become(asked, files, parent)
            children.began(answer)
            for file in files:
                os.close(file)
        elif asked["do"] == "status":
            answer = children.status(asked["pid"])
        else:
            children.signal(asked["pid"], asked["signal"])
        control.sendall(json.dumps(answer).encode() + b"\n")


def _next(control: socket.socket) -> tuple[Any, list[int]]:
    """One line of JSON and the files that came with it."""
    line, files = b"", list[int]()
    while not line.endswith(b"\n"):
        read, more, _, _ = socket.recv_fds(control, READ_BYTES, FILES)
        if not read:
            return None, []
        line, files = line + read, files + more
    return json.loads(line), files


def _become(asked: Any, files: list[int], parent: int) -> list[str]:
    """What a fresh process has: its output, environment and folder, and an end when its parent ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
    output, errors = files
    os.dup2(output, 1)
    os.dup2(errors, 2)
    for file in files:
        os.close(file)
    os.environ.clear()
    os.environ.update(asked["environ"])
    os.chdir(asked["folder"])
    return list(asked["words"])


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    for module in sys.argv[2:]:
        importlib.import_module(module)
    assert threading.active_count() == 1, "a fork takes one thread along: what is imported may start none"
    gc.collect()
    gc.freeze()  # the collector would write to every page that the children share
    words = until_forked(control)
    if words is not None:
        import run

        sys.argv = ["run.py", *words]
        sys.exit(run.main())


if __name__ == "__main__":
    main()

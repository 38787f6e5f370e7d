"""Tiny child processes, and what is seen of them from outside."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from server.app.supervision.children import Command
from server.app.supervision.logs import ChildLog

OBEDIENT = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print("stopped", time.monotonic(), flush=True), sys.exit()))
print("up", flush=True)
while True: signal.pause()
"""
STUBBORN = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
while True: signal.pause()
"""
# Starts a process of its own that ignores SIGTERM, and prints its id.
PARENT = f"""
import signal, subprocess, sys
print("up", subprocess.Popen([sys.executable, "-c", {STUBBORN!r}]).pid, flush=True)
while True: signal.pause()
"""


def child(folder: Path, name: str, code: str) -> Command:
    output = ChildLog(folder / f"{name}.log")
    return Command(name=name, words=[sys.executable, "-c", code], environ=os.environ, output=output)


def log_of(one: Command) -> Path:
    assert isinstance(one.output, ChildLog)
    return one.output.path


def eventually(holds: Callable[[], bool], within_s: float = 15.0) -> bool:
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_up(one: Command) -> Callable[[], bool]:
    return lambda: "up" in log_of(one).read_text()


def alive(pid: int) -> bool:
    """A zombie that nobody has collected yet is not alive."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False

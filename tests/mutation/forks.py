"""One piece of work in a child process of its own, with a limit of time."""

from __future__ import annotations

import os
import pickle
import signal
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
FAILED = 3

KILLED, SURVIVED, HUNG = "killed", "survived", "hung"


def in_a_child(noticed: Callable[[], bool], limit_s: float) -> str:
    """KILLED when the work says true, SURVIVED when it says false, HUNG when it takes too long. Raises RuntimeError when it fails: a run
    that can't break anything must not look like one that notices everything.
    """
    child = os.fork()
    if child == 0:
        status = FAILED
        try:
            with silenced():
                status = 1 if noticed() else 0
        finally:
            os._exit(status)
    return _awaited(child, limit_s)


def answer_of_a_child(work: Callable[[], T]) -> T:
    """What the work returns, so that nothing of its threads and caches is left in this process. Raises RuntimeError when it fails."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answer"
        child = os.fork()
        if child == 0:
            try:
                file.write_bytes(pickle.dumps(work()))
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        if not file.exists():
            raise RuntimeError("the child ended without an answer")
        answer: T = pickle.loads(file.read_bytes())
        return answer


def _awaited(child: int, limit_s: float) -> str:
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            if os.waitstatus_to_exitcode(status) == FAILED:
                raise RuntimeError("the mutant could not be put in its place")
            return SURVIVED if status == 0 else KILLED
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return HUNG


@contextmanager
def silenced() -> Iterator[None]:
    """Nothing that pytest prints is seen."""
    kept = os.dup(1), os.dup(2)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    try:
        yield
    finally:
        for number, former in enumerate(kept, start=1):
            os.dup2(former, number)
        for each in (*kept, silence):
            os.close(each)

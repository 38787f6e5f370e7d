"""One mutant is tried in a child of its own: the broken module takes the place of the real one before anything imports it."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import os
import signal
import sys
import time
from collections.abc import Sequence
from types import CodeType, ModuleType
from typing import Any

from tests.mutation.operators import Mutant, broken
from tests.mutation.suites import source_of

HANGS_S = 120.0
KILLED, SURVIVED, HUNG = "killed", "survived", "hung"


class _Broken(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds and loads one module, from a text instead of its file."""

    def __init__(self, module: str, source: str) -> None:
        self._module = module
        self._source = source

    def find_spec(self, fullname: str, path: object, target: ModuleType | None = None) -> Any:
        return importlib.machinery.ModuleSpec(fullname, self) if fullname == self._module else None

    def get_source(self, fullname: str) -> str:
        return self._source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._source, f"<broken {fullname}>", "exec")


def tried(mutant: Mutant, tests: Sequence[str]) -> str:
    """What became of it: KILLED, SURVIVED or HUNG."""
    child = os.fork()
    if child == 0:
        _be_the_child(mutant, tests)
    until = time.monotonic() + HANGS_S
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return SURVIVED if status == 0 else KILLED
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return HUNG


def _be_the_child(mutant: Mutant, tests: Sequence[str]) -> None:
    """Never returns."""
    status = 1
    try:
        import pytest

        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        sys.meta_path.insert(0, _Broken(mutant.module, broken(mutant, source_of(mutant.module))))
        options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore"]
        status = int(pytest.main([*options, *tests]))
    finally:
        os._exit(status)

"""A mutant outside every function: a fresh child in which the broken text takes the module's place before anything imports it."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Collection
from types import CodeType, ModuleType
from typing import Any

import pytest

from tests.mutation.forks import in_a_child
from tests.mutation.operators import Mutant, broken
from tests.mutation.suites import source_of

HANGS_S = 120.0
OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore")


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


class _Only:
    """A pytest plugin: of what is collected only these tests run; all when none is named."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = names

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self._names:
            items[:] = [item for item in items if item.nodeid in self._names]


def tried(mutant: Mutant, files: Collection[str], names: Collection[str] = ()) -> str:
    """What became of it: KILLED, SURVIVED or HUNG."""

    def noticed() -> bool:
        sys.meta_path.insert(0, _Broken(mutant.module, broken(mutant, source_of(mutant.module))))
        return pytest.main([*OPTIONS, *files], plugins=[_Only(names)]) != 0

    return in_a_child(noticed, HANGS_S)

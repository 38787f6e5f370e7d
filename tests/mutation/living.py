"""Other code for functions that live already, wherever they are held."""

from __future__ import annotations

import gc
import importlib
from collections.abc import Callable, Collection, Iterator
from types import CodeType, FunctionType


class LivingFunctions:
    """Those of some modules, found once: the search touches all memory, and each child that searched by itself would copy all of it."""

    def __init__(self, modules: Collection[str]) -> None:
        self._files = {module: importlib.import_module(module).__file__ or "" for module in modules}
        self._functions: dict[str, list[FunctionType]] = {file: [] for file in self._files.values()}
        gc.unfreeze()  # what tests/conftest.py has frozen is not among `get_objects`
        for each in gc.get_objects():
            if isinstance(each, FunctionType) and each.__code__.co_filename in self._functions:
                self._functions[each.__code__.co_filename].append(each)
        gc.freeze()

    def put_in_place(self, module: str, source: str, wanted: Callable[[str], bool]) -> None:
        """Each living function of the module whose qualified name is wanted gets the code that the source has under that name. Raises
        LookupError where none lives: a mutant that is nowhere would be taken for one that no test notices.
        """
        file = self._files[module]
        codes = {
            code.co_qualname: code for code in _codes(compile(source, file, "exec")) if "<" not in code.co_qualname
        }
        placed = False
        for each in self._functions[file]:
            name = each.__code__.co_qualname
            if name in codes and wanted(name):
                each.__code__, placed = codes[name], True
        if not placed:
            raise LookupError(f"no function of {module} lives")


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)

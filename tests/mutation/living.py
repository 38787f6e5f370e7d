"""Other code for functions that live already, wherever they are held."""

from __future__ import annotations

import gc
import importlib
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType


def put_in_place(module: str, source: str, wanted: Callable[[str], bool]) -> None:
    """Each living function of the module whose qualified name is wanted gets the code that the source has under that name. Raises LookupError
    where none lives: a mutant that is nowhere would be taken for one that no test notices.
    """
    file = importlib.import_module(module).__file__
    assert file
    codes = {code.co_qualname: code for code in _codes(compile(source, file, "exec")) if "<" not in code.co_qualname}
    placed = False
    gc.unfreeze()  # what tests/conftest.py has frozen is not among `get_objects`
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__code__.co_filename == file:
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

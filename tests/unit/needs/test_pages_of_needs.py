"""Each page that a need, a place of the first page or a payment's way back names has one in the mini-program, or is said to have none there."""

from __future__ import annotations

import ast
import re
import zlib
from collections.abc import Iterator
from importlib import import_module
from itertools import product
from pathlib import Path

import pytest

from handlers.patient.views.purposes import HOMES

ROOT = Path(__file__).resolve().parents[3]
ON_PAGES_ONLY: frozenset[str] = frozenset()
"""Shapes of pages for which the mini-program has none, on purpose: it leaves out what would lead there."""
ANY = "X"
"""What differs from person to person."""
MAKERS = {"Need": ("page", 5), "Place": ("page", 1)}


class Named:
    """The pages that one module names, as far as its source tells: names are followed to what they are given, further calls are `ANY`."""

    def __init__(self, path: Path) -> None:
        self.tree = ast.parse(path.read_text("utf-8"))
        self._module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        self._functions = [node for node in ast.walk(self.tree) if isinstance(node, kinds)]

    def pages(self) -> Iterator[str]:
        for function in self._functions:
            for call in calls_in(function):
                if isinstance(call.func, ast.Name) and call.func.id in MAKERS:
                    yield from self._shapes(argument(call, *MAKERS[call.func.id]), function)

    def _shapes(self, node: ast.expr, function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
        if isinstance(node, ast.Constant):
            return {str(node.value)}
        if isinstance(node, ast.IfExp):
            return self._shapes(node.body, function) | self._shapes(node.orelse, function)
        if isinstance(node, ast.JoinedStr):
            return {"".join(parts) for parts in product(*(self._shapes(part, function) for part in node.values))}
        if isinstance(node, ast.FormattedValue):
            return self._shapes(node.value, function)
        return self._of_name(node.id, function) if isinstance(node, ast.Name) else {ANY}

    def _of_name(self, name: str, function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
        assigned = [value for target, value in assignments(function) if target == name]
        if assigned:
            return set[str]().union(*(self._shapes(value, function) for value in assigned))
        place = [argument.arg for argument in function.args.args].index(name) if is_given(name, function) else -1
        if place < 0:
            known = getattr(self._module, name, None)
            return {known} if isinstance(known, str) else {ANY}
        calls = [
            (caller, call)
            for caller in self._functions
            for call in calls_in(caller)
            if isinstance(call.func, ast.Name) and call.func.id == function.name
        ]
        found = (self._shapes(argument(call, name, place), caller) for caller, call in calls)
        return set[str]().union(*found) or {ANY}


def calls_in(function: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(function) if isinstance(node, ast.Call)]


def argument(call: ast.Call, name: str, place: int) -> ast.expr:
    by_name = {word.arg: word.value for word in call.keywords}
    return by_name[name] if name in by_name else call.args[place]


def is_given(name: str, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(argument.arg == name for argument in function.args.args)


def assignments(function: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            [target] = node.targets
            pairs = (
                zip(target.elts, node.value.elts, strict=True)
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
                else [(target, node.value)]
            )
            yield from ((left.id, right) for left, right in pairs if isinstance(left, ast.Name))


def named() -> dict[str, str]:
    """Each page with the module that names it."""
    modules = [
        path for path in (ROOT / "server").rglob("*.py") if re.search(r"\b(Need|Place)\(", path.read_text("utf-8"))
    ]
    found = {
        page: path.name for path in modules if path.parts[-2:] != ("needs", "model.py") for page in Named(path).pages()
    }
    for home in HOMES.values():
        found |= {path.lstrip("/"): "HOMES" for path in (home.path, home.begin_path)}
    return found


def known_in_the_mini_program() -> list[re.Pattern[str]]:
    source = (ROOT / "miniprogram" / "lib" / "places.js").read_text("utf-8")
    return [re.compile(shape.replace("\\/", "/")) for shape in re.findall(r"\[/(\^.*?\$)/, ", source)]


def test_every_page_is_known_in_the_mini_program() -> None:
    known, pages = known_in_the_mini_program(), named()
    assert {
        "bills",
        "bills/X",
        "inpatient/X/discharge",
        "inpatient/X/deposit",
        "appointments/X/queue",
        "payments/X",
        "registration",
    } <= set(pages)
    assert ANY not in pages, "a page that the source does not tell: name it where it is made"
    missing = {page for page in pages if page not in ON_PAGES_ONLY and not any(shape.search(page) for shape in known)}
    assert missing == set(), "into miniprogram/lib/places.js, or into ON_PAGES_ONLY"
    assert {page for page in ON_PAGES_ONLY if page not in pages} == set(), "nothing names it any more"


@pytest.mark.parametrize(
    ("source", "pages"),
    [
        ("def f(a): return Need(page='x')", {"x"}),
        ("def f(a): return Place('T', f'x/{a.key}')", {"x/X"}),
        ("def f(a): return Place('T', 'x' if a else 'y')", {"x", "y"}),
        ("def f(a):\n p, q = 'x', 'y'\n if a: q = 'z'\n return Need(page=f'{p}/{q}')", {"x/y", "x/z"}),
        ("def g(p): return Need(page=p)\ndef f(a): return g('x'), g(p=f'y/{a}')", {"x", "y/X"}),
        ("def f(a): return Need(page=a.page())", {"X"}),
    ],
)
def test_what_a_source_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: str, pages: set[str]) -> None:
    monkeypatch.setattr("tests.unit.needs.test_pages_of_needs.ROOT", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    name = f"needs_of_{zlib.crc32(source.encode())}"
    path = tmp_path / f"{name}.py"
    path.write_text(source, "utf-8")
    assert set(Named(path).pages()) == pages

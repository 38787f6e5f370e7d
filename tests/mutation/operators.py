"""Every way in which one place of a source is broken: another comparison, another bound, a dropped call, raise, ``not`` or field, swapped
arguments, the other branch, other words for people.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
REPLACES = frozenset({"replace", "changed", "bumped"})
"""Calls whose keywords are the fields that a step changes."""
COMMUTATIVE = frozenset({"min", "max", "suppress"})
"""Calls whose arguments may stand in any order."""
CHINESE = re.compile(r"[一-鿿]")


@dataclass(frozen=True, slots=True)
class Mutant:
    """``was`` and ``now`` are source text of the broken place. ``node`` and ``way`` say which node of the module, in the order of
    `ast.walk`, is broken in which of its ways.
    """

    module: str
    line: int
    was: str
    now: str
    node: int
    way: int
    function: str = ""
    """The qualified name of the outermost function whose body holds the place; empty outside every function."""

    @property
    def name(self) -> str:
        return f"{self.module}:{self.line}: {self.was} → {self.now}"


def mutants(module: str, source: str) -> Iterator[Mutant]:
    """All of a module's, without their sources, which are many."""
    tree = ast.parse(source)
    skipped, functions = (
        _unread(tree),
        {id(node): name for name, each in outermost(tree) for part in each.body for node in ast.walk(part)},
    )
    for place, node in enumerate(ast.walk(tree)):
        if id(node) in skipped or not hasattr(node, "lineno"):
            continue
        was = ast.unparse(node)
        # Code that no longer says super() has another closure, so it can't take a living function's place.
        function = "" if "super()" in was else functions.get(id(node), "")
        for way, change in enumerate(_changes(node)):
            yield Mutant(module, node.lineno, was, change(copy.deepcopy(node)), place, way, function)


def broken(mutant: Mutant, source: str) -> str:
    """The module's source with the mutant in it."""
    tree = ast.parse(source)
    node = next(each for place, each in enumerate(ast.walk(tree)) if place == mutant.node)
    list(_changes(node))[mutant.way](node)
    return ast.unparse(ast.fix_missing_locations(tree))


def outermost(tree: ast.AST, within: str = "") -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Functions of a module and of its classes, with qualified names; not those inside another function."""
    for each in ast.iter_child_nodes(tree):
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            yield within + each.name, each
        elif isinstance(each, ast.ClassDef):
            yield from outermost(each, f"{within}{each.name}.")


def _unread(tree: ast.Module) -> set[int]:
    """Nodes that say nothing to a running program: docstrings, annotations, imports."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found |= {id(each) for each in ast.walk(node)}
        for name in ("annotation", "returns"):
            hint = getattr(node, name, None)
            if isinstance(hint, ast.AST):
                found |= {id(each) for each in ast.walk(hint)}
    return found


Change = Callable[[ast.AST], str]


def _changes(node: ast.AST) -> Iterator[Change]:
    """Functions that break the same node of a copy and give its new text."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        yield _compared
    if isinstance(node, ast.BoolOp):
        yield _joined
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield _affirmed
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        yield _added
    if isinstance(node, ast.IfExp):
        yield _other_branch
    if isinstance(node, ast.Constant):
        if isinstance(node.value, int) and not isinstance(node.value, bool):
            yield _one_more
        if isinstance(node.value, str) and CHINESE.search(node.value):
            yield _said_otherwise
    if isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Await)):
        yield _dropped
    if isinstance(node, ast.Call):
        either_way = isinstance(node.func, ast.Name) and node.func.id in COMMUTATIVE
        if (
            len(node.args) >= 2
            and not either_way
            and all(isinstance(each, ast.Name | ast.Attribute) for each in node.args[:2])
            and ast.unparse(node.args[0]) != ast.unparse(node.args[1])
        ):
            yield _swapped
        if isinstance(node.func, ast.Name) and node.func.id in REPLACES:
            yield from (_without(keyword.arg) for keyword in node.keywords if keyword.arg not in {None, "at"})


def _compared(node: ast.AST) -> str:
    assert isinstance(node, ast.Compare)
    node.ops[0] = COMPARISONS[type(node.ops[0])]()
    return ast.unparse(node)


def _joined(node: ast.AST) -> str:
    assert isinstance(node, ast.BoolOp)
    node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    return ast.unparse(node)


def _affirmed(node: ast.AST) -> str:
    """``not x`` becomes ``not not x``."""
    assert isinstance(node, ast.UnaryOp)
    node.operand = ast.UnaryOp(ast.Not(), node.operand)
    return ast.unparse(node)


def _added(node: ast.AST) -> str:
    assert isinstance(node, ast.BinOp)
    node.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
    return ast.unparse(node)


def _other_branch(node: ast.AST) -> str:
    assert isinstance(node, ast.IfExp)
    node.body, node.orelse = node.orelse, node.body
    return ast.unparse(node)


def _one_more(node: ast.AST) -> str:
    assert isinstance(node, ast.Constant)
    assert isinstance(node.value, int)
    node.value += 1
    return ast.unparse(node)


def _said_otherwise(node: ast.AST) -> str:
    assert isinstance(node, ast.Constant)
    node.value = f"{node.value}别的"
    return ast.unparse(node)


def _dropped(node: ast.AST) -> str:
    """A statement becomes one that does nothing: a constant stands in its place."""
    nothing = ast.Expr(ast.Constant(None))
    node.__class__ = ast.Expr
    node.__dict__.clear()
    node.__dict__.update(nothing.__dict__)
    return "nothing"


def _swapped(node: ast.AST) -> str:
    assert isinstance(node, ast.Call)
    node.args[:2] = node.args[1::-1]
    return ast.unparse(node)


def _without(name: str | None) -> Change:
    def without(node: ast.AST) -> str:
        assert isinstance(node, ast.Call)
        node.keywords = [keyword for keyword in node.keywords if keyword.arg != name]
        return ast.unparse(node)

    return without

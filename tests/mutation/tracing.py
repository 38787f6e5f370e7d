"""Which tests call which functions of the modules to be broken, and how long each test takes."""

from __future__ import annotations

import ast
import builtins
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from tests.mutation.living import LivingFunctions
from tests.mutation.operators import outermost
from tests.mutation.suites import source_of

NOTES = "places_called_by_the_test"
Place = tuple[str, str]
"""A module and the qualified name of a function that isn't inside another."""


@dataclass(slots=True)
class Reach:
    """``calls`` maps a place to the node ids of the tests that call it; ``seconds`` holds the tests that pass unbroken."""

    calls: dict[Place, list[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    failing: list[str] = field(default_factory=list)

    def calling(self, module: str, function: str) -> list[str]:
        """The quickest tests first."""
        return sorted(self.calls.get((module, function), []), key=lambda name: self.seconds[name])

    def touching(self, module: str) -> list[str]:
        names = {name for (of, _), tests in self.calls.items() if of == module for name in tests}
        return sorted(names, key=lambda name: self.seconds[name])


def measured(session: pytest.Session, modules: Collection[str], living: LivingFunctions) -> Reach:
    """Run all collected tests once. Each function of the modules notes that it is called, for as long as this process lives."""
    seen: set[Place] = set()
    setattr(builtins, NOTES, seen)
    for module in modules:
        living.put_in_place(module, _noting(module), lambda name: True)
    reach = Reach()
    began = time.monotonic()
    for item, passed in results(session, session.items):
        if passed:
            reach.seconds[item.nodeid] = time.monotonic() - began
            for place in seen:
                reach.calls.setdefault(place, []).append(item.nodeid)
        else:
            reach.failing.append(item.nodeid)
        seen.clear()
        began = time.monotonic()
    return reach


def _noting(module: str) -> str:
    """The module's source in which each outermost function begins by writing down its name."""
    tree = ast.parse(source_of(module))
    for name, function in outermost(tree):
        function.body[:0] = ast.parse(f"{NOTES}.add({(module, name)!r})").body
    return ast.unparse(ast.fix_missing_locations(tree))


def results(session: pytest.Session, items: Sequence[pytest.Item]) -> Iterator[tuple[pytest.Item, bool]]:
    """Run the tests one after another and say of each whether it passed."""
    for item, following in zip(items, [*items[1:], None], strict=True):
        before = session.testsfailed
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        yield item, session.testsfailed == before

"""Mutants inside functions, tried in a process that has loaded everything and collected all tests: it forks, the child gives the living
functions their broken code and runs only the tests that call them. A killed mutant takes a tenth of a second.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import pytest

from tests.mutation.forks import answer_of_a_child, in_a_child, silenced
from tests.mutation.living import LivingFunctions
from tests.mutation.operators import Mutant, broken
from tests.mutation.suites import source_of, suite_of
from tests.mutation.tracing import Reach, measured, results

Told = Callable[[Mutant, str], None]
OPTIONS = ("-q", "-s", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore")
LEAST_S, LONGEST_S = 20.0, 300.0


def run(found: Sequence[Mutant], files: Sequence[str], told: Told, *, trace: bool) -> Reach:
    """Tell what became of every mutant. Traced, only the tests that call a function try its mutants, and one that no test calls isn't tried;
    else all tests do, those of the module first. Returns what was traced. Raises RuntimeError where one could not be put in its place.
    """
    without_shrinking()
    plugin = _Run(found, told, trace)
    with silenced():
        ended = pytest.main([*OPTIONS, *files], plugins=[plugin])
    assert plugin.looped, "pytest could not collect the tests"
    if ended is pytest.ExitCode.INTERNAL_ERROR:
        raise RuntimeError("the run ended before its last mutant")
    return plugin.reach


class _Run:
    """A pytest plugin that takes the place of the test loop."""

    def __init__(self, found: Sequence[Mutant], told: Told, trace: bool) -> None:
        self._found = found
        self._told = told
        self._trace = trace
        self.reach = Reach()
        self.looped = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.looped = True
        modules = {mutant.module for mutant in self._found}
        living = LivingFunctions(modules)
        if self._trace:
            self.reach = answer_of_a_child(lambda: measured(session, modules, living))
        for mutant in self._found:
            if items := self._items(session, mutant):
                limit = min(LONGEST_S, LEAST_S + 4 * sum(self.reach.seconds.get(item.nodeid, 0.5) for item in items))
                self._told(mutant, in_a_child(partial(_noticed, session, mutant, items, living), limit))
        return True

    def _items(self, session: pytest.Session, mutant: Mutant) -> list[pytest.Item]:
        if self._trace:
            by_name = {item.nodeid: item for item in session.items}
            return [by_name[name] for name in self.reach.calling(mutant.module, mutant.function)]
        near = suite_of(mutant.module)
        return sorted(session.items, key=lambda item: item.nodeid.partition("::")[0] not in near)


def without_shrinking() -> None:
    """Hypothesis need not tell why a test fails, and its examples are the same in every run."""
    from hypothesis import HealthCheck, Phase, settings

    phases = (Phase.explicit, Phase.generate)
    settings.register_profile(
        "mutation",
        phases=phases,
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("mutation")


def _noticed(session: pytest.Session, mutant: Mutant, items: Sequence[pytest.Item], living: LivingFunctions) -> bool:
    living.put_in_place(mutant.module, broken(mutant, source_of(mutant.module)), lambda name: name == mutant.function)
    return any(not passed for _, passed in results(session, items))

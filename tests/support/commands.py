"""A command of `run.py` that is done at one hospital, done at the app in memory."""

from __future__ import annotations

from collections.abc import Sequence

import click

from server.app.cli_words import Act
from tests.support.builders import HOSPITAL
from tests.support.in_memory_app import InMemoryApp


def _asked(hospital: str | None, act: Act) -> Act:
    return act


async def acted(group: click.Group, words: Sequence[str], memory_app: InMemoryApp) -> None:
    """What ``words`` ask for. Raises what the command raises."""
    act: Act = group.main(list(words), standalone_mode=False, obj=_asked)
    await act(memory_app, HOSPITAL)

"""How long to try, and what is aimed at."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.fuzz.target import Target


@pytest.fixture(scope="module")
def shared_target() -> Iterator[Target]:
    target = Target()
    yield target
    target.close()


@pytest.fixture
def target(shared_target: Target) -> Iterator[Target]:
    """The module's application, the outside as usual, and no thousand lines of log."""
    shared_target.outside.as_usual()
    shared_target.chat.heard.clear()
    logging.disable(logging.CRITICAL)
    yield shared_target
    logging.disable(logging.NOTSET)

"""One installation per test module, brought back to the first morning before every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.end_to_end.installation import Installation


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("installation") / "data") as world:
        yield world


@pytest.fixture
def world(installation: Installation) -> Iterator[Installation]:
    """The shared installation with undisturbed platforms. Tests take different people, so that they don't meet."""
    installation.faults()
    yield installation
    installation.faults()

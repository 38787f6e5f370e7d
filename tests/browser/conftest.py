"""One installation for each file of journeys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.end_to_end.installation import Installation


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("journey") / "data") as installation:
        installation.ask("/sandbox/wechat/account")
        yield installation

"""The statements of two invented days, byte for byte as in ``golden/``: both families of WeChat, every file of Alipay."""

from __future__ import annotations

import pytest

from tests.sandbox.golden_days import GOLDEN, statements

NAMES = sorted(file.name for file in GOLDEN.iterdir())


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return statements()


def test_every_statement_has_its_golden_file(made: dict[str, bytes]) -> None:
    assert sorted(made) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_byte_for_byte(made: dict[str, bytes], name: str) -> None:
    assert made[name] == (GOLDEN / name).read_bytes()

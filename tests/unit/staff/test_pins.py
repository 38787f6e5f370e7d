"""Weak PINs are known by their pattern."""

from __future__ import annotations

import pytest

from server.staff.rules.pins import is_weak


@pytest.mark.parametrize(
    "pin",
    [
        "000000", "111111", "111222", "121212", "122122", "123123", "909090", "123456", "654321", "890123", "135791", "024680",
        "112233", "998877", "446600", "123321", "159951", "123789", "321987", "456321", "111234", "789000",
    ],
)  # fmt: skip
def test_what_has_a_pattern_is_weak(pin: str) -> None:
    assert is_weak(pin)


@pytest.mark.parametrize("pin", ["280519", "908172", "314159", "137946", "112358", "250714", "662038", "100437"])
def test_what_has_none_is_not(pin: str) -> None:
    assert not is_weak(pin)


def test_few_of_all_pins_are_forbidden() -> None:
    """Of every 29th of a million."""
    pins = [f"{number:06d}" for number in range(0, 1_000_000, 29)]
    assert 0 < sum(map(is_weak, pins)) < len(pins) / 100

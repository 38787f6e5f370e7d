"""Settings of the world that a test may compress or loosen (README.md); the defaults are the platforms' own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.world.wire import Record

Holds = Callable[[Any], bool]
Settings = dict[str, tuple[Any, Holds, str]]
"""By name: the default, what a value must be, the same in words."""


class WrongSetting(ValueError):
    """A sentence about what is wrong with a setting."""


def number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 10**9


def numbers(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 20 and all(map(number, value))


SETTINGS: Settings = {
    "refund_seconds": (2.0, number, "a number of seconds"),
    "refund_pause_seconds": (60.0, number, "a number of seconds"),
    "verify_key": ("public_key", lambda value: value in ("public_key", "certificate"), "public_key or certificate"),
    "statement_hour": (10, number, "an hour of the day"),
    "sms_code_limits": ([1, 5, 10], lambda v: v is None or (numbers(v) and len(v) == 3), "[minute, hour, day] or null"),
    "sms_number_day": (40, lambda value: value is None or number(value), "a number or null"),
    "sms_variable_chars": (35, number, "a number of characters"),
    "sms_receipt_seconds": (1.0, number, "a number of seconds"),
    "sms_receipt_retries": ([60, 300, 600], numbers, "a list of seconds"),
}  # fmt: skip


def default_settings(offered: Settings) -> Record:
    return {name: default for name, (default, _, _) in offered.items()}


def changed_settings(offered: Settings, settings: Record, given: Any) -> Record:
    """``settings`` with ``given`` over them. Raises WrongSetting."""
    if not isinstance(given, dict):
        raise WrongSetting("settings is an object")
    for name, value in given.items():
        if name not in offered:
            raise WrongSetting(f"no setting is called {name}; there are {', '.join(offered)}")
        _, holds, shape = offered[name]
        if not holds(value):
            raise WrongSetting(f"{name} is {shape}")
    return settings | given

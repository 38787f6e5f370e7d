"""Settings of the world that a test may compress or loosen (README.md); the defaults are the platforms' own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.world.wire import Record

Holds = Callable[[Any], bool]


class WrongSetting(ValueError):
    """A sentence about what is wrong with a setting."""


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 10**9


def _numbers(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 20 and all(map(_number, value))


_SETTINGS: dict[str, tuple[Any, Holds, str]] = {
    "refund_seconds": (2.0, _number, "a number of seconds"),
    "refund_pause_seconds": (60.0, _number, "a number of seconds"),
    "verify_key": ("public_key", lambda value: value in ("public_key", "certificate"), "public_key or certificate"),
    "statement_hour": (10, _number, "an hour of the day"),
    "sms_code_limits": ([1, 5, 10], lambda v: v is None or (_numbers(v) and len(v) == 3), "[minute, hour, day] or null"),
    "sms_number_day": (40, lambda value: value is None or _number(value), "a number or null"),
    "sms_variable_chars": (35, _number, "a number of characters"),
    "sms_receipt_seconds": (1.0, _number, "a number of seconds"),
    "sms_receipt_retries": ([60, 300, 600], _numbers, "a list of seconds"),
}  # fmt: skip


def default_settings() -> Record:
    return {name: default for name, (default, _, _) in _SETTINGS.items()}


def changed_settings(settings: Record, given: Any) -> Record:
    """``settings`` with ``given`` over them. Raises WrongSetting."""
    if not isinstance(given, dict):
        raise WrongSetting("settings is an object")
    for name, value in given.items():
        if name not in _SETTINGS:
            raise WrongSetting(f"no setting is called {name}; there are {', '.join(_SETTINGS)}")
        _, holds, shape = _SETTINGS[name]
        if not holds(value):
            raise WrongSetting(f"{name} is {shape}")
    return settings | given

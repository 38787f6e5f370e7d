"""Settings of the world that a test may compress or loosen (README.md); the defaults are the platforms' own."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from sandbox.world.wire import Record


class WrongSetting(ValueError):
    """A sentence about what is wrong with a setting."""


class Setting:
    """``default`` is what the platform does, ``shape`` the type of its values, ``words`` the same in words."""

    def __init__(self, default: Any, shape: Any, words: str) -> None:
        self.default = default
        self.words = words
        self._shape = shape

    @cached_property
    def _values(self) -> TypeAdapter[Any]:
        return TypeAdapter(self._shape, config=ConfigDict(strict=True))

    def holds(self, value: Any) -> bool:
        """May the setting have this value?"""
        try:
            self._values.validate_python(value)
        except ValidationError:
            return False
        return True


Settings = dict[str, Setting]
"""By name."""
Number = Annotated[int | float, Field(ge=0, le=10**9)]
Numbers = Annotated[list[Number], Field(max_length=20)]

SETTINGS: Settings = {
    "refund_seconds": Setting(2.0, Number, "a number of seconds"),
    "refund_pause_seconds": Setting(60.0, Number, "a number of seconds"),
    "verify_key": Setting("public_key", Literal["public_key", "certificate"], "public_key or certificate"),
    "statement_hour": Setting(10, Number, "an hour of the day"),
    "sms_code_limits": Setting(
        [1, 5, 10], Annotated[list[Number], Field(min_length=3, max_length=3)] | None, "[minute, hour, day] or null"
    ),
    "sms_number_day": Setting(40, Number | None, "a number or null"),
    "sms_variable_chars": Setting(35, Number, "a number of characters"),
    "sms_receipt_seconds": Setting(1.0, Number, "a number of seconds"),
    "sms_receipt_retries": Setting([60, 300, 600], Numbers, "a list of seconds"),
}


def default_settings(offered: Settings) -> Record:
    return {name: setting.default for name, setting in offered.items()}


def changed_settings(offered: Settings, settings: Record, given: Record) -> Record:
    """``settings`` with ``given`` over them. Raises WrongSetting."""
    for name, value in given.items():
        if name not in offered:
            raise WrongSetting(f"no setting is called {name}; there are {', '.join(offered)}")
        if not offered[name].holds(value):
            raise WrongSetting(f"{name} is {offered[name].words}")
    return settings | given

"""The precision that both twins keep of a time: milliseconds, cut off, in UTC, because that is what MongoDB keeps (decision 0002)."""

from __future__ import annotations

from dataclasses import is_dataclass, replace
from datetime import UTC, datetime
from operator import is_
from types import MappingProxyType
from typing import Any, TypeVar

Value = TypeVar("Value")
_PLAIN = frozenset({type(None), str, int, bool})
"""Most fields are of these kinds, and stay as they are."""


def whole_ms(moment: datetime) -> datetime:
    """The same moment as it will be read back. Raises ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone can't be stored")
    if moment.tzinfo is UTC and moment.microsecond % 1000 == 0:
        return moment
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)


def kept(value: Value) -> Value:
    """``value`` (a dataclass, tuple or plain value) as it will be read back: every time by `whole_ms`, nothing that a caller can still change.

    Unchanged parts stay the same object.
    """
    changed: Any = value
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, datetime):
        return whole_ms(value)  # type: ignore[return-value]
    if isinstance(value, dict):
        return MappingProxyType(dict(value))  # type: ignore[return-value]
    if isinstance(value, tuple):
        inner = [kept(item) for item in value]
        return value if all(map(is_, inner, value)) else tuple(inner)  # type: ignore[return-value]
    if is_dataclass(value) and not isinstance(value, type):
        different = {}
        for name in value.__dataclass_fields__:
            old = getattr(value, name)
            if old.__class__ not in _PLAIN and (new := kept(old)) is not old:
                different[name] = new
        changed = replace(value, **different) if different else value
    return changed  # type: ignore[no-any-return]


def facts_of(value: Any) -> dict[str, Any]:
    """A dataclass's fields by name, one level deep (``asdict`` copies whole trees, ten times slower)."""
    return {name: getattr(value, name) for name in value.__dataclass_fields__}

"""The precision that both twins keep of a time: milliseconds, cut off, in UTC, because that is what MongoDB keeps (decision 0002)."""

from __future__ import annotations

from dataclasses import is_dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TypeVar

Kept = TypeVar("Kept")


def whole_ms(moment: datetime) -> datetime:
    """The same moment as it will be read back. Raises ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone can't be stored")
    if moment.tzinfo is UTC and moment.microsecond % 1000 == 0:
        return moment
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)


def kept(value: Kept) -> Kept:
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
        inner = tuple(kept(item) for item in value)
        return value if all(a is b for a, b in zip(inner, value, strict=True)) else inner  # type: ignore[return-value]
    if is_dataclass(value) and not isinstance(value, type):
        old = facts_of(value)
        new = {name: kept(item) for name, item in old.items()}
        different = {name: item for name, item in new.items() if item is not old[name]}
        changed = replace(value, **different) if different else value
    return changed  # type: ignore[no-any-return]


def facts_of(value: Any) -> dict[str, Any]:
    """A dataclass's fields by name, one level deep (``asdict`` copies whole trees, ten times slower)."""
    return {name: getattr(value, name) for name in value.__dataclass_fields__}

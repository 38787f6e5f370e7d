"""The precision that both twins keep of a time: milliseconds, cut off, because that is what MongoDB keeps."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

Kept = TypeVar("Kept")


def whole_ms(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def kept(value: Kept) -> Kept:
    """``value`` (a dataclass, tuple or plain value) with every time in it as it will be read back. Unchanged parts stay the same object."""
    changed: Any = value
    if isinstance(value, datetime):
        return value if value.microsecond % 1000 == 0 else whole_ms(value)  # type: ignore[return-value]
    if isinstance(value, tuple):
        inner = tuple(kept(item) for item in value)
        return value if all(a is b for a, b in zip(inner, value, strict=True)) else inner  # type: ignore[return-value]
    if is_dataclass(value) and not isinstance(value, type):
        new = {f.name: kept(getattr(value, f.name)) for f in fields(value)}
        different = {name: item for name, item in new.items() if item is not getattr(value, name)}
        changed = replace(value, **different) if different else value
    return changed  # type: ignore[no-any-return]

"""Money and counters are int64 in the database, whatever their size: a field never changes its type."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson.int64 import Int64

_AS_THEY_ARE = frozenset({str, bool, datetime, type(None)})
"""Most values of a document: looked at where they stand, without a call for each."""


def with_int64(value: Any) -> Any:
    """A copy of ``value`` with every integer (but not bool) as int64."""
    if isinstance(value, dict):
        return {key: inner if type(inner) in _AS_THEY_ARE else with_int64(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_int64(inner) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return Int64(value)
    return value

"""How long the next span is for a read that goes span by span, because the embedded database reads all that a query reaches."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

Span = TypeVar("Span", int, timedelta)
GROWTH = 8
"""So much longer is the span after one that had nothing, and the next one at most."""
ROOM = 2
"""The span after one that had something is made for so many times what is still missing."""


def next_span(span: Span, shortest: Span, had: int, missing: int) -> Span:
    """``span`` had so many, and so many are still ``missing``."""
    longest = span * GROWTH
    return max(shortest, min(longest, span * ROOM * missing // had)) if had else longest

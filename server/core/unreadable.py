"""What a store says of a document that it can't read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableDocument:
    """``id`` may name a person's account: it is for counting and for payments, not for every log."""

    collection: str
    id: str
    why: str
    newer: bool

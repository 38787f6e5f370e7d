"""Effects inside documents that are kept as text (`day_documents`, `timetable_documents`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from server.core.errors import Unreadable
from server.effects.model import Effect, EffectKind


def effect_from_facts(facts: Mapping[str, Any]) -> Effect:
    """``facts`` as JSON has them. Raises Unreadable for a kind that only a newer Zhenfu knows, else whatever is wrong."""
    try:
        kind = EffectKind(facts["kind"])
    except ValueError as error:
        raise Unreadable("kind of effect", newer=True) from error
    unknown_at = facts["unknown_at"]
    return Effect(
        **{
            **facts,
            "kind": kind,
            "due_at": datetime.fromisoformat(facts["due_at"]),
            "unknown_at": datetime.fromisoformat(unknown_at) if unknown_at else None,
        }
    )

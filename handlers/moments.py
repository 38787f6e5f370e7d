"""Times in addresses: where a list goes on."""

from __future__ import annotations

from datetime import UTC, datetime

from server.domain.errors import BadInput


def read_moment(name: str, text: str) -> datetime:
    """The moment that ``text`` (RFC 3339, with its zone) names. Raises BadInput, which says what ``name`` lacks."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise BadInput(f"{name} has no zone")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):  # no time at all, or one that only its own zone still has
        raise BadInput(f"{name} is no time") from None

"""Times and places in addresses: where a list goes on."""

from __future__ import annotations

from datetime import UTC, datetime

from server.core.errors import BadInput
from server.payments.model import PageCursor

ID_CHARS_MAX = 32


def read_moment(name: str, text: str) -> datetime:
    """The moment that ``text`` (RFC 3339, with its zone) names. Raises BadInput, which says what ``name`` lacks."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise BadInput(f"{name} has no zone")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):  # no time at all, or one that only its own zone still has
        raise BadInput(f"{name} is no time") from None


def place_text(place: PageCursor) -> str:
    return f"{place[0].astimezone(UTC).isoformat()},{place[1]}"


def read_place(name: str, text: str) -> PageCursor:
    """What `place_text` wrote; a moment alone is before all that began in it. Raises BadInput."""
    moment, _, payment_id = text.partition(",")
    if payment_id and not (payment_id.isascii() and payment_id.isalnum() and len(payment_id) <= ID_CHARS_MAX):
        raise BadInput(f"{name} names no payment")
    return read_moment(name, moment), payment_id

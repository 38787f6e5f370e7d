"""What stands in a form's fields, and what was typed there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TypeVar

from server.core.errors import BadInput
from server.core.money import plain_yuan_text
from server.core.typed import amount_typed, plain

Key = TypeVar("Key", bound=str)


def yuan_field(fen: int | None) -> str:
    """1250 fen → ``12.50``, as it stands in a field; None → an empty field."""
    return "" if fen is None else plain_yuan_text(fen)


def fen_typed(text: str) -> int | None:
    """``12.50`` → 1250 fen; None for an empty field. Raises BadInput with words for the form."""
    return amount_typed(text) if plain(text) else None


def date_typed(text: str) -> date | None:
    """``2026-11-27``, as a browser's date field sends it; None for an empty field. Raises BadInput with words for the form."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput("day", user_message="日期不正确。") from None


def choices(words: Mapping[Key, str], here: str) -> list[dict[str, object]]:
    """The options of a list: ``words`` by key; ``here`` is the key that is chosen."""
    return [{"key": str(key), "text": text, "here": key == here} for key, text in words.items()]

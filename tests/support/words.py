"""The words of a module as a page that people can read: each table of it by name, each of its entries on a line."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType


def spoken(words: ModuleType, *names: str) -> str:
    """These tables and texts of ``words``, in this order."""
    return "\n".join(line for name in names for line in _lines(name, getattr(words, name)))


def _lines(name: str, said: str | tuple[str, ...] | Mapping[str, str]) -> list[str]:
    if isinstance(said, str):
        return [f"{name}: {said}"]
    if isinstance(said, tuple):
        return [f"{name}: {' '.join(said)}"]
    return [f"{name}:", *(f"  {key}: {text}" for key, text in said.items())]

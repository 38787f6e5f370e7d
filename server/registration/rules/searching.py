"""Finding departments and doctors by what people type. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from server.core.typed import name_key
from server.registration.doctor_model import Doctor

TYPED_CHARS_MAX = 40


class Listed(Protocol):
    """What the HIS lists under a name. ``input_code`` is the initials of the name in pinyin, or empty."""

    @property
    def name(self) -> str: ...

    @property
    def input_code(self) -> str: ...


OneListed = TypeVar("OneListed", bound=Listed)


def found_doctors(doctors: Sequence[Doctor], typed: str) -> tuple[Doctor, ...]:
    """The doctors who are found by their own name, then the others of departments whose name has what was typed. Nobody for nothing typed."""
    wanted = name_key(typed)
    if not wanted:
        return ()
    named = found(doctors, typed)
    return (*named, *(one for one in doctors if one not in named and wanted in name_key(one.department)))


def found(listed: Sequence[OneListed], typed: str) -> tuple[OneListed, ...]:
    """The departments whose name has what was typed, or whose input code begins with it, in the given order; all of them for nothing typed."""
    wanted = name_key(typed)
    return tuple(
        one
        for one in listed
        if wanted in name_key(one.name) or (wanted and one.input_code.casefold().startswith(wanted))
    )

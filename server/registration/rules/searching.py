"""Finding a department by what people type. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from server.registration.model import Department


def found(departments: Sequence[Department], typed: str) -> tuple[Department, ...]:
    """Those whose name has what was typed, or whose input code begins with it, in the given order; all of them for nothing typed."""
    wanted = "".join(typed.split()).casefold()
    return tuple(
        one
        for one in departments
        if wanted in one.name.casefold() or (wanted and one.input_code.casefold().startswith(wanted))
    )

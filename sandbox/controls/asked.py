"""What the bodies of several controls share (README.md): names, amounts of fen, and how a cashier may end."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from sandbox.world.shapes import worded

FEN_MAX = 10**9


def _as_text(value: Any) -> Any:
    """A person may be named by a number. Null is read like a field that is not there."""
    if value is None:
        return ""
    return str(value) if type(value) is int else value


Name = Annotated[str, BeforeValidator(_as_text), worded("a text or a whole number")]
RefundFen = Annotated[
    Annotated[int, Field(ge=1)] | None, worded("a whole number from 1; all that is left without it")
]  # fmt: skip
Result = Annotated[Literal["ok", "cancel", "fail"], worded("ok, cancel or fail")]

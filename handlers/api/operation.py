"""One operation of the API: what it takes, what it answers, and everything the OpenAPI document says of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

Act = Callable[[Any, Any], Awaitable[BaseModel | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """``secured``: needs a bearer token. ``creates``: takes an Idempotency-Key, which is required. ``paged``: takes cursor and limit.
    ``queries``: further query parameters, none of them required, and what each means. ``refuses``: the statuses that it may answer and not
    every operation.
    """

    summary: str
    body: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    status: int = 200
    secured: bool = True
    creates: bool = False
    paged: bool = False
    queries: Mapping[str, str] = field(default_factory=dict)
    refuses: tuple[int, ...] = ()


def operation(declared: Operation) -> Callable[[Act], Any]:
    """Makes a Tornado method of ``act(door, body)``, where ``body`` is the checked request or None."""

    def decorate(act: Act) -> Any:
        async def handle(door: Any, **path: str) -> None:
            await door.run(declared, act)

        handle.operation = declared  # type: ignore[attr-defined]
        handle.__doc__ = act.__doc__
        return handle

    return decorate

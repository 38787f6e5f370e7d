"""Who wants to hear that something has changed: the pages' event streams."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.world.wire import Record

Listener = Callable[[Record], None]


@dataclass(slots=True)
class Events:
    _listeners: list[Listener] = field(default_factory=list)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """The returned function ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, kind: str, person: int | None = None) -> None:
        event: Record = {"kind": kind} if person is None else {"kind": kind, "person": person}
        for listener in list(self._listeners):
            listener(event)

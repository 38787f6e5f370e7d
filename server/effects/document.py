"""What every document that owes work has in common, whatever it is about (DESIGN section 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from server.effects.model import Effect


class Document(Protocol):
    """A document that owes effects. ``version`` counts its writes; ``tampered`` is set where somebody changed what is stored."""

    @property
    def hospital(self) -> str: ...

    @property
    def id(self) -> str: ...

    @property
    def version(self) -> int: ...

    @property
    def effects(self) -> tuple[Effect, ...]: ...

    @property
    def tampered(self) -> bool: ...

    @property
    def next_due(self) -> datetime | None:
        """When the earliest effect is due; None when nothing is owed."""


D = TypeVar("D", bound=Document)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKind(Generic[D]):
    """What the engine of owed work must know of one kind of document.

    ``name`` stands in logs and in the kinds of alerts; ``not_found`` is what a person reads where there is none. ``with_effects``
    answers the document with other effects, as the given version. ``after_failure`` answers it one version on when a try of the given
    effect has failed, and may add what is owed because of that. ``alarms`` reads off a step what a person must look at, as pairs of a
    kind and a subject.
    """

    name: str
    not_found: str
    with_effects: Callable[[D, tuple[Effect, ...], int], D]
    after_failure: Callable[[D, tuple[Effect, ...], Effect, datetime], D]
    alarms: Callable[[D, D], Iterable[tuple[str, str]]]

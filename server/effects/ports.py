"""Where documents are kept that owe work."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from server.effects.document import Document
from server.effects.timetable import Timetable

D = TypeVar("D", bound=Document)


class DocumentStore(Protocol[D]):
    """Documents of one kind by (hospital, id). All raise StoreUnavailable when the database can't be reached.

    What was changed in the store by anybody else is read with ``tampered`` set, and never saved again.
    A document that can't be read raises Unreadable where it is asked for by its id; lists pass it over. Nothing is ever written to
    it, nor to one of a newer schema.
    """

    async def insert(self, document: D, /) -> None:
        """Durable when it returns. Raises AlreadyStored for an id that exists."""

    async def get(self, hospital: str, document_id: str, /) -> D | None: ...

    async def save(self, before: D, after: D, /) -> None:
        """One guarded write of what changed: holds only if the stored version is ``before.version``. Raises LostRace, Tampered."""

    async def due(self, now: datetime, limit: int, without: Collection[str] = (), /) -> Sequence[tuple[str, str]]:
        """(hospital, id) of documents whose earliest effect is due, most overdue first, but for the ids ``without``."""

    async def set_aside(self, document: D, until: datetime, /) -> None:
        """Not `due` before ``until``, though nothing of what is stored changes: for one that nobody may work on. The next `save` ends it."""

    async def owing(self, since: datetime, until: datetime, limit: int, /) -> Sequence[D]:
        """Documents whose earliest effect is due between the two, both included; the earliest first."""


class TimetableStore(DocumentStore[Timetable], Protocol):
    """Timetables by (hospital, id): one a hospital."""

    async def begin_anew(self, timetable: Timetable, /) -> None:
        """``timetable`` in the place of whatever is stored under its id, readable or not. Who still works by that one finds it gone."""


class LocalWorker(Protocol[D]):
    """The worker of this process, as the ledger knows it: what a write makes due at once is leased to it in that very write."""

    def lease_new(self, before: D, after: D, /) -> tuple[D, str]:
        """``after`` with leases on what it owes at once and ``before`` did not, and the token of these leases; ``after`` itself and an
        empty token where the worker has no room for it.
        """

    def wake(self, document: D, token: str, /) -> None:
        """``document`` is stored. It owes something that is due, or something that is leased under ``token``."""

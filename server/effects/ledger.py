"""The one way in which a document that owes work changes: read, decide, one guarded write; a lost race means read again and decide again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Generic

from server.alerts.model import Alert
from server.alerts.ports import AlertStore
from server.core.errors import NotFound, StoreError, Tampered, Unreadable
from server.core.optimistic import decide_and_write
from server.core.ports import Clock
from server.effects.document import D, Document, DocumentKind
from server.effects.model import Effect
from server.effects.ports import DocumentStore, LocalWorker
from server.effects.remembered import Remembered


class Ledger(Generic[D]):
    """Applies pure decisions to stored documents of one kind. ``worker`` is told of those that owe something right now, ``stored`` of each
    one that this process has stored.
    """

    def __init__(
        self,
        kind: DocumentKind[D],
        documents: DocumentStore[D],
        alerts: AlertStore,
        clock: Clock,
        worker: LocalWorker[D],
        remembered: Remembered[D] | None = None,
        stored: Callable[[D], None] | None = None,
    ) -> None:
        self.kind = kind
        self.documents = documents
        self.alerts = alerts
        self._clock = clock
        self._worker = worker
        self._remembered = remembered
        self._stored = stored

    async def insert(self, document: D) -> None:
        """Raises AlreadyStored, StoreUnavailable, and what else the store raises of this kind."""
        await self.documents.insert(document)
        self._tell_stored(document)
        self._wake(self._worker, document, "")

    async def apply(
        self,
        hospital: str,
        document_id: str,
        decide: Callable[[D], D],
        *,
        known: D | None = None,
        worker: LocalWorker[D] | None = None,
    ) -> D:
        """The document as it is stored after ``decide``, which may run several times and must be pure.

        A decision that returns its argument writes nothing. Raises what ``decide`` raises, NotFound, Tampered (and a person is
        alerted), StoreUnavailable, or LostRace (`optimistic.decide_and_write`): then nothing may be acknowledged.

        ``known`` is the document as the caller has just read or stored it, which saves a read. ``worker`` takes what becomes due in the
        place of this process's own.
        """
        doing = worker or self._worker

        async def write(before: D, decided: D) -> D:
            after, token = doing.lease_new(before, decided)
            await self._raise_alarms(before, after)
            await self._save(before, after)
            self._wake(doing, after, token)
            return after

        _, stored = await decide_and_write(
            lambda: self._read(hospital, document_id),
            decide,
            write,
            self.kind.name,
            known=None if known is None else await self._ours(known),
        )
        return stored

    async def _save(self, before: D, after: D) -> None:
        try:
            await self.documents.save(before, after)
        except StoreError:
            if self._remembered is not None:
                self._remembered.forget(before)
            raise
        self._tell_stored(after)

    def _tell_stored(self, document: D) -> None:
        if self._remembered is not None:
            self._remembered.put(document, self._clock.now())
        if self._stored is not None:
            self._stored(document)

    def remembered(self, hospital: str, document_id: str) -> D | None:
        """The document as this process stored it of late, to be given to `apply` as ``known``: `remembered.Remembered` says when it may be."""
        return None if self._remembered is None else self._remembered.get(hospital, document_id, self._clock.now())

    async def _read(self, hospital: str, document_id: str) -> D:
        """The document as it is stored. Raises NotFound, Tampered."""
        found = await self.documents.get(hospital, document_id)
        if found is None:
            raise NotFound(f"no such {self.kind.name}", user_message=self.kind.not_found)
        return await self._ours(found)

    async def _ours(self, document: D) -> D:
        """``document``, which nobody else has changed. Raises Tampered, and a person is alerted."""
        if document.tampered:
            await self.alerts.raise_alert(tampered_alert(self.kind.name, document, self._clock.now()))
            raise Tampered(document.id)
        return document

    async def apply_effects(
        self,
        hospital: str,
        document_id: str,
        decide: Callable[[tuple[Effect, ...]], tuple[Effect, ...]],
        *,
        known: D | None = None,
        worker: LocalWorker[D] | None = None,
    ) -> D:
        """As `apply`, where nothing but the effects changes: leases, retries, waking. The very same tuple writes nothing."""

        def decided(document: D) -> D:
            effects = decide(document.effects)
            if effects is document.effects:
                return document
            return self.kind.with_effects(document, effects, document.version + 1)

        return await self.apply(hospital, document_id, decided, known=known, worker=worker)

    async def _raise_alarms(self, before: D, after: D) -> None:
        """Before the write: a crash in between may alarm for nothing, but never stays silent. Raising twice is once."""
        for kind, subject in self.kind.alarms(before, after):
            alert = Alert(
                hospital=after.hospital,
                id=f"{after.id}:{kind}:{subject}",
                kind=kind,
                text=f"{after.id} {subject}",
                at=self._clock.now(),
            )
            await self.alerts.raise_alert(alert)

    def _wake(self, worker: LocalWorker[D], document: D, token: str) -> None:
        if token or (document.next_due is not None and document.next_due <= self._clock.now()):
            worker.wake(document, token)


def tampered_alert(kind: str, document: Document, now: datetime) -> Alert:
    """Raised by whoever meets it, kept once. ``kind`` is the name of the kind of document."""
    return Alert(
        hospital=document.hospital,
        id=f"{document.id}:{kind}_tampered",
        kind=f"{kind}_tampered",
        text=f"{document.id} was changed in the database by somebody without the key; nothing more is done with it",
        at=now,
    )


def unreadable_alert(kind: str, key: tuple[str, str], why: Unreadable, now: datetime) -> Alert:
    """``key`` is the hospital and the id of a document of this kind that can't be read."""
    hospital, document_id = key
    return Alert(
        hospital=hospital,
        id=f"{document_id}:{kind}_unreadable:",
        kind=f"{kind}_unreadable",
        text=f"{document_id} can't be read ({why}); what it owes waits. `run.py doctor` lists all of these",
        at=now,
    )

"""What reconciliation needs of the world."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO, Protocol, TypeVar

from server.core.ports import Receiver
from server.effects.ports import DocumentStore
from server.reconciliation.bank_model import BankBook
from server.reconciliation.day_model import ReconciliationDay
from server.reconciliation.his_rows import HisRow
from server.reconciliation.model import Leg, Row, Sums
from server.reconciliation.rules.matching import Part

Answer = TypeVar("Answer")
Opens = Callable[[], BinaryIO]


class PartStore(Protocol):
    """The rows of one run, on their way from the legs to matching. Synchronous: whoever has a loop runs it beside the loop."""

    def write(self, leg: Leg, rows: Iterable[Row], prefix: str, *, with_fund: bool) -> Sums:
        """Keep the rows of ``leg`` in their parts; what they sum up to. ``rows`` are read once, one at a time."""

    def parts(self, legs: Iterable[Leg]) -> Iterator[Part]:
        """One part after the other, for `rules.matching.match`. ``legs`` are those that the day has."""


class RoomForParts(Protocol):
    def __call__(self) -> AbstractContextManager[PartStore]:
        """Room for one run, empty; gone afterwards."""


class Aside(Protocol):
    async def __call__(self, work: Callable[[], Answer], /) -> Answer:
        """What ``work`` answers; it runs beside the loop, so that whoever serves goes on."""


class Incoming(Receiver, Protocol):
    """A file that is being received, hashed as it comes."""

    def opened(self) -> BinaryIO:
        """What has come, from its beginning; to be closed before the next piece."""

    async def keep(self) -> str:
        """As `KeptFiles.keep`."""


class KeptFiles(Protocol):
    """Files by their checksum, as they were received. Nothing is ever changed or thrown away."""

    def incoming(self) -> AbstractAsyncContextManager[Incoming]:
        """Room for a file that comes in pieces. What is not kept is gone afterwards, also when the process dies. Raises StoreUnavailable."""

    async def keep(self, content: bytes) -> str:
        """The SHA-256 under which it lies, as hexadecimal text; durable when it returns."""

    async def opened(self, sha256: str) -> Opens:
        """Opens it anew at each call, to be read once and closed; it has been held against its checksum, piece by piece.

        Raises StoreUnavailable for one that is gone or changed.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class BankReading:
    """What a reader found: money that came in. ``account`` is empty where the file does not say it. ``first`` and ``last`` are the days of its
    oldest and newest line, money that left included; None without lines.
    """

    account: str
    rows: tuple[Row, ...]
    first: date | None = None
    last: date | None = None


class BankReader(Protocol):
    def __call__(self, content: bytes, /) -> BankReading:
        """Reads a bank's file. Raises StatementRefused."""


class BankBookStore(Protocol):
    async def get(self, hospital: str) -> BankBook:
        """An empty book of version 0 where there is none yet. Raises Unreadable."""

    async def save(self, before: BankBook, after: BankBook) -> BankBook:
        """``after`` as it is kept, one version on. Raises LostRace when ``before`` is not the newest, Tampered."""


class HisDayList(Protocol):
    async def statement_day(self, day: date) -> Sequence[HisRow] | None:
        """The HIS's whole list of ``day``; None from a HIS that has none. Raises OutcomeUnknown, NotSent, OutsideRefusal."""


class FurtherLeg(Protocol):
    """One more side of the days of a hospital's channel. Nothing but the table that switches it on knows which side it is."""

    async def rows(self, day: date) -> Sequence[Row] | None:
        """The side's payments and refunds of ``day`` (leg FURTHER) under our numbers; None while it has not told of them yet.

        Raises StatementRefused for what must not be used; OutcomeUnknown, NotSent, OutsideRefusal.
        """


class DayStore(DocumentStore[ReconciliationDay], Protocol):
    """Reconciliation days by (hospital, id)."""

    async def latest(
        self, hospital: str, limit: int, before: date | None = None, since: date | None = None
    ) -> Sequence[ReconciliationDay]:
        """The newest days first, those before ``before`` and not before ``since``; of one day by channel. None: any."""

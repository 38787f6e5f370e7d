"""Time, chance, secrets, the wire and short-lived facts: everything that would make two runs differ comes through here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, aware, in UTC."""

    async def sleep(self, seconds: float) -> None: ...


class SureClock(Clock, Protocol):
    """A clock whose time other processes share."""

    def agrees(self) -> bool:
        """This process is known to be allowed to decide by its time, without anything having to be asked."""

    async def must_agree(self) -> None:
        """Raises ClockOff while this process may not decide by its time, and StoreUnavailable when that can't be known."""


class Ids(Protocol):
    """Chance. Real: from the operating system; in the simulation: from a seed."""

    def text(self, length: int, alphabet: str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ") -> str: ...

    def jitter(self) -> float:
        """0 ≤ jitter < 1."""


class Sealer(Protocol):
    """Authenticated encryption with key rotation. ``purpose`` is bound in: what was sealed for one can't be opened for another."""

    def seal(self, purpose: str, plain: bytes) -> str:
        """URL-safe text that names its key."""

    def open(self, purpose: str, sealed: str) -> bytes:
        """Raises Forged for anything that was not sealed by us for ``purpose``."""

    def mac(self, purpose: str, data: bytes) -> str:
        """A message authentication code over ``data``, which stays readable; it names its key."""

    def mac_holds(self, purpose: str, data: bytes, mac: str) -> bool:
        """Was ``mac`` made by us for just this ``purpose`` and ``data``? Never raises."""

    def lookup(self, purpose: str, text: str) -> str:
        """Keyed hash by which an encrypted value is found again; stable across rotation of the sealing key."""

    def lookup_before(self, purpose: str, text: str) -> str:
        """`lookup` as it was until 2026-11, when one key served every purpose: for comparing with what was stored then."""

    def reseal(self, purpose: str, sealed: str) -> str:
        """The same content under the active key; ``sealed`` itself if it is under it already. Raises Forged."""


class Receiver(Protocol):
    """Takes a file piece by piece, as it comes."""

    @property
    def size(self) -> int:
        """Bytes taken so far."""

    async def write(self, piece: bytes) -> None:
        """Raises StoreUnavailable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One outbound call. ``system`` is the label for breakers, logs and metrics (a channel's name, his, sms). The body of a 200 goes to
    ``into`` where that is given, so that no big file is ever held whole; its response's ``body`` is then empty.
    """

    system: str
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    timeout_s: float = 5.0
    into: Receiver | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport(Protocol):
    async def send(self, request: HttpRequest) -> HttpResponse:
        """Any HTTP answer, whatever its status. Raises NotSent or OutcomeUnknown, and what ``into`` raises: what it took by then is not
        the whole file.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRequest:
    """An inbound request exactly as it came, for verifiers. Header names are lower-case; ``path`` is as sent, with the query."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReply:
    """What a door answers to a platform, byte for byte."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


ANSWERS_MAX = 1000
"""The most that a store answers at once."""


class ShortLivedStore(Protocol):
    """Small facts with an end: binding codes, chat replies, OAuth states, used nonces, counters, shared access tokens, leases.

    Keys are ``kind`` + ``key``; neither may hold personal data in clear. Values are encrypted at rest.
    """

    async def put(self, kind: str, key: str, value: str, expires_at: datetime) -> None: ...

    async def put_once(self, kind: str, key: str, value: str, now: datetime, expires_at: datetime) -> bool:
        """True if nothing unexpired was there; atomic across processes."""

    async def get(self, kind: str, key: str, now: datetime) -> str | None: ...

    async def first(self, kinds: Sequence[str], key: str, now: datetime) -> str | None:
        """What is kept under ``key`` of the first of these kinds that keeps anything there; one read."""

    async def several(self, kind: str, keys: Sequence[str], now: datetime) -> Mapping[str, str]:
        """What is kept under each of these keys that keeps anything, by key; one read."""

    async def swap(self, kind: str, key: str, old: str, new: str, expires_at: datetime) -> bool:
        """Replace ``old`` by ``new`` atomically; False if the value is another by now."""

    async def count(self, kind: str, key: str, now: datetime, expires_at: datetime) -> int:
        """Add one and answer the new count; the first one of a window sets its end."""

    async def drop(self, kind: str, key: str) -> None: ...

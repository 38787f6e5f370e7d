"""How patients come in, who the HIS says they are, and where their cards and sessions are kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from server.patients.contact_ports import Messenger, Sms
from server.patients.model import BoundCard, Patient, PayerIdentity, Session
from server.patients.relations import Relation
from server.patients.rules import KnownIdentity


class PatientDirectory(Protocol):
    """The HIS, as far as it knows who its patients are."""

    async def patient(self, card_no: str) -> Patient | None:
        """The patient of a card, or None. Raises OutsideRefusal, OutcomeUnknown, NotSent."""


class PatientsHospital(Protocol):
    """``public_url`` is where patients reach us, without a trailing slash. ``card_unused_max``: a binding of a card that lay unused for
    longer has ended.
    """

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def public_url(self) -> str: ...

    @property
    def card_unused_max(self) -> timedelta: ...

    @property
    def identities(self) -> Mapping[str, Identity]: ...

    @property
    def mini_program(self) -> MiniProgram | None: ...

    @property
    def sms(self) -> Sms | None: ...

    @property
    def his(self) -> PatientDirectory: ...

    def mini_program_of(self, identity: PayerIdentity) -> MiniProgram | None:
        """The mini-program, if that is the app on which this person is known by this identity."""


class NewsHospital(PatientsHospital, Protocol):
    """A hospital whose patients are told something new, too."""

    @property
    def messengers(self) -> Mapping[str, Messenger]:
        """By channel."""


class PersonStore(Protocol):
    """What is known of who is who: identities with their proofs. Two that share a proof may be one person (`patients.rules` decides)."""

    async def add_identity_proofs(self, hospital: str, identity: PayerIdentity, proofs: Sequence[str]) -> None:
        """Repeatable. Proofs are keyed hashes."""

    async def drop_identity_proofs(self, hospital: str, key: str, proofs: Sequence[str]) -> None:
        """Repeatable; of nobody known, and proofs that are not there, are no error."""

    async def drop(self, hospital: str, key: str) -> None:
        """Nothing is left of this identity. Repeatable."""

    async def get(self, hospital: str, key: str) -> KnownIdentity | None: ...

    async def sharing(self, hospital: str, proofs: Sequence[str], limit: int) -> Sequence[KnownIdentity]:
        """Identities that carry any of these proofs, by key."""

    async def page(self, hospital: str, after: str, limit: int) -> tuple[Sequence[KnownIdentity], str]:
        """(some identities, where the next page begins: empty behind the last one). ``after`` is empty for the first page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A message that a person may agree to: its purpose, the platform's template, what the person reads."""

    purpose: str
    template_id: str
    title: str


class MiniProgram(Protocol):
    """``app_id`` is its own, ``entrance`` what payments begun in it carry, ``pay_method`` the channel's method for it."""

    app_id: str
    channel: str
    entrance: str
    pay_method: str
    subscriptions: Sequence[Subscription]

    async def identify(self, code: str) -> PayerIdentity:
        """Raises LoginNeeded for a code that is wrong, used or expired."""

    async def phone(self, person: PayerIdentity, code: str) -> str:
        """The phone number that the platform has proven to be this person's. Raises BadInput."""

    async def accepted(self, person: PayerIdentity, template_ids: Sequence[str]) -> Mapping[str, int]:
        """The person agreed to one more message of each of these; how many there are now, by purpose."""

    async def code(self, scene: str, page: str) -> bytes:
        """The picture of a code that opens ``page``, for posters. Raises BadInput for a scene that can't stand in one."""

    async def payment_link(self, payment_id: str, days: int) -> str:
        """An address that opens this payment's page from outside the platform's client, good for ``days`` (1 to 30).

        Raises OutsideRefusal, OutcomeUnknown, NotSent.
        """


class Identity(Protocol):
    """OAuth login of one channel's app. ``user_agent_mark`` is the word by which that client's browser is known, ``entrance``
    the door that people come through when no QR says otherwise, ``client_name`` what patients call the client. ``lookalikes``: clients
    whose browser has that word, too, and which can't pay: the word that tells them, and what a patient does there."""

    channel: str
    user_agent_mark: str
    entrance: str
    client_name: str
    lookalikes: Mapping[str, str]

    def authorize_url(self, return_url: str, state: str) -> str: ...

    async def identify(self, code: str) -> PayerIdentity:
        """Raises LoginNeeded for a code that is wrong, used or expired."""


class CardStore(Protocol):
    """Bound cards; at most 10 per owner and hospital (BadInput over that)."""

    async def bind(self, card: BoundCard) -> None: ...

    async def say(self, hospital: str, owner: str, card_no: str, family: Relation | None) -> bool:
        """What the patient of a bound card is to its owner; None takes it back. False, and nothing is written, for a card that is not bound (any
        more): so a word never binds again what was unbound meanwhile.
        """

    async def unbind(self, hospital: str, owner: str, card_no: str) -> None: ...

    async def of_owner(self, hospital: str, owner: str) -> Sequence[BoundCard]: ...

    async def of_owners(self, hospital: str, owners: Sequence[str]) -> Sequence[BoundCard]:
        """`of_owner` of each, one after the other, in one read."""

    async def of_card(self, hospital: str, card_no: str, limit: int) -> Sequence[BoundCard]:
        """Every owner's binding of this card, by owner. One of before 2026-11-29 is found once its owner has come again."""

    async def page(self, hospital: str, after: str, limit: int) -> tuple[Sequence[BoundCard], str]:
        """The bindings of ``limit`` owners after the place ``after`` (empty: from the first on), and the place to go on from, empty at the
        end. One of before 2026-11-29 is among them once its owner has come again.
        """


class SessionStore(Protocol):
    """What has ended never comes back: only `put` makes a session, and it is for a new one."""

    async def put(self, session: Session) -> None:
        """A new session. Raises AlreadyStored."""

    async def change(
        self, session_id: str, now: datetime, decide: Callable[[Session], Session], *, known: Session | None = None
    ) -> Session | None:
        """What ``decide`` makes of the session as it is, decided again if somebody else was faster; None: it has ended. ``known`` is the
        session as it was read a moment ago, which saves a read. Raises what ``decide`` raises, and LostRace.
        """

    async def get(self, session_id: str, now: datetime) -> Session | None: ...

    async def drop(self, session_id: str) -> None: ...

    async def ends_of(self, hospital: str, owners: Collection[str], now: datetime) -> Sequence[datetime]:
        """When each live session of these identities ends, the earliest first. Reads every session: not for what people wait for often."""

    async def drop_of(self, hospital: str, owners: Collection[str], now: datetime) -> int:
        """End every session of these identities; how many there were. Reads every session, as `ends_of`."""

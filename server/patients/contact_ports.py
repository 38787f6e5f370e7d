"""How people come in, talk to the account, and are told."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from server.core.ports import RawReply, RawRequest
from server.patients.model import PayerIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """What to tell a person, by purpose and named values; adapters put it into a template's keywords. Values are display text."""

    purpose: str  # of `payments.rules.telling`, or card_code
    values: Mapping[str, str]
    url: str = ""
    link: str = ""  # opens what it tells of from outside the chat; only an Sms that `carries_link` has a use for it


class Messenger(Protocol):
    """Tells a person in the chat of the account they follow."""

    async def send(self, to: PayerIdentity, notice: OutgoingMessage, dedupe: str) -> str | None:
        """The platform's message id, or None when the person can't be reached here (does not follow, has blocked).

        Raises NotAllowedYet where the platform wants the person asked first, OutsideRefusal, OutcomeUnknown, NotSent.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """送达回报: what became of one SMS. ``out_id`` is ours; ``code`` the platform's."""

    out_id: str
    delivered: bool
    code: str


NO_TEMPLATE = "NO_TEMPLATE"
"""``reason_code`` of an OutsideRefusal: the hospital has no template for this purpose, and does not want it told this way."""


class Sms(Protocol):
    async def send(self, phone: str, notice: OutgoingMessage, out_id: str) -> str:
        """The platform's id. A link that can't be carried is left out. Raises OutsideRefusal, OutcomeUnknown, NotSent."""

    def carries_link(self, purpose: str) -> bool:
        """Has the hospital a template with room for a link?"""

    async def was_sent(self, phone: str, out_id: str, day: date) -> bool:
        """Look-up after an unknown outcome: does the platform list it on this day?"""

    def is_receipt_secret(self, secret: str) -> bool:
        """Constant-time check of the secret in the receipts' address, which is all the proof Aliyun offers."""

    def reports(self, body: bytes) -> Sequence[DeliveryReport]:
        """Raises BadInput for a body that is not a list of reports."""

    def acknowledge(self) -> RawReply: ...


ARRIVED, LOST = "arrived", "lost"
"""The platform's own words on a message of ours."""
BLOCKED, FAILED = "blocked", "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """A verified message or event from a person to the account. ``id`` is equal for every delivery of the same one, and another
    person's message may have it, too: what is kept about a message is kept by ``once``. ``key`` of ``arrived`` and ``lost`` is the number of
    the message of ours that the event reports on, ``why`` says of a lost one what it failed by: BLOCKED by the person, or FAILED.
    """

    id: str
    sender: PayerIdentity
    account: str
    kind: str  # text | event
    text: str = ""
    event: str = ""  # follow | unfollow | click | scan | ARRIVED | LOST | other
    key: str = ""
    why: str = ""

    @property
    def once(self) -> str:
        """This message of this person to this account: the same for every delivery, hashed so that it names nobody."""
        told = "\n".join((self.sender.key, self.account, self.kind, self.id))
        return hashlib.sha256(told.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatReply:
    """What to answer: text; or hand over to human staff (人工), where ``text`` is for accounts that can't hand over.

    Empty text and no handover means no answer shown.
    """

    text: str = ""
    to_staff: bool = False


class ChatAccount(Protocol):
    """One official account: its callback, its replies, its menu."""

    def check_address(self, raw: RawRequest) -> str:
        """The echo that proves the address is ours. Raises Forged."""

    def receive(self, raw: RawRequest) -> ChatMessage:
        """Raises Forged or BadInput."""

    def reply(self, message: ChatMessage, reply: ChatReply) -> RawReply:
        """The answer to the platform's own call, within which some accounts can say what ``reply`` says."""

    async def say(self, message: ChatMessage, reply: ChatReply) -> None:
        """After the answer, and once for all deliveries: what ``reply`` says and the answer could not carry.

        Raises OutsideRefusal, OutcomeUnknown, NotSent; it is not repeated, the person can ask again.
        """

    async def tell(self, to: PayerIdentity, text: str) -> bool:
        """A message on our own accord. False where the account may not (any more): the person has been silent for too long, or it can't.

        Raises OutsideRefusal, OutcomeUnknown, NotSent.
        """

    async def push_menu(self, menu: Mapping[str, object]) -> bool:
        """``menu`` as the hospital's file declares it. False where this account has none. Raises BadInput for a menu it can't show."""

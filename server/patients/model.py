"""Who takes part: payer identities, patients, their sessions, and how their data is masked for eyes that need only recognise it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime

from server.patients.relations import Relation
from server.patients.rules import proves_own_card

_HAN = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerIdentity:
    """支付身份: who a person is on one channel's app. ``subject`` is the platform's id of the person for that app."""

    channel: str
    app_id: str
    subject: str
    union_id: str | None = None

    @property
    def key(self) -> str:
        """One text that names the person on this app, for owners of payments and bindings."""
        return f"{self.channel}:{self.app_id}:{self.subject}"

    @classmethod
    def of_key(cls, key: str) -> PayerIdentity:
        """The person whom `key` names, without their ``union_id``. Raises ValueError for what is no such key."""
        channel, app_id, subject = key.split(":", 2)
        return cls(channel=channel, app_id=app_id, subject=subject)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """就诊人 as the HIS knows the person. Everything but ``patient_id`` and ``sex`` is personal data."""

    patient_id: str
    name: str
    sex: str
    birth_date: str
    phone: str
    id_no: str
    card_nos: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundCard:
    """A medical card that a payer identity has proven to be theirs (or their family's) by a code sent to the HIS's phone.
    ``identity_proofs``: what it proves of the owner as a person, where they said that it is their own (`patients.rules`). ``bound_at``: since
    when it is bound; None for a card of before 2026-11-29. ``family``: what they said that the patient is to them; None of their own card,
    and where they said nothing.
    """

    hospital: str
    owner: str
    card_no: str
    name: str
    identity_proofs: tuple[str, ...] = ()
    bound_at: datetime | None = None
    family: Relation | None = None

    @property
    def relation(self) -> Relation | None:
        """What is known of the patient and the owner; None where nothing is."""
        return Relation.SELF if proves_own_card(self.identity_proofs) else self.family


def mask_name(name: str) -> str:
    """张三 → 张*, 张小甜 → 张*甜: the first character stays, and the last of three or more, which tells siblings apart."""
    if len(name) < 3:
        return name[:1] + "*" if name else ""
    return name[:1] + "*" * (len(name) - 2) + name[-1]


def spoken_name(name: str) -> str:
    """The masked name for texts that a phone may read aloud: 张三 → 张某, 张小甜 → 张某甜; of John Smith the initials, J S.
    An asterisk would be read as a word, or not at all, and a full name would stand on the lock screen.
    """
    if _HAN.search(name):
        return re.sub(r"\*+", "某", mask_name(name))
    return " ".join(word[0].upper() for word in name.split())


def mask_phone(phone: str) -> str:
    """13800001234 → 138****1234; numbers shorter than a mobile one keep their last two digits."""
    if len(phone) < 11:
        return "*" * max(len(phone) - 2, 0) + phone[-2:]
    return f"{phone[:3]}****{phone[-4:]}"


def mask_card(card_no: str) -> str:
    """Keeps the last four characters."""
    return f"****{card_no[-4:]}" if len(card_no) > 4 else "****"


WRISTBAND = "wristband"
"""The entrance of whoever scanned a patient's wristband, and the label of its seal."""
NAMES_ONLY = frozenset({WRISTBAND})
"""Entrances by a code that a finder may hold: whoever pays by one reads a masked name of the patient, and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a payment began: entrance 入口, terminal 终端, operator 操作员."""

    entrance: str
    terminal: str = ""
    operator: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedBills:
    """What a sealed QR carried, for the life of the QR in this session. Personal data."""

    card_no: str
    name: str
    phone: str
    id_no: str
    bill_nos: tuple[str, ...]
    origin: Origin
    expires_at: datetime


SCANS_PER_SESSION_MAX = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A logged-in person on one hospital. ``id`` is the secret in the cookie; stores keep only its hash."""

    id: str
    hospital: str
    identity: PayerIdentity
    expires_at: datetime
    scans: tuple[ScannedBills, ...] = ()
    phone: str = ""  # the number last given for receipts
    card_phones: tuple[tuple[str, str], ...] = ()  # (card number, the phone whose code bound it in this session)
    linked: tuple[str, ...] = ()  # the same person's keys on other apps, found anew at every request and not kept
    read_from: str = field(
        default="", compare=False, repr=False
    )  # the stored text, by which a store knows its own version

    @property
    def owners(self) -> tuple[str, ...]:
        """Every key under which cards and payments of this person stand; new ones go under the first."""
        return (self.identity.key, *self.linked)

    def with_scan(self, scanned: ScannedBills, now: datetime) -> Session:
        """The session with ``scanned`` as the newest of its scans; those that have ended, and the oldest, go."""
        others = [scan for scan in self.scans if scan.expires_at > now and scan != scanned]
        return replace(self, scans=(scanned, *others)[:SCANS_PER_SESSION_MAX])

"""What a person needs now, as each capability says it, and where else they may go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, auto

from server.patients.model import BoundCard, ScannedBills, Session
from server.patients.relations import Relation


class Urgency(IntEnum):
    """The lower the earlier on the page."""

    NOW = auto()  # who misses it loses something today
    FIRST = auto()  # to be known before anything is done
    TO_DO = auto()  # waits for the person
    NEWS = auto()  # is there to be looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing that is needed now. ``about`` names all that it is about, among the needs of everybody: what one need has told is told by no
    other. ``card_no`` is the card of whoever it is for; empty for what is the person's own, whatever the card. ``title`` and ``text`` are for
    people and name nobody; ``page`` is where it is done, below the hospital's pages. ``at`` orders those of the same urgency.
    """

    about: tuple[str, ...]
    card_no: str
    title: str
    text: str
    page: str
    urgency: Urgency
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """``is_whole`` is False where something could not be known now: then it is not said that nothing is needed. ``is_broken``: by a fault of
    our own, not because the hospital's system is silent.
    """

    needs: tuple[Need, ...] = ()
    is_whole: bool = True
    is_broken: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """For whom needs are asked: the person, the cards of theirs that are looked at, and the live scans of further cards."""

    session: Session
    cards: tuple[BoundCard, ...]
    scans: tuple[ScannedBills, ...] = ()

    @property
    def card_nos(self) -> frozenset[str]:
        bound, scanned = (card.card_no for card in self.cards), (scan.card_no for scan in self.scans)
        return frozenset((*bound, *scanned))


@dataclass(frozen=True, slots=True)
class Place:
    """A further way: what people call it, and its page below the hospital's pages."""

    title: str
    page: str


@dataclass(frozen=True, slots=True)
class Member:
    """就诊人: one patient of this person's cards and scans. ``key`` names the card in addresses without telling its number."""

    key: str
    name_masked: str
    card_masked: str
    is_bound: bool
    relation: Relation | None = None


@dataclass(frozen=True, slots=True)
class ShownNeed:
    """``member`` is None for what is the person's own."""

    need: Need
    member: Member | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """``chosen`` is the one member that is shown, None for all; ``is_whole`` and ``is_broken`` as in `Told`."""

    members: tuple[Member, ...]
    chosen: Member | None
    needs: tuple[ShownNeed, ...]
    is_whole: bool
    is_broken: bool = False

    @property
    def is_nothing_needed(self) -> bool:
        """Everything is known, and none of the members needs anything. Where there is no member, nobody is told so."""
        return bool(self.members) and not self.needs and self.is_whole

"""One person, several entrances: which identities are the same human being. Merging two people wrongly is worse than not merging one.

An identity carries *marks*, which say how it was proven: ``account:…`` is the platform's own id of the person across the
hospital's apps; ``own:…`` a phone number and an ID number that were proven together, by somebody who said that the card is
their own; ``self:…`` that ID number alone. Nothing is ever rewritten: cards and payments stay under the identity that made
them, and are looked up under all of the person's identities.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

ACCOUNT = "account:"
OWN = "own:"
SELF = "self:"
MARKS_MAX = 12
IDENTITIES_MAX = 32
"""More than this share a mark: then it tells nobody apart, and counts for nothing."""
GROWN_UP_YEARS = 18
_RESIDENT_ID = re.compile(r"[1-9][0-9]{5}([0-9]{4})([0-9]{2})([0-9]{2})[0-9]{3}[0-9Xx]")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownIdentity:
    """``key`` is the identity's, ``app`` names channel and app, ``marks`` as above."""

    key: str
    app: str
    marks: frozenset[str]

    def of(self, kind: str) -> frozenset[str]:
        return frozenset(mark for mark in self.marks if mark.startswith(kind))


def same_person(me: KnownIdentity, others: Sequence[KnownIdentity]) -> tuple[str, ...]:
    """The keys of ``others`` that are surely ``me``, in order.

    The platform's word joins. Being the same card's own holder joins only where it leaves no doubt: nobody else on either app
    says so, neither says to be a second patient as well, and the platform does not say that the two are different people.
    """
    return tuple(sorted(other.key for other in others if other.key != me.key and _joined(me, other, others)))


def _joined(me: KnownIdentity, other: KnownIdentity, others: Sequence[KnownIdentity]) -> bool:
    mine, theirs = me.of(ACCOUNT), other.of(ACCOUNT)
    if mine & theirs:
        return True
    says_who = len(me.of(SELF)) == 1 and me.of(SELF) == other.of(SELF)
    if (mine and theirs) or me.app == other.app or not says_who:
        return False
    return any(_unambiguous(mark, others) for mark in me.of(OWN) & other.of(OWN))


def _unambiguous(mark: str, everyone: Sequence[KnownIdentity]) -> bool:
    apps = [one.app for one in everyone if mark in one.marks]
    return len(apps) == len(set(apps))


def is_grown_up(id_no: str, today: date) -> bool:
    """Does this resident ID number belong to an adult? Whoever types for a child is its parent. Other documents say no age: no."""
    found = _RESIDENT_ID.fullmatch(id_no)
    if found is None:
        return False
    year, month, day = (int(part) for part in found.groups())
    return (year + GROWN_UP_YEARS, month, day) <= (today.year, today.month, today.day)

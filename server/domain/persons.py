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
from itertools import combinations

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

    @property
    def channel(self) -> str:
        return self.app.partition(":")[0]

    def of(self, kind: str) -> frozenset[str]:
        return frozenset(mark for mark in self.marks if mark.startswith(kind))


def same_person(me: KnownIdentity, others: Sequence[KnownIdentity]) -> tuple[str, ...]:
    """The keys of ``others`` that are surely ``me``, in order. ``others`` are all who share a mark with ``me``.

    The platform's word joins. Being the same card's own holder joins only where it leaves no doubt: neither says to be a second
    patient as well, and of all who say to be this one no two are known to be two people.
    """
    everyone = sorted({one.key: one for one in (*others, me)}.values(), key=lambda one: one.key)
    doubt = any(_are_two(*pair) for pair in combinations([one for one in everyone if one.of(SELF) & me.of(SELF)], 2))
    joined = (one for one in everyone if _same_account(me, one) or (not doubt and _same_holder(me, one)))
    return tuple(one.key for one in joined if one.key != me.key)


def _same_account(me: KnownIdentity, other: KnownIdentity) -> bool:
    return not me.of(ACCOUNT).isdisjoint(other.of(ACCOUNT))


def _same_holder(me: KnownIdentity, other: KnownIdentity) -> bool:
    says_who = len(me.of(SELF)) == 1 and me.of(SELF) == other.of(SELF)
    return says_who and not me.of(OWN).isdisjoint(other.of(OWN))


def _are_two(one: KnownIdentity, other: KnownIdentity) -> bool:
    """An app knows a person once, and a platform gives a person one id. Ids of different platforms say nothing of one another."""
    told_apart = one.of(ACCOUNT) and other.of(ACCOUNT) and not _same_account(one, other)
    return one.app == other.app or (one.channel == other.channel and bool(told_apart))


def is_grown_up(id_no: str, today: date) -> bool:
    """Does this resident ID number belong to an adult? Whoever types for a child is its parent. Other documents say no age: no."""
    found = _RESIDENT_ID.fullmatch(id_no)
    if found is None:
        return False
    year, month, day = (int(part) for part in found.groups())
    return (year + GROWN_UP_YEARS, month, day) <= (today.year, today.month, today.day)

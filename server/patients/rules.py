"""One person, several entrances: which identities are the same human being. Merging two people wrongly is worse than not merging one.

An identity carries *proofs*, which say how it was proven: ``account:…`` is the platform's own id of the person across the
hospital's apps; ``own:…`` a phone number and an ID number that were proven together, by somebody who said that the card is
their own; ``self:…`` that ID number alone. Nothing is ever rewritten: cards and payments stay under the identity that made
them, and are looked up under all of the person's identities.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from itertools import combinations

ACCOUNT = "account:"
OWN = "own:"
SELF = "self:"
IDENTITY_PROOFS_MAX = 12
IDENTITIES_MAX = 32
"""Where proofs connect more than this, they tell nobody apart and count for nothing."""
GROWN_UP_YEARS = 18
_RESIDENT_ID = re.compile(r"[1-9][0-9]{5}([0-9]{4})([0-9]{2})([0-9]{2})[0-9]{3}[0-9Xx]")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownIdentity:
    """``key`` is the identity's, ``app`` names channel and app, ``identity_proofs`` as above."""

    key: str
    app: str
    identity_proofs: frozenset[str]

    def of(self, kind: str) -> frozenset[str]:
        return frozenset(proof for proof in self.identity_proofs if proof.startswith(kind))


@dataclass(frozen=True, slots=True)
class _Someone:
    """Identities that are surely one human being's, taken together."""

    keys: frozenset[str]
    apps: frozenset[str]
    identity_proofs: frozenset[str]

    @property
    def channels(self) -> frozenset[str]:
        return frozenset(app.partition(":")[0] for app in self.apps)

    def share(self, other: _Someone, kind: str) -> frozenset[str]:
        return frozenset(proof for proof in self.identity_proofs & other.identity_proofs if proof.startswith(kind))

    def of(self, kind: str) -> frozenset[str]:
        return self.share(self, kind)

    def together(self, other: _Someone) -> _Someone:
        return _Someone(self.keys | other.keys, self.apps | other.apps, self.identity_proofs | other.identity_proofs)


def same_person(me: KnownIdentity, others: Sequence[KnownIdentity]) -> tuple[str, ...]:
    """The keys of ``others`` that are surely ``me``, nearest first: whom the platform joins with ``me``, whom a card does, and whom the
    platform joins with those. ``others`` are all whom proofs connect with ``me``, over however many steps: so whoever of them asks,
    the answer is the same.

    The platform's word joins, and what it has joined speaks for one person from then on. Being the same card's own holder joins only
    where it leaves no doubt: nobody concerned says to be a second patient as well, and of all who say to be this one no two are known
    to be two people.
    """
    everyone = {one.key: one for one in (*others, me)}.values()
    told = _joined(
        [_Someone(frozenset({k.key}), frozenset({k.app}), k.identity_proofs) for k in everyone], _same_account
    )
    doubtful = {
        proof for one, other in combinations(told, 2) if _are_two(one, other) for proof in one.share(other, SELF)
    }
    persons = _joined(told, lambda one, other: _same_holder(one, other) and not one.of(SELF) & doubtful)
    near, mine = (next(one for one in of_all if me.key in one.keys) for of_all in (told, persons))
    found = [
        (one.key not in near.keys, not one.of(OWN), one.key) for one in everyone if one.key in mine.keys - {me.key}
    ]
    return tuple(key for *_, key in sorted(found))


def _joined(people: Sequence[_Someone], are_one: Callable[[_Someone, _Someone], bool]) -> list[_Someone]:
    apart: list[_Someone] = []
    for one in people:
        same = [other for other in apart if are_one(one, other)]
        apart = [other for other in apart if other not in same]
        apart.append(reduce(_Someone.together, same, one))
    return apart


def _same_account(one: _Someone, other: _Someone) -> bool:
    return bool(one.share(other, ACCOUNT))


def _same_holder(one: _Someone, other: _Someone) -> bool:
    return len(one.of(SELF)) == 1 and one.of(SELF) == other.of(SELF) and bool(one.share(other, OWN))


def _are_two(one: _Someone, other: _Someone) -> bool:
    """An app knows a person once, and a platform gives a person one id. Ids of different platforms say nothing of one another."""
    told_apart = one.of(ACCOUNT) and other.of(ACCOUNT) and one.channels & other.channels
    return bool(one.apps & other.apps or told_apart)


def proves_own_card(proofs: Collection[str]) -> bool:
    """Do a bound card's proofs say that its owner is the patient, and not somebody of the family?"""
    return any(proof.startswith(OWN) for proof in proofs) and any(proof.startswith(SELF) for proof in proofs)


def is_grown_up(id_no: str, today: date) -> bool:
    """Does this resident ID number belong to an adult? Whoever types for a child is its parent. Other documents say no age: no."""
    found = _RESIDENT_ID.fullmatch(id_no)
    if found is None:
        return False
    year, month, day = (int(part) for part in found.groups())
    return (year + GROWN_UP_YEARS, month, day) <= (today.year, today.month, today.day)

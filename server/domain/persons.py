"""One person, several entrances: which identities are the same human being. Merging two people wrongly is worse than not merging one.

An identity carries *marks*, which say how it was proven: ``account:…`` is the platform's own id of the person across the
hospital's apps, ``proof:…`` a phone number and an ID number that were proven together. Nothing is ever rewritten: cards and
payments stay under the identity that made them, and are looked up under all of the person's identities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ACCOUNT = "account:"
PROOF = "proof:"
MARKS_MAX = 12
IDENTITIES_MAX = 32
"""More than this share a mark: then it tells nobody apart, and counts for nothing."""


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

    The platform's word joins. A proof joins only where it leaves no doubt: nobody else on either app carries it, and the
    platform does not say that the two are different people.
    """
    return tuple(sorted(other.key for other in others if other.key != me.key and _joined(me, other, others)))


def _joined(me: KnownIdentity, other: KnownIdentity, others: Sequence[KnownIdentity]) -> bool:
    mine, theirs = me.of(ACCOUNT), other.of(ACCOUNT)
    if mine & theirs:
        return True
    if (mine and theirs) or me.app == other.app:
        return False
    return any(_unambiguous(mark, others) for mark in me.of(PROOF) & other.of(PROOF))


def _unambiguous(mark: str, everyone: Sequence[KnownIdentity]) -> bool:
    apps = [one.app for one in everyone if mark in one.marks]
    return len(apps) == len(set(apps))

"""Who is who, in memory: the twin of `mongo.people` and `mongo.staff_facts`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from server.patients.model import PayerIdentity
from server.patients.rules import IDENTITY_PROOFS_MAX, KnownIdentity
from server.storage.rules import check_limit


class MemoryPeople:
    """ports.PersonStore."""

    def __init__(self) -> None:
        self.documents: dict[tuple[str, str], KnownIdentity] = {}

    async def add_identity_proofs(self, hospital: str, identity: PayerIdentity, proofs: Sequence[str]) -> None:
        place = (hospital, identity.key)
        app = f"{identity.channel}:{identity.app_id}"
        known = self.documents.get(place, KnownIdentity(key=identity.key, app=app, identity_proofs=frozenset()))
        more = known.identity_proofs | frozenset(proofs)
        if len(more) <= IDENTITY_PROOFS_MAX:
            self.documents[place] = replace(known, identity_proofs=more)

    async def drop_identity_proofs(self, hospital: str, key: str, proofs: Sequence[str]) -> None:
        known = self.documents.get((hospital, key))
        if known is not None:
            self.documents[hospital, key] = replace(known, identity_proofs=known.identity_proofs - set(proofs))

    async def drop(self, hospital: str, key: str) -> None:
        self.documents.pop((hospital, key), None)

    async def get(self, hospital: str, key: str) -> KnownIdentity | None:
        return self.documents.get((hospital, key))

    async def sharing(self, hospital: str, proofs: Sequence[str], limit: int) -> Sequence[KnownIdentity]:
        found = [
            one for (where, _), one in self.documents.items() if where == hospital and one.identity_proofs & set(proofs)
        ]
        return sorted(found, key=lambda one: one.key)[: check_limit(limit)]

    async def page(self, hospital: str, after: str, limit: int) -> tuple[Sequence[KnownIdentity], str]:
        keys = sorted(key for where, key in self.documents if where == hospital and key > after)[: check_limit(limit)]
        return [self.documents[hospital, key] for key in keys], keys[-1] if len(keys) == limit else ""


class MemoryStaffFacts:
    """ports.StaffFactStore."""

    def __init__(self) -> None:
        self.documents: dict[tuple[str, str], frozenset[str]] = {}

    async def add(self, hospital: str, number: str, facts: Collection[str], at: datetime) -> None:
        place = (hospital, number)
        self.documents[place] = self.documents.get(place, frozenset()) | frozenset(facts)

    async def of(self, hospital: str, number: str) -> frozenset[str]:
        return self.documents.get((hospital, number), frozenset())

    async def sharing(self, hospital: str, facts: Collection[str]) -> frozenset[str]:
        known = self.documents.items()
        return frozenset(number for (where, number), of in known if where == hospital and of & set(facts))

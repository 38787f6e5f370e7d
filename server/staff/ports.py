"""Where staff are kept, and who is who among them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from server.patients.model import PayerIdentity
from server.staff.model import Staff


class StaffFactStore(Protocol):
    """Facts of `staff.rules.facts` by (hospital, employee number). They are added, and nothing else is ever done to them."""

    async def add(self, hospital: str, number: str, facts: Collection[str], at: datetime) -> None:
        """Add facts. Facts that are known already keep the time at which they were first known."""

    async def of(self, hospital: str, number: str) -> frozenset[str]: ...

    async def sharing(self, hospital: str, facts: Collection[str]) -> frozenset[str]:
        """The employee numbers that have any of ``facts``."""


class StaffStore(Protocol):
    """员工 by (hospital, employee number). An identity belongs to at most one of a hospital."""

    async def insert(self, staff: Staff) -> None:
        """Raises AlreadyStored for a number that exists."""

    async def get(self, hospital: str, number: str) -> Staff | None: ...

    async def by_identity(self, hospital: str, identity: PayerIdentity) -> Staff | None: ...

    async def save(self, before: Staff, after: Staff) -> None:
        """One guarded write. Raises LostRace, and AlreadyStored for an identity that is another's."""

    async def all(self, hospital: str) -> Sequence[Staff]:
        """By number; those who left, too."""

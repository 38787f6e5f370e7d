"""Where it is kept who is who among staff."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol


class StaffFactStore(Protocol):
    """Facts of `domain.staff_facts` by (hospital, employee number). They are added, and nothing else is ever done to them."""

    async def add(self, hospital: str, number: str, facts: Collection[str], at: datetime) -> None:
        """Those that are known already keep the time at which they were first known."""

    async def of(self, hospital: str, number: str) -> frozenset[str]: ...

    async def sharing(self, hospital: str, facts: Collection[str]) -> frozenset[str]:
        """The employee numbers that have any of ``facts``."""

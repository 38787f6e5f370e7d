"""Where it is kept which identities are one person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from server.domain.people import PayerIdentity
from server.domain.persons import KnownIdentity


class PersonStore(Protocol):
    """What is known of who is who: identities with their marks. Two that share a mark may be one person (`domain.persons` decides)."""

    async def add_marks(self, hospital: str, identity: PayerIdentity, marks: Sequence[str]) -> None:
        """Repeatable. Marks are keyed hashes."""

    async def drop_marks(self, hospital: str, key: str, marks: Sequence[str]) -> None:
        """Repeatable; of nobody known, and marks that are not there, are no error."""

    async def drop(self, hospital: str, key: str) -> None:
        """Nothing is left of this identity. Repeatable."""

    async def get(self, hospital: str, key: str) -> KnownIdentity | None: ...

    async def sharing(self, hospital: str, marks: Sequence[str], limit: int) -> Sequence[KnownIdentity]:
        """Identities that carry any of these marks, by key."""

"""Where the audit chain is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from server.audit.model import AuditEntry


class AuditStore(Protocol):
    """The audit chain of each hospital: entries are added at its end, and nothing else is ever done to them but `rename`."""

    async def append(self, entry: AuditEntry) -> None:
        """Durable when it returns. Raises AlreadyStored if its number is taken, or its id: of two writers at once one must look again."""

    async def rename(self, before: AuditEntry, after: AuditEntry) -> None:
        """``before`` named a payer by their id at a channel, ``after`` names them by a pseudonym and is the same in all else. Repeatable.
        Raises ValueError for any other change.
        """

    async def last(self, hospital: str, before: date | None = None) -> AuditEntry | None:
        """The end of the chain, or its last entry of a day before ``before``."""

    async def by_id(self, hospital: str, entry_id: str) -> AuditEntry | None: ...

    async def page(self, hospital: str, after: int, limit: int) -> Sequence[AuditEntry]:
        """In the order of the chain, those numbered above ``after``."""

    async def latest(self, hospital: str, limit: int, before: int | None = None) -> Sequence[AuditEntry]:
        """The newest first, numbered below ``before``."""

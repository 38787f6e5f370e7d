"""The sign of life of each process, and with it the database's time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """``process`` names it and its machine. ``offset_ms``: by how much that machine's clock was ahead of the database's."""

    process: str
    offset_ms: int
    at: datetime | None = None  # the database's time, once written


class PulseStore(Protocol):
    async def beat(self, pulse: Pulse) -> datetime:
        """Write ``pulse``, read it back, and answer the database's own time of the write.

        Small and bounded, so it also says whether the database can be written and read. Raises StoreUnavailable.
        """

    async def since(self, moment: datetime) -> Sequence[Pulse]:
        """The pulses written at or after ``moment``, by the name of the process."""

"""The sign of life of each process, and with it the database's time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

COMMAND = "command"
"""The name of a process that does one thing for a person and ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """``process`` names it and its machine. ``offset_ms``: by how much that machine's clock was ahead of the database's. ``key_id``: the key
    under which it seals, empty where it does not say.
    """

    process: str
    offset_ms: int
    key_id: str = ""
    at: datetime | None = None  # the database's time, once written

    @property
    def is_of_command(self) -> bool:
        return self.process.startswith(f"{COMMAND} ")


class PulseStore(Protocol):
    async def beat(self, pulse: Pulse) -> datetime:
        """Write ``pulse``, read it back, and answer the database's own time of the write.

        Small and bounded, so it also says whether the database can be written and read. Raises StoreUnavailable.
        """

    async def since(self, moment: datetime) -> Sequence[Pulse]:
        """The pulses written at or after ``moment``, by the name of the process."""

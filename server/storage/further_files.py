"""A further leg as files: whoever exports it puts one file a day into a folder, with the columns of docs/reconciliation.md, "On files alone"."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from server.reconciliation.model import Leg, Row
from server.storage.row_files import RowFile


class FolderLeg:
    """reconciliation.ports.FurtherLeg. The file of a day is ``YYYY-MM-DD.csv``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def rows(self, day: date) -> Sequence[Row] | None:
        return await asyncio.to_thread(self._read, self._folder / f"{day.isoformat()}.csv")

    @staticmethod
    def _read(path: Path) -> Sequence[Row] | None:
        try:
            with path.open("rb") as file:
                return tuple(RowFile(Leg.FURTHER, file))
        except FileNotFoundError:
            return None

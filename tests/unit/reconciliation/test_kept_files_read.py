"""Kept files of a day are read piece by piece: a statement of gigabytes is never in memory as a whole while the day is matched."""

from __future__ import annotations

import io
from functools import partial

import pytest

from server.reconciliation.day_model import DayState
from server.reconciliation.ports import Opens
from server.storage.memory_days import MemoryFiles
from tests.support.builders import HOSPITAL
from tests.support.reconciled import ReconciledApp, agreeing

pytestmark = pytest.mark.asyncio


class Piecewise(io.BytesIO):
    """A file that nobody may read at once, and everybody must close."""

    left_open = 0

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        Piecewise.left_open += 1

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert size >= 0, "all of it at once"
        return super().read(size)

    def close(self) -> None:
        Piecewise.left_open -= not self.closed
        super().close()


async def test_no_kept_file_is_read_at_once_and_each_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = MemoryFiles.opened

    async def opened(files: MemoryFiles, sha256: str) -> Opens:
        with (await real(files, sha256))() as file:
            return partial(Piecewise, file.read())

    days_app = ReconciledApp()
    await agreeing(days_app)
    await days_app.next_morning()
    monkeypatch.setattr(MemoryFiles, "opened", opened)
    before = (await days_app.day()).result
    await days_app.days.decisions.run_again(HOSPITAL, (await days_app.day()).id, "staff:1")
    await days_app.work()
    day = await days_app.day()
    assert (day.state, day.result, day.next_due) == (DayState.CLOSED, before, None)
    assert Piecewise.left_open == 0

"""``/console/manual``: docs/manual.zh-CN.md as a page, for everybody who is logged in."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import ClassVar

from handlers.console.markdown import to_html
from handlers.console.room import RoomHandler
from server.console.rules import Room, must_enter

MANUAL = Path(__file__).resolve().parents[2] / "docs" / "manual.zh-CN.md"


@cache
def _manual() -> str:
    """Read once. Our own text, in which `to_html` escapes HTML."""
    return to_html(MANUAL.read_text("utf-8"))


class ManualHandler(RoomHandler):
    here: ClassVar[Room | None] = Room.MANUAL

    def get(self) -> None:
        must_enter(self.staff, Room.MANUAL)
        self.show("manual", {"text": _manual()})

"""Recurring tasks without their timetable: all pieces of a task, one after the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

from server.effects.recurring import Piece


class WholeTask:
    """``piece`` for each of ``hospitals``; it goes on where it stopped, as a timetable would have it."""

    def __init__(self, hospitals: Collection[str], piece: Callable[[str, str], Awaitable[Piece]]) -> None:
        self._hospitals = hospitals
        self._piece = piece
        self._places: dict[str, str] = {}

    async def once(self) -> None:
        for hospital in self._hospitals:
            more = True
            while more:
                piece = await self._piece(hospital, self._places.get(hospital, ""))
                self._places[hospital], more = piece.place, piece.more

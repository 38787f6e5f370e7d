"""常用查询: searches that a member of staff keeps under names, of each room its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from server.console.rules import Room
from server.core.errors import BadInput, NotFound
from server.core.typed import plain
from server.staff.model import SavedViews, Staff
from server.staff.service import StaffService

VIEWS_MAX = 20
VIEW_NAME_CHARS_MAX = 20
_ROOM = "room"


class ViewsOfRoom:
    """The saved views of one room. What was kept before rooms were written down is a search of payments."""

    def __init__(self, staff: StaffService, room: Room) -> None:
        self._staff = staff
        self._room = room

    def names(self, actor: Staff) -> list[str]:
        return [name for name, facts in actor.views if self._is_ours(facts)]

    def facts(self, actor: Staff, name: str) -> dict[str, Any]:
        """Raises NotFound."""
        found = next((facts for kept, facts in actor.views if kept == name and self._is_ours(facts)), None)
        if found is None:
            raise NotFound("view", user_message="没有这个常用查询。")
        return {key: value for key, value in json.loads(found).items() if key != _ROOM}

    async def keep(self, actor: Staff, name: str, facts: Mapping[str, Any]) -> None:
        """Keep the view under ``name``, in place of another of that name. Raises BadInput."""
        name = plain(name)
        if not name or len(name) > VIEW_NAME_CHARS_MAX:
            raise BadInput("name of a view", user_message=f"请给常用查询起个名字，最多 {VIEW_NAME_CHARS_MAX} 字。")
        text = json.dumps({**facts, _ROOM: self._room}, ensure_ascii=False)

        def added(views: SavedViews) -> SavedViews:
            others = self._others(views, name)
            if sum(self._is_ours(facts) for _, facts in others) >= VIEWS_MAX:
                raise BadInput("too many views", user_message=f"常用查询最多 {VIEWS_MAX} 个，请先删掉不用的。")
            return (*others, (name, text))

        await self._staff.keep_views(actor, added)

    async def drop(self, actor: Staff, name: str) -> None:
        await self._staff.keep_views(actor, lambda views: self._others(views, name))

    def _others(self, views: SavedViews, name: str) -> SavedViews:
        return tuple((kept, facts) for kept, facts in views if kept != name or not self._is_ours(facts))

    def _is_ours(self, facts: str) -> bool:
        return bool(json.loads(facts).get(_ROOM, Room.PAYMENTS) == self._room)

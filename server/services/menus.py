"""The account's menu: declared in the hospital's file, pushed to every chat account that the hospital has."""

from __future__ import annotations

from collections.abc import Mapping

from server.ports import Hospital


class MenuService:
    def __init__(self, hospitals: Mapping[str, Hospital]) -> None:
        self._hospitals = hospitals

    async def push(self, hospital_id: str) -> tuple[str, ...]:
        """The channels whose account now shows the menu. ``{pages}`` in an address becomes the hospital's page root."""
        hospital = self._hospitals[hospital_id]
        pages = f"{hospital.public_url}/h/{hospital.id}"
        for chat in hospital.chats.values():
            await chat.push_menu(_filled(hospital.menu, pages))
        return tuple(hospital.chats)


def _filled(menu: Mapping[str, object], pages: str) -> Mapping[str, object]:
    def fill(value: object) -> object:
        if isinstance(value, str):
            return value.replace("{pages}", pages)
        if isinstance(value, Mapping):
            return {key: fill(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [fill(inner) for inner in value]
        return value

    filled = fill(menu)
    return filled if isinstance(filled, Mapping) else {}

"""The account's menu: declared in the hospital's file, pushed to every chat account that the hospital has."""

from __future__ import annotations

from collections.abc import Mapping

from server.core.errors import NotFound
from server.payments.hospital import Hospital


class MenuService:
    def __init__(self, hospitals: Mapping[str, Hospital]) -> None:
        self._hospitals = hospitals

    async def push(self, hospital_id: str) -> tuple[str, ...]:
        """The channels whose account now shows the menu; ``{public_url}`` and ``{hospital}`` in its addresses are filled in."""
        hospital = self._hospitals.get(hospital_id)
        if hospital is None:
            raise NotFound("hospital")
        words = {"{public_url}": hospital.public_url, "{hospital}": hospital.id}
        menu = _filled(hospital.menu, words)
        return tuple([channel for channel, chat in hospital.chats.items() if await chat.push_menu(menu)])


def _filled(menu: Mapping[str, object], words: Mapping[str, str]) -> Mapping[str, object]:
    return {key: _fill(value, words) for key, value in menu.items()}


def _fill(value: object, words: Mapping[str, str]) -> object:
    if isinstance(value, str):
        for placeholder, word in words.items():
            value = value.replace(placeholder, word)
        return value
    if isinstance(value, Mapping):
        return _filled(value, words)
    if isinstance(value, list | tuple):
        return [_fill(inner, words) for inner in value]
    return value

"""The menu as it is pushed: which accounts have it now, and what is filled in at any depth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from server.core.errors import NotFound
from tests.support.builders import HOSPITAL
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import RecordingChat, a_hospital

pytestmark = pytest.mark.asyncio


class WithoutMenu(RecordingChat):
    """A chat that shows no menu."""

    async def push_menu(self, menu: Mapping[str, object]) -> bool:
        await super().push_menu(menu)
        return False


async def test_the_accounts_that_show_it_are_named() -> None:
    chats = {"wechat": RecordingChat(), "alipay": WithoutMenu()}
    memory_app = InMemoryApp(a_hospital(menu={"button": ["{hospital}"]}, chats=chats))
    assert await memory_app.menus.push(HOSPITAL) == ("wechat",)
    assert [chat.menus for chat in chats.values()] == [[{"button": ["demo"]}]] * 2


async def test_it_is_filled_in_at_any_depth() -> None:
    menu: dict[str, Any] = {
        "a": "{public_url}/h/{hospital}/x?{hospital}", "b": [("{hospital}", 1), {"c": "{public_url}"}], "d": None, "e": 2,
    }  # fmt: skip
    chat = RecordingChat()
    await InMemoryApp(a_hospital(menu=menu, chats={"wechat": chat})).menus.push(HOSPITAL)
    url = "https://pay.hospital.example"
    assert chat.menus == [{"a": f"{url}/h/demo/x?demo", "b": [["demo", 1], {"c": url}], "d": None, "e": 2}]


async def test_of_no_hospital() -> None:
    with pytest.raises(NotFound, match="hospital"):
        await InMemoryApp().menus.push("nothing")

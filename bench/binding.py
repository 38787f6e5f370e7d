"""A card bound by hand, as its owner does it: number and name typed, the code read from the SMS."""

from __future__ import annotations

import re
from typing import Any

from tests.chaos.desk import Desk
from tests.chaos.phone import Phone, Unanswered

CARD_KEY = re.compile(r'name="card_key" value="([^"]+)"')
CODE = re.compile(r"验证码([0-9]{6})")


async def bind_card(phone: Phone, desk: Desk, person: dict[str, Any]) -> None:
    """``person``'s first card in ``phone``, which is that person's. Nothing is done where it is bound; whoever is not logged in is, by
    the page itself. Raises Unanswered."""
    if CARD_KEY.search(await phone.open("/h/demo/cards")):
        return
    await phone.open("/h/demo/cards/new")
    page = await phone.submit("/h/demo/cards/code", {"card_no": person["cards"][0], "name": person["name"]})
    key, codes = CARD_KEY.search(page), CODE.findall(await _sms(desk, person))
    if key is None or not codes:
        raise Unanswered("no code for the card")
    await phone.submit("/h/demo/cards/bind", {"card_key": key[1], "code": codes[-1]})


async def _sms(desk: Desk, person: dict[str, Any]) -> str:
    inbox = await desk.ask(f"/sandbox/inbox?person={person['number']}")
    return "\n".join(sms["text"] for sms in inbox["sms"])

"""What the pages about medical cards show."""

from __future__ import annotations

from collections.abc import Sequence

from server.services.cards import CardView

DONE = {"bound": "绑定成功", "unbound": "已解除绑定"}


def card_list(cards: Sequence[CardView], done: str) -> dict[str, object]:
    return {
        "cards": [{"key": card.card_key, "name": card.name_masked, "number": card.card_masked} for card in cards],
        "notice": DONE.get(done, ""),
    }


def asking_for_card(card_no: str = "", name: str = "") -> dict[str, object]:
    return {"step": "card", "card_no": card_no, "name": name, "problem": ""}


def asking_for_code(card_key: str, phone_masked: str, *, own: bool = False) -> dict[str, object]:
    return {"step": "code", "card_key": card_key, "phone_masked": phone_masked, "own": own, "problem": ""}

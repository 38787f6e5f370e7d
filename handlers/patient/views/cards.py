"""What the pages about medical cards show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from server.core.days import hospital_time
from server.patients.card_bindings import CardBindings
from server.patients.cards import CardView
from server.patients.relations import FAMILY, TITLES, Relation, relation_title

DONE = {"bound": "绑定成功", "unbound": "已解除绑定", "cut": "已解除这个绑定", "said": "已保存与您的关系"}


def card_list(cards: Sequence[CardView], done: str) -> dict[str, object]:
    return {
        "cards": [
            {
                "key": card.card_key,
                "name": card.name_masked,
                "number": card.card_masked,
                "own": card.own,
                "relation": relation_title(card.relation),
                "relations": family_choice(card.relation),
            }
            for card in cards
        ],
        "notice": DONE.get(done, ""),
    }


def family_choice(chosen: Relation | None) -> list[dict[str, object]]:
    """What can be said of somebody else's card."""
    return [{"value": one.value, "title": TITLES[one], "is_chosen": one is chosen} for one in FAMILY]


def one_card(card: CardBindings, done: str) -> dict[str, object]:
    bindings = [
        {"key": one.binding_key, "client": one.client, "since": since_text(one.since), "mine": one.mine}
        for one in card.bindings
    ]
    return {
        "key": card.card_key,
        "name": card.name_masked,
        "number": card.card_masked,
        "bindings": bindings,
        "alone": all(one.mine for one in card.bindings),
        "notice": DONE.get(done, ""),
    }


def since_text(since: datetime | None) -> str:
    return f"{hospital_time(since):%Y-%m-%d %H:%M}起" if since is not None else "绑定时间没有记录"


def asking_for_card(card_no: str = "", name: str = "") -> dict[str, object]:
    return {"step": "card", "card_no": card_no, "name": name, "problem": ""}


def asking_for_code(
    card_key: str,
    phone_masked: str,
    *,
    own: bool = False,
    family: Relation | None = None,
    typed: tuple[str, str] = ("", ""),
) -> dict[str, object]:
    """``typed``: the card number and name as the person typed them, so that the code can be asked for again; empty for a scan."""
    card_no, name = typed
    return {
        "step": "code",
        "card_key": card_key,
        "phone_masked": phone_masked,
        "own": own,
        "relations": family_choice(family),
        "card_no": card_no,
        "name": name,
        "problem": "",
    }

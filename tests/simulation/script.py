"""What the people of a run do and when: written from the seed before anything happens, so that steps can be left out."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.simulation.scenarios import SHARE, Draft, Pairs, scenario

GAPS_S = (0.0, 0.02, 0.4, 2.0, 8.0, 45.0, 130.0, 420.0, 950.0)
GAP_WEIGHTS = (3, 4, 5, 6, 5, 4, 3, 2, 2)
RESULTS = ("ok", "ok", "ok", "ok", "cancel", "fail")
SYSTEMS = ("his", "wechatpay", "wechat", "alipay", "alipay_life", "sms")
SAYINGS = ("缴费", "记录", "人工", "你好", "绑卡")


@dataclass(frozen=True, slots=True)
class Step:
    """``who`` does ``what`` at second ``at``; ``bills`` by their place in the run's list, ``word`` and ``dial`` as the action needs."""

    number: int
    at: float
    who: str
    what: str
    bills: tuple[int, ...] = ()
    word: str = ""
    dial: float = 0.0


def script(seed: int, steps: int, phones: int, bills: int, pairs: Pairs = ()) -> list[Step]:
    """``steps`` steps in the order of their time. ``pairs``: who has the mini-program too."""
    dice = random.Random(f"script/{seed}")
    drafts: list[Draft] = []
    at = 0.5
    while len(drafts) < steps:
        at += dice.choices(GAPS_S, GAP_WEIGHTS)[0] * (0.5 + dice.random())
        if pairs and dice.random() < SHARE:
            drafts.extend(scenario(dice, at, pairs, bills))
            continue
        drafts.extend(_visit(dice, at, phones, bills) if dice.random() < 0.55 else [_incident(dice, at, phones, bills)])
    return _in_order(drafts[:steps])


def script_of_phones(
    dice: random.Random, steps: int, phones: int, happens: Callable[[random.Random, float, str], Sequence[Draft]]
) -> list[Step]:
    """``steps`` steps in the order of their time: what ``happens``, from a second on, to one phone after the other."""
    drafts: list[Draft] = []
    at = 0.5
    while len(drafts) < steps:
        at += dice.choices(GAPS_S, GAP_WEIGHTS)[0] * (0.5 + dice.random())
        drafts.extend(happens(dice, at, f"phone-{dice.randrange(phones) + 1}"))
    return _in_order(drafts[:steps])


def _in_order(drafts: Sequence[Draft]) -> list[Step]:
    return [Step(number, *draft) for number, draft in enumerate(sorted(drafts, key=lambda draft: draft[0]))]


def _visit(dice: random.Random, at: float, phones: int, bills: int) -> list[Draft]:
    """Somebody opens bills, pays or not, and looks at the result."""
    who = f"phone-{dice.randrange(phones) + 1}"
    chosen = (0, 1) if bills > 1 and dice.random() < 0.2 else (0 if dice.random() < 0.5 else dice.randrange(bills),)
    pause = dice.choice((0.3, 2.0, 6.0, 30.0, 200.0, 880.0)) * (0.5 + dice.random())
    number = dice.choice(("known", "known", "known", "none", "other"))
    paid_at = at + pause
    later = _at_the_counter(dice, paid_at, chosen) if dice.random() < 0.4 else []
    return [
        (at, who, "start", chosen, number, dice.random()),
        (paid_at, who, "pay", (), dice.choice(RESULTS), dice.random()),
        (paid_at + dice.choice((0.1, 1.0, 20.0)), who, "look", (), "", dice.random()),
        *later,
    ]


def _at_the_counter(dice: random.Random, paid_at: float, bills: tuple[int, ...]) -> list[Draft]:
    """The patient comes back with the paper: refunds are asked for, agreed to, taken back; or the drugs are out already."""
    at, steps = paid_at, []
    for what in dice.choice(
        (
            ("refund",),
            ("refund", "decide"),
            ("refund", "refund", "decide"),
            ("refund", "take_back"),
            ("dispense", "refund"),
        )
    ):
        at += dice.choice((0.5, 4.0, 45.0, 300.0)) * (0.5 + dice.random())
        steps.append((at, "employees", what, bills, "", dice.random()))
    return steps


def _incident(dice: random.Random, at: float, phones: int, bills: int) -> Draft:
    who = f"phone-{dice.randrange(phones) + 1}"
    bill = (0 if dice.random() < 0.5 else dice.randrange(bills),)
    kinds = {
        "resume": 5, "pay": 3, "look": 3, "say": 3, "bind": 1, "log_in": 1,
        "window": 1.5, "edit": 1, "withdraw": 1, "console": 2, "stranger": 1, "crash": 5, "outage": 2, "dark": 2, "follow": 1,
        "refund": 2, "decide": 3, "take_back": 0.5, "dispense": 0.5,
    }  # fmt: skip
    what = dice.choices(list(kinds), list(kinds.values()))[0]
    if what in {"window", "edit", "withdraw", "console", "stranger", "dark"}:
        who = "hospital"
    if what in {"refund", "decide", "take_back", "dispense"}:
        who = "employees"
    if what in {"crash", "outage"}:
        who = dice.choice(("web-1", "web-2", "work-1", "work-2"))
    word = {"pay": dice.choice(RESULTS), "say": dice.choice(SAYINGS), "dark": dice.choice(SYSTEMS)}.get(what, "")
    return (at, who, what, bill, word, dice.random())

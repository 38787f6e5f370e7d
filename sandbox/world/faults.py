"""Faults: rules that say where what goes wrong, how often and with which probability from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from sandbox.world.wire import Record

ON_CALLS = {
    "delay", "slow_answer", "error_5xx", "timeout_before_work", "timeout_after_work", "garbled", "unsigned", "down", "refuse", "pretend",
}  # fmt: skip
ON_NOTIFICATIONS = {"delay", "late", "lost", "doubled", "unsigned", "wrong_signature", "wrong_amount"}
ON_REFUNDS = {"abnormal", "closed"}
KNOWN = ON_CALLS | ON_NOTIFICATIONS | ON_REFUNDS
RULES_MAX = 200


class WrongRule(ValueError):
    """A sentence about what is wrong with a rule."""


@dataclass(slots=True)
class Faults:
    seed: int = 1
    notify_time_scale: float = 1.0
    rules: list[Record] = field(default_factory=list)
    _dice: random.Random = field(default_factory=lambda: random.Random(1))

    def replace(self, given: Any) -> None:
        """Take over ``{seed, notify_time_scale, rules}``. Raises WrongRule and changes nothing if something is off."""
        if not isinstance(given, dict) or not isinstance(given.get("rules", []), list):
            raise WrongRule(
                'send an object like {"seed": 1, "rules": [{"where": "his.bill.confirm", "what": "error_5xx", "times": 1}]}'
            )
        rules = [_checked(rule) for rule in given.get("rules", [])][:RULES_MAX]
        seed, scale = given.get("seed", self.seed), given.get("notify_time_scale", self.notify_time_scale)
        if not isinstance(seed, int) or not isinstance(scale, int | float) or scale < 0:
            raise WrongRule("seed is a whole number, notify_time_scale a number of at least 0")
        self.seed, self.notify_time_scale, self.rules = seed, float(scale), rules
        self._dice = random.Random(seed)

    def as_json(self) -> Record:
        return {"seed": self.seed, "notify_time_scale": self.notify_time_scale, "rules": self.rules}

    def strike(self, where: str) -> Record | None:
        """The rule that hits this call, counted down; None for an undisturbed one."""
        for rule in self.rules:
            pattern = rule["where"]
            fits = where.startswith(pattern[:-1]) if pattern.endswith("*") else where == pattern
            if not fits or rule["times"] == 0 or self._dice.random() >= rule["probability"]:
                continue
            if rule["times"] is not None:
                rule["times"] -= 1
            return dict(rule)
        return None


def _checked(rule: Any) -> Record:
    if not isinstance(rule, dict) or not isinstance(rule.get("where"), str):
        raise WrongRule('every rule needs a where, such as "wechatpay.order"')
    if rule.get("what") not in KNOWN:
        raise WrongRule(f"what must be one of {', '.join(sorted(KNOWN))}")
    times, probability = rule.get("times"), rule.get("probability", 1.0)
    if times is not None and (not isinstance(times, int) or times < 0):
        raise WrongRule("times is a whole number, or null for always")
    if not isinstance(probability, int | float) or not 0 <= probability <= 1:
        raise WrongRule("probability lies between 0 and 1")
    return {**rule, "times": times, "probability": float(probability)}

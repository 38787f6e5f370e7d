"""Faults: rules that say where what goes wrong, how often and with which probability from a seed; and the world's settings."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field, ValidationError

from sandbox.world.records import Records
from sandbox.world.settings import SETTINGS, Settings, WrongSetting, changed_settings, default_settings
from sandbox.world.shapes import ABSENT, Asked, Shape, coded, sentence, worded
from sandbox.world.statement_faults import FILE_FAULTS
from sandbox.world.wire import Record

KIND, KEY = "faults", "faults"
RULES_MAX = 200
ON_CALLS = {
    "delay", "slow_answer", "error_5xx", "timeout_before_work", "timeout_after_work", "garbled", "down", "refuse",
}  # fmt: skip
ON_NOTIFICATIONS = {"delay", "late", "lost", "doubled", "reordered"}
SPOILT = {"unsigned", "wrong_signature", "sign_test", "garbled"}
ON_SOME = {
    "wechatpay.refund": {"abnormal", "closed"},
    "wechatpay.close": {"pretend"},
    "wechatpay.query": {"wrong_amount"},
    "wechatpay.bill": FILE_FAULTS,
    "wechat.oauth": {"snapshot"},
    "sms.send": {"undelivered"},
    "wechat.template": {"undelivered"},
    "notify.payment": {*SPOILT, "wrong_amount"},
    "notify.refund": SPOILT,
    "notify.chat": SPOILT,
    "notify.sms": {"garbled"},
}
SAME_WHAT = {
    "reset": "down", "html": "garbled", "refused": "refuse", "refund_abnormal": "abnormal", "refund_closed": "closed",
}  # fmt: skip
SAME_WHERE = {
    "wechatpay.notify": {"notify.payment", "notify.refund"},
    "sms.receipt": {"notify.sms"},
    "wechat.callback": {"notify.chat"},
}
KNOWN = ON_CALLS | ON_NOTIFICATIONS | SPOILT | set().union(*ON_SOME.values()) | set(SAME_WHAT)
UNTRUE = {"unsigned", "wrong_signature", "sign_test"}


class WrongRule(ValueError):
    """A sentence about what is wrong with a rule."""


_EXAMPLE = 'send an object like {"seed": 1, "rules": [{"where": "his.bill.confirm", "what": "error_5xx", "times": 1}]}'
_WHERE = 'every rule needs a where, such as "wechatpay.order"'
_SEED = coded("400", "seed is a whole number, notify_time_scale a number of at least 0")
Amount = Annotated[int | float, Field(ge=0), worded("a number of at least 0")]


class Given(Asked):
    """What is taken over. What is not sent stays as it is, but for the rules: they are gone."""

    rules: Annotated[
        Annotated[list[Any], coded("400", _EXAMPLE)], Field(max_length=RULES_MAX), coded("400", f"at most {RULES_MAX} rules")
    ] = Field(default_factory=list)  # fmt: skip
    seed: Annotated[int, _SEED] = Field(ABSENT, validate_default=False)
    notify_time_scale: Annotated[float, Field(ge=0), _SEED] = Field(ABSENT, validate_default=False)
    settings: Annotated[dict[str, Any], worded("an object")] = Field(default_factory=dict)


class Rule(Asked):
    """What rules may have. ``status``, ``code`` and ``message`` of a refusal are the platform's own."""

    where: Annotated[str, coded("400", _WHERE)] = ABSENT
    what: Annotated[str, worded("the name of a fault; see sandbox/README.md")] = ""
    times: Annotated[Annotated[int, Field(ge=0)] | None, worded("a whole number, or null for always")] = None
    probability: Annotated[float, Field(ge=0, le=1), coded("400", "probability lies between 0 and 1")] = 1.0
    seconds: Amount = 0
    ms: Amount = 0
    fen: Annotated[int, Field(ge=0), worded("a whole number of fen")] = 0
    days: Annotated[int, Field(ge=0), worded("a whole number of days")] = 0


@dataclass(slots=True)
class Faults:
    """``places`` are the names of calls and notifications; the platforms tell theirs when the world is built, with what can
    happen only there (``special``), other names of theirs (``same``) and settings of their own (``offer``). ``struck`` counts by
    kind what this process has struck.
    """

    records: Records = field(default_factory=Records)
    seed: int = 1
    notify_time_scale: float = 1.0
    rules: list[Record] = field(default_factory=list)
    settings: Record = field(default_factory=lambda: default_settings(SETTINGS))
    places: set[str] = field(default_factory=set)
    special: dict[str, set[str]] = field(default_factory=dict)
    same: dict[str, set[str]] = field(default_factory=dict)
    offered: Settings = field(default_factory=lambda: dict(SETTINGS))
    struck: Counter[str] = field(default_factory=Counter)
    _dice: random.Random = field(default_factory=lambda: random.Random(1))

    def offer(self, settings: Settings) -> None:
        """Settings of one platform."""
        self.offered |= settings
        self.settings = default_settings(settings) | self.settings

    def open(self) -> None:
        """Those in force before the restart."""
        kept = self.records.get(KIND, KEY)
        if kept is not None:
            self.seed, self.rules = kept["seed"], kept["rules"]
            self.notify_time_scale = kept["notify_time_scale"]
            self.settings = default_settings(self.offered) | kept["settings"]
            self._dice = random.Random(self.seed)

    def replace(self, given: Any) -> None:
        """Take over what is Given. Raises WrongRule and changes nothing if something is off."""
        asked = _read(given, Given, _EXAMPLE)
        rules = [self._checked(rule) for rule in asked.rules]
        try:
            settings = changed_settings(self.offered, self.settings, asked.settings)
        except WrongSetting as wrong:
            raise WrongRule(str(wrong)) from None
        sent = asked.model_fields_set
        self.seed = asked.seed if "seed" in sent else self.seed
        self.notify_time_scale = asked.notify_time_scale if "notify_time_scale" in sent else self.notify_time_scale
        self.rules, self.settings = rules, settings
        self._dice = random.Random(self.seed)
        self._keep()

    def back(self, notify_time_scale: float) -> None:
        """No rule, everything as it comes."""
        self.replace(
            {"rules": [], "seed": 1, "notify_time_scale": notify_time_scale, "settings": default_settings(self.offered)}
        )

    def as_json(self) -> Record:
        return {
            "seed": self.seed,
            "notify_time_scale": self.notify_time_scale,
            "rules": self.rules,
            "settings": self.settings,
        }

    def _keep(self) -> None:
        self.records.put(KIND, KEY, {**self.as_json(), "rules": [dict(rule) for rule in self.rules]})

    def strike(self, where: str) -> Record | None:
        """The first rule that hits this call, counted down; None for an undisturbed one. ``what`` is the canonical name."""
        for rule in self.rules:
            what = SAME_WHAT.get(rule["what"], rule["what"])
            if rule["times"] == 0 or not self._fits(rule["where"], where) or what not in self._possible(where):
                continue
            if rule["probability"] < 1 and self._dice.random() >= rule["probability"]:
                continue
            if rule["times"] is not None:
                rule["times"] -= 1
                self._keep()
            self.struck[what] += 1
            return {**rule, "what": what}
        return None

    def _checked(self, rule: Any) -> Record:
        asked = _read(rule, Rule, _WHERE)
        known = KNOWN.union(*self.special.values())
        if asked.what not in known:
            raise WrongRule(f"what must be one of {', '.join(sorted(known))}")
        fitting = {place for place in self.places if self._fits(asked.where, place)}
        if not fitting:
            raise WrongRule(f"nothing is called {asked.where}; there are {', '.join(sorted(self.places))}")
        what = SAME_WHAT.get(asked.what, asked.what)
        if not any(what in self._possible(place) for place in fitting):
            raise WrongRule(f"{asked.what} can't happen at {asked.where}; see sandbox/README.md")
        return {**rule, "times": asked.times, "probability": asked.probability}

    def _fits(self, pattern: str, where: str) -> bool:
        if pattern.endswith("*"):
            return where.startswith(pattern[:-1])
        return where == pattern or where in (SAME_WHERE | self.same).get(pattern, ())

    def _possible(self, where: str) -> set[str]:
        own = ON_SOME.get(where, set()) | self.special.get(where, set())
        if where.startswith("bank."):  # nobody calls the bank
            return own
        if where.startswith("notify."):
            return ON_NOTIFICATIONS | own
        return ON_CALLS | own | (UNTRUE if where.startswith(("wechatpay.", "his.")) else set())


def _read(given: Any, shape: type[Shape], otherwise: str) -> Shape:
    """Raises WrongRule; ``otherwise`` is said of what is no object."""
    try:
        return shape.model_validate(given)
    except ValidationError as error:
        raise WrongRule(sentence(error, otherwise)) from None


def seconds_of(fault: Record, otherwise: float) -> float:
    """``ms``, ``seconds``, or what is usual."""
    return float(fault["ms"]) / 1000 if "ms" in fault else float(fault.get("seconds", otherwise))

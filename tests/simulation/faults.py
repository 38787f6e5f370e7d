"""Where the simulator interferes. Each place asks; the seed's weather decides whether and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.simulation.chance import Chance, picked
from tests.simulation.trace import Trace

STORE = ("slow", "lost_before", "lost_after", "outage", "crash_before", "crash_after")
CALL = (
    "not_sent", "lost", "late", "late", "late", "answer_lost", "answer_lost", "cut_before", "cut_after", "error_5xx", "error_after",
    "garbled", "unsigned", "doubled", "slow", "busy", "refuse", "refuse", "crash_before", "crash_after",
)  # fmt: skip
DELIVERY = ("lost", "late", "doubled", "wrong_signature", "wrong_amount", "answer_lost")
RADIO = ("lost", "late", "answer_lost", "answer_lost", "doubled")
CASHIER = ("late_money", "one_fen_more")
REFUND = {"wechatpay.refund": ("abnormal", "closed"), "alipay.refund": ("unmoved",)}
NO = ("no",)
QUEUED = ("queued",)
PURPOSE = ("not_sent", "lost", "late", "late", "answer_lost", "doubled", "slow", "crash_before", "crash_after")
STATEMENT = ("late_file", "half_written", "wrong_total")
WRONG_FEE = "wrong_fee"
"""Of a trade statement: a file that is whole, and says a fen more of a fee than the account shows."""
CLOCK = ("minutes_fast", "minutes_slow", "put_right")
RATES = {
    "store": (0.004, 0.015, 0.05),
    "call": (0.06, 0.2, 0.45),
    "delivery": (0.1, 0.3, 0.6),
    "radio": (0.03, 0.08, 0.25),
    "cashier": (0.1, 0.3, 0.6),
    "refund": (0.2, 0.4, 0.6),
    "his": (0.05, 0.1, 0.4),
    "clock": (0.05, 0.2, 0.5),
    "statement": (0.1, 0.3, 0.6),
}
"""Shares of the visits at which something goes wrong, in calm, rain and storm; each sort has its own weather."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A run that somebody has thought out: of all faults only these, by the call's place and number (``wechatpay.order#1``, in whichever
    process) with ``kind`` and ``dial``, and the outside's ``settings``."""

    faults: Mapping[str, tuple[str, float]]
    settings: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Fault:
    """``kind`` as above; ``dial`` in [0, 1) says how long or how much."""

    label: str
    kind: str
    dial: float


class Faults:
    """``only``: the labels that may strike, for a minimised run; ``planned``: strikes once each instead of weather. Weather: calm, rain or
    storm, and some kinds absent altogether."""

    def __init__(
        self, chance: Chance, trace: Trace, only: frozenset[str] | None = None, planned: Planned | None = None
    ) -> None:
        self._chance = chance
        self._trace = trace
        self._only = only
        self._planned = None if planned is None else dict(planned.faults)
        self.active = True
        self.struck: list[str] = []
        self.kinds_struck: set[str] = set()
        self._strength = {sort: self._weather(sort, rates) for sort, rates in RATES.items()}
        kinds = {
            *QUEUED,
            *STORE,
            *CALL,
            *PURPOSE,
            *DELIVERY,
            *CASHIER,
            *(kind for of in REFUND.values() for kind in of),
            *NO,
            *CLOCK,
            *STATEMENT,
            WRONG_FEE,
        }
        self._absent = {kind for kind in sorted(kinds) if chance.share(f"weather/kind/{kind}") < 0.3}

    def _weather(self, sort: str, rates: Sequence[float]) -> float:
        sky = self._chance.share("weather/sky")
        if sky < 0.1:
            return 0.0
        return picked(rates, self._chance.share(f"weather/{sort}"))

    def at(self, sort: str, label: str, kinds: Sequence[str]) -> Fault | None:
        """The fault that strikes at this visit (``label``), or None."""
        if not self.active:
            return None
        if self._planned is not None:
            return self._as_planned(label)
        strikes, which, dial, _ = self._chance.rolls(f"fault/{label}")
        if strikes >= self._strength[sort] or (self._only is not None and label not in self._only):
            return None
        offered = [kind for kind in kinds if kind not in self._absent]
        if not offered:
            return None
        return self._strike(sort, Fault(label, picked(offered, which), dial))

    def _as_planned(self, label: str) -> Fault | None:
        if not self._planned or (place := label.rpartition(">")[2]) not in self._planned:
            return None
        return self._strike("planned", Fault(label, *self._planned.pop(place)))

    def _strike(self, sort: str, fault: Fault) -> Fault:
        self.struck.append(fault.label)
        self.kinds_struck.add(f"{sort} {fault.kind}")
        self._trace.note("fault", fault.label, fault.kind)
        return fault

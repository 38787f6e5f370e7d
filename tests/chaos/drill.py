"""One crash test from the first morning to the comparison of the books."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from server.payments.refund_model import RefundState
from tests.chaos.books import Books, read_books
from tests.chaos.invariants import Violation, violations, waiting
from tests.chaos.killer import Killer
from tests.chaos.patients import Patients
from tests.chaos.staff import Staff
from tests.end_to_end.installation import Installation

SERVES, WORKERS = 2, 2
EXPIRY_MINUTES = "2"
TIME_SCALE = 0.01
LOOK_EACH_S = 1.0
SETTINGS = {
    "sms_number_day": None, "refund_seconds": 0.5, "refund_pause_seconds": 0, "alipay_refund_pause_seconds": 0,
    "alipay_notify_closed": True, "alipay_notify_refunds": True,
}  # fmt: skip
RULES = [
    *({"where": "notify.*", "what": what, "probability": p} for what, p in (
        ("lost", 0.15), ("doubled", 0.1), ("reordered", 0.1), ("late", 0.1), ("wrong_signature", 0.05), ("sign_test", 0.03))),
    {"where": "notify.payment", "what": "wrong_amount", "probability": 0.03},
    {"where": "notify.payment", "what": "garbled", "probability": 0.03},
    {"where": "wechatpay.close", "what": "pretend", "probability": 0.15},
    {"where": "wechatpay.refund", "what": "closed", "probability": 0.05},
    {"where": "his.bill.confirm", "what": "refuse", "code": "REFUSED", "message": "缴费单已锁定", "probability": 0.05},
    *({"where": where, "what": what, "probability": p} for where in ("wechatpay.*", "alipay.*", "his.*", "wechat.template", "sms.*")
      for what, p in (("error_5xx", 0.03), ("timeout_after_work", 0.02), ("timeout_before_work", 0.02), ("down", 0.03),
                      ("garbled", 0.02))),
    {"where": "wechatpay.*", "what": "unsigned", "probability": 0.03},
    {"where": "his.*", "what": "unsigned", "probability": 0.03},
    {"where": "wechatpay.*", "what": "slow_answer", "ms": 800, "probability": 0.05},
]  # fmt: skip


@dataclass(slots=True)
class Outcome:
    """``waiting``: payments that only time can end, in a drill that does not wait for it."""

    seed: int
    kills: Counter[str] = field(default_factory=Counter)
    restarts: int = 0
    freezes: int = 0
    did: Counter[str] = field(default_factory=Counter)
    gave_back: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    books: Books | None = None
    waiting: int = 0
    violations: list[Violation] = field(default_factory=list)
    killing_s: float = 0.0
    settling_s: float = 0.0


def run_drill(folder: Path, *, kills: int, seed: int, settle_s: float, to_the_end: bool) -> Outcome:
    """``settle_s`` bounds the wait after the last kill. ``to_the_end``: by then nothing may be owed any more, not even by attempts
    that were never paid (they live until they expire); otherwise those that still wait are counted.
    """
    outcome, dice = Outcome(seed), random.Random(seed)
    settings = {"ZHENFU_PAYMENT_EXPIRY_MINUTES": EXPIRY_MINUTES}
    with Installation(folder, serves=SERVES, workers=WORKERS, settings=settings) as world:
        staff = Staff(world, folder, random.Random(dice.random()), in_chat=to_the_end)
        faults = {"seed": seed, "rules": RULES, "notify_time_scale": TIME_SCALE, "settings": SETTINGS}
        assert world.ask("/sandbox/faults", faults, "PUT") is not None
        _under_load(world, staff, dice, kills, outcome)
        _settle(world, staff, outcome, settle_s, to_the_end=to_the_end)
    return outcome


def _under_load(world: Installation, staff: Staff, dice: random.Random, kills: int, outcome: Outcome) -> None:
    began = time.monotonic()
    patients = Patients(world.sandbox_port, random.Random(dice.random()))
    killer = Killer(world, random.Random(dice.random()))
    patients.start()
    staff.start()
    try:
        killer.strike(kills)
        killer.revive_all()
    finally:
        patients.stop()
        staff.stop()
    outcome.kills, outcome.restarts, outcome.did = killer.kills, killer.restarts, patients.did
    outcome.freezes = killer.freezes
    outcome.killing_s = time.monotonic() - began


def _settle(world: Installation, staff: Staff, outcome: Outcome, within_s: float, *, to_the_end: bool) -> None:
    """Undisturbed, until nothing is owed and the books agree, or the time is over."""
    outcome.struck = Counter(world.ask("/sandbox/faults")["struck"])
    world.faults(notify_time_scale=TIME_SCALE)
    began = time.monotonic()
    staff.finish(_requested(world) if to_the_end else [])
    while True:
        books = read_books(world, staff.quiet, staff.looked_at)
        found = violations(books)
        if not found or time.monotonic() - began >= within_s:
            break
        time.sleep(LOOK_EACH_S)
    outcome.gave_back = staff.did
    outcome.books, outcome.waiting = books, len(waiting(books))
    outcome.violations = found if to_the_end else violations(books, finished=False)
    outcome.settling_s = time.monotonic() - began


def _requested(world: Installation) -> list[str]:
    """Refunds for which a second person is waited for."""
    refunds = [refund for payment in read_books(world).payments for refund in payment.refunds]
    return [refund.id for refund in refunds if refund.state is RefundState.REQUESTED]

"""Where the sources conflict about WeChat Pay's orders (docs/protocols/wechat_pay_v3.md, Corrections), the app is right under both readings.

The moment at which they differ is too rare for seeds: an order is still on its way when a second phone has it closed. So it is planned.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from tests.simulation.faults import Planned
from tests.simulation.mutants.orders import close_of_nothing_is_closed, closed_must_be_known
from tests.simulation.mutants.patching import Patches
from tests.simulation.run import Outcome, run
from tests.simulation.script import Step

OFFICIAL = {"wechatpay_close_unknown": "refuse", "wechatpay_order_changed": "used"}
MEASURED = {"wechatpay_close_unknown": "close", "wechatpay_order_changed": "invalid"}
LATE = {"wechatpay.order#1": ("late", 0.9)}
"""The first order arrives half a minute after its caller has given up."""
LOST = {"wechatpay.order#1": ("lost", 0.0)}
SLOW = {"wechatpay.order#1": ("slow", 0.4)}
"""The first order arrives after 1.6 s, while its caller still waits for the answer."""
SEED = 4
"""Phone 1 is WeChat's, phone 2 another person's; nothing else disturbs them."""


def played(settings: dict[str, str], faults: dict[str, tuple[str, float]]) -> Outcome:
    """Phone 1 orders, phone 2 wants to pay the same bill while nobody knows what became of that order."""
    second_at = 1.6 if faults is SLOW else 20.0
    steps = (Step(0, 1.0, "phone-1", "start", (0,), "known"), Step(1, second_at, "phone-2", "start", (0,), "known"))
    return run(SEED, planned=Planned(faults, settings), written=steps)


@pytest.mark.parametrize("settings", [OFFICIAL, MEASURED], ids=["official", "measured"])
@pytest.mark.parametrize("faults", [LATE, LOST, SLOW], ids=["late", "lost", "slow"])
def test_closing_an_order_on_its_way_is_right_either_way(
    settings: dict[str, str], faults: dict[str, tuple[str, float]]
) -> None:
    outcome = played(settings, faults)
    assert outcome.problems == ()
    waits = re.search(r"phone-2 +start +AlreadyPaid being closed$", outcome.trace, re.MULTILINE) is not None
    assert waits == (settings is OFFICIAL)
    refused = re.search(r"wechatpay\.order \S+ +400 INVALID_REQUEST$", outcome.trace, re.MULTILINE) is not None
    assert refused == (settings is MEASURED and faults is SLOW)


@pytest.mark.parametrize("settings", [OFFICIAL, MEASURED], ids=["official", "measured"])
def test_an_order_that_was_lost_holds_nobody_up_for_long(settings: dict[str, str]) -> None:
    trace = played(settings, LOST).trace
    closed_at = re.search(r"^ *([\d.]+) .* v\d+ closed ", trace, re.MULTILINE)
    assert closed_at is not None
    assert float(closed_at[1]) < 90.0


@pytest.mark.parametrize(
    ("mutant", "unsafe_under", "by"),
    [(close_of_nothing_is_closed, OFFICIAL, "closed before"), (closed_must_be_known, MEASURED, "(b)")],
    ids=["official", "measured"],
)
def test_an_app_that_believes_one_reading_is_noticed_under_the_other(
    mutant: Callable[[], Patches], unsafe_under: dict[str, str], by: str
) -> None:
    for settings in (OFFICIAL, MEASURED):
        with ExitStack() as stack:
            for patch in mutant():
                stack.enter_context(patch)
            problems = played(settings, LATE).problems
        assert any(by in problem for problem in problems) == (settings is unsafe_under), problems

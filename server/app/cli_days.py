"""`run.py reconcile --hospital H --day D`: a hospital's day of every channel, fetched, matched and closed as a worker does it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from server.app import bootstrap
from server.app.cli_reconcile import CLOSED, DIFFERING, NOT_RUN, result_lines
from server.app.process import Process
from server.app.reconciling import Reconciling
from server.app.shell_user import operator
from server.core.ports import Clock
from server.reconciliation.day_model import CLOSED_STATES, DayState, ReconciliationDay
from server.reconciliation.days_before import first_to_match
from server.reconciliation.model import Leg
from server.reconciliation.rules.days import opened
from server.reconciliation.rules.result_text import result_from_text
from server.reconciliation.texts import DAY_STATES, LEG_ANSWERS, LEGS

if TYPE_CHECKING:
    from settings import Settings

ROUNDS_MAX = 20
LOOKS_EACH_S = 0.5


def run(settings: Settings, hospital: str, day: date) -> int:
    """The exit status: closed, differing, or could not run (a leg is not there yet). The worst of all channels counts."""

    async def act(process: Process) -> list[tuple[ReconciliationDay, ReconciliationDay | None]]:
        channels, parts = sorted(process.parts.services.hospitals[hospital].channels), process.parts.days
        done = await reconciled(parts, hospital, channels, day, process.clock)
        return [(each, await first_to_match(parts.ledger.documents, each)) for each in done]

    return max([_told(each, first) for each, first in bootstrap.once(settings, act)], default=NOT_RUN)


async def reconciled(
    days: Reconciling, hospital: str, channels: Sequence[str], day: date, clock: Clock
) -> list[ReconciliationDay]:
    """The day of each channel after everything that it owes now has been done; one that is there already is matched again."""
    found = []
    for channel in channels:
        fresh = opened(hospital, channel, day, clock.now(), clock.now())
        if await days.ledger.documents.get(hospital, fresh.id) is None:
            await days.ledger.insert(fresh)
        else:
            await days.decisions.run_again(hospital, fresh.id, operator())
        found.append(await _worked(days, hospital, fresh.id, clock))
    return found


async def _worked(days: Reconciling, hospital: str, day_id: str, clock: Clock) -> ReconciliationDay:
    """A worker may be faster: what it holds under its lease is waited for, for as long as a lease lasts."""
    until, rounds = clock.now() + timedelta(seconds=2 * days.runner.pace.lease_s), 0
    while rounds < ROUNDS_MAX and clock.now() < until:
        day = await days.ledger.documents.get(hospital, day_id)
        if day is not None and (day.next_due is None or day.next_due > clock.now()):
            if all(effect.lease is None for effect in day.effects):
                return day
            await clock.sleep(LOOKS_EACH_S)
            continue
        await days.runner.run_due(hospital, day_id)
        rounds += 1
    raise RuntimeError(f"{day_id} never comes to rest")


def _told(day: ReconciliationDay, first: ReconciliationDay | None = None) -> int:
    """``first`` is the day that must be matched before this one can be."""
    print(f"{day.channel} {day.day} {DAY_STATES[day.state]}")
    for leg in day.legs:
        if not leg.sha256:
            print(f"{LEGS[leg.leg]}：{LEG_ANSWERS[leg.answer]}")
    if not day.result:
        print(f"不能对账：{_why_not(first)}", file=sys.stderr)
        return NOT_RUN
    fund = day.leg(Leg.FUND)
    print(*result_lines(result_from_text(day.result), fund.balance if fund else None), sep="\n")
    return CLOSED if day.state in CLOSED_STATES else DIFFERING if day.state is DayState.DIFFERING else NOT_RUN


def _why_not(first: ReconciliationDay | None) -> str:
    if first is None:
        return "账单还没有齐。"
    command = f"python run.py reconcile --hospital {first.hospital} --day {first.day}"
    return f"{first.day} 还没有对完账，它带过来的账要先对。请先运行：{command}，再逐日往后。"

"""The days of a run are closed: statements are fetched under faults, legs are matched, finance decides what needs a person.

Only some seeds close their days (`SHARE`); what a run does before is the same with and without it. What must hold is in `day_checks`.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING

from server.app.wiring import Composition
from server.core.days import HOSPITAL_ZONE, hospital_day
from server.core.errors import NotAllowed, ZhenfuError
from server.effects.model import LOOKS, EffectKind
from server.reconciliation.day_model import CLOSED_STATES, DispositionAct, ReconciliationDay
from server.reconciliation.model import RowKind
from server.reconciliation.rules.days import opened, undecided
from server.reconciliation.rules.result_text import result_from_text
from tests.simulation.chance import picked
from tests.simulation.day_bank import DayBank
from tests.simulation.day_books import ACCOUNTS, money_days
from tests.simulation.day_further import FurtherSide
from tests.simulation.day_mishaps import his_forgets, windows_take
from tests.simulation.finance import Finance
from tests.simulation.line import at_once
from tests.simulation.paying import Paying
from tests.simulation.process import ConnectionLost

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

SHARE = 0.08
MIDNIGHT_S, NEAR_S = 57_600, 2400
"""Second of the simulated day (UTC) at which the hospital's next day begins. A run that begins shortly before has money on both."""
MORNING = time(10, 6)
"""The first round after statements may be asked for."""
FAULTS_S = (600.0, 5400.0)
"""Ends before a fund statement or a list is given up (six hours), so that in the end every leg is there."""
RESTS_WITHIN_S = 20 * 3600.0
MORNINGS_MAX = 9
FIRST, SECOND = "staff:3001", "staff:3002"
REMARK = "已核实"
SENDS_BACK = 0.5
"""How often finance sends money back that the HIS has lost."""
AGAIN = 0.3
"""How often finance has a closed day matched again."""
OF_ONE_ROW = tuple(act for act in DispositionAct if act is not DispositionAct.LINK)
"""What finance may decide of a single row; linking takes two whose money cancels out."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What finance has decided about a discrepancy, as finance remembers it."""

    day: str
    discrepancy: str
    act: DispositionAct


@dataclass
class DayClosing:
    world: SimulatedWorld
    begun: bool = False
    others: set[str] = field(default_factory=set)
    """Order numbers of windows and kiosks."""
    forgotten: set[str] = field(default_factory=set)
    """Payments that the HIS had booked and has lost."""
    decided: list[Decided] = field(default_factory=list)
    results: dict[str, ReconciliationDay] = field(default_factory=dict)
    """Each closed day before a person had it matched again. The same files give the same result."""

    @cached_property
    def bank(self) -> DayBank:
        return DayBank(self.world)

    @cached_property
    def further(self) -> FurtherSide:
        return FurtherSide(self.world)

    @property
    def wanted(self) -> bool:
        if self.world.paying is not Paying.BILLS:
            return False
        near_midnight = 0 < MIDNIGHT_S - 86_400 * self.world.chance.share("morning") < NEAR_S
        return near_midnight or self.world.chance.share("closes its days") < SHARE

    def sent_back(self, payment_id: str) -> bool:
        """Has finance decided that the payment's money goes back?"""
        about = f"{RowKind.PAYMENT}:{payment_id}"
        return any((each.discrepancy, each.act) == (about, DispositionAct.SEND_BACK) for each in self.decided)

    async def run(self, finance: Finance) -> None:
        """Morning after morning, until every day with money is closed and nothing waits for the day after it."""
        world, moved = self.world, money_days(self.world)
        if not moved:
            return
        world.trace.note("time", "the days are closed")
        self.others, self.forgotten = windows_take(world), his_forgets(world)
        self._reconciled_before(min(moved) - timedelta(days=1))
        self.begun = True
        world.tasks.kinds |= {EffectKind.OPEN_DAYS, EffectKind.DAYS_AGAIN}
        self.bank.begin()
        for worker in world.work:
            worker.work_on_days()
        for _ in range(MORNINGS_MAX):
            await self._morning(finance)
            if hospital_day(world.clock.now()) > max(money_days(world)) and not self._waits():
                break
        await self._compared_anew(finance)
        await self._again(finance)
        self._read_of_unannounced()

    def _reconciled_before(self, day: date) -> None:
        """The hospital has closed its days so far, so the rounds go on from there."""
        now = self.world.clock.now()
        for channel in ACCOUNTS:
            at_once(self.world.database.stores.days.insert(opened(self.world.hospital_id, channel, day, now, now)))

    async def _morning(self, finance: Finance) -> None:
        world = self.world
        now = world.clock.now().astimezone(HOSPITAL_ZONE)
        morning = datetime.combine(now.date(), MORNING, HOSPITAL_ZONE)
        morning += timedelta(days=1) if morning <= now else timedelta()
        await asyncio.sleep((morning - now).total_seconds())
        world.outside.tick()  # the platforms pay out the day before
        world.faults.active = True
        await world.tasks.done_once_more(EffectKind.OPEN_DAYS)
        faults_s = world.dial(*FAULTS_S, world.chance.visit("days/faults"))
        await asyncio.sleep(faults_s / 2)
        await self._decide_all()
        await asyncio.sleep(faults_s / 2)
        world.calm()
        await self._rest(finance)
        await self.bank.hand_in()
        await self._rest(finance)
        while await self._decide_all():
            await self._rest(finance)

    async def _rest(self, finance: Finance) -> None:
        """Until no day owes anything, and no payment anything but a look."""
        world, end = self.world, self.world.loop.time() + RESTS_WITHIN_S
        while world.loop.time() < end:
            world.outside.hospital.queue.land_due()
            finance.work()
            await finance.ends_what_is_stuck()
            due = self._owed()
            if not due and not finance.has_work():
                return
            left = min(((moment - world.clock.now()).total_seconds() for moment in due), default=0.0)
            await asyncio.sleep(min(max(left, 5.0), 1800.0))

    def _owed(self) -> list[datetime]:
        database = self.world.database
        effects = [each for payment in database.payments() for each in payment.effects if each.kind not in LOOKS]
        of_a_day = database.next_day_due()
        return [each.due_at for each in effects] + ([of_a_day] if of_a_day is not None else [])

    def _waits(self) -> bool:
        """Does yesterday's result carry rows that nobody has counted yet?"""
        yesterday = hospital_day(self.world.clock.now()) - timedelta(days=1)
        of_yesterday = [day for day in self.world.database.days() if day.day == yesterday and day.result]
        return any(not each.counted for day in of_yesterday for each in result_from_text(day.result).carried)

    def _read_of_unannounced(self) -> None:
        """What somebody has refunded in a console without a word stands in the day's statement: from then on it counts as announced. What goes
        beyond what was paid, because people said that the payer had the money another way, is kept as unclaimed.
        """
        world = self.world
        console = [refund for channel in world.channels for refund in channel.refunds() if refund.in_console]
        unclaimed = at_once(world.database.stores.unclaimed.latest(world.hospital_id, 1000))
        for payment_id in list(world.unannounced):
            payment = world.database.payment(payment_id)
            known = {refund.id for refund in payment.refunds} if payment is not None else set()
            unknown = {refund.out_refund_no for refund in console if refund.out_trade_no == payment_id} - known
            kept = {no for no in unknown for money in unclaimed if money.id.endswith(f"{payment_id}:{no}")}
            if not unknown:
                del world.unannounced[payment_id]
            elif unknown > kept:
                world.trace.problem(
                    f"(j) {world.shorter(payment_id)}: a statement lists a refund that nobody has recorded"
                )

    # ---- what people do ------------------------------------------------------------------------------------------------------------

    async def _decide_all(self) -> bool:
        """What no repair is about, finance decides. True if there was anything."""
        found = [(day, each.id) for day in self.world.database.days() if not _under_way(day) for each in undecided(day)]
        for day, discrepancy in found:
            await self._decide(day, discrepancy)
        return bool(found)

    async def _decide(self, day: ReconciliationDay, discrepancy: str) -> None:
        world, hospital, door = self.world, self.world.hospital_id, self.world.web[0]
        act = self._picked_act(day, discrepancy)
        last = day.disposition(discrepancy)
        if last is None and any((each.day, each.discrepancy) == (day.id, discrepancy) for each in self.decided):
            world.trace.problem(f"(j) {day.id}: what finance decided about {discrepancy} is gone")

        async def decide(parts: Composition, act: DispositionAct) -> None:
            decisions = parts.days.decisions
            await decisions.record(await decisions.proposed(hospital, day.id, [discrepancy], act, FIRST), REMARK)
            world.trace.note("finance", f"decides {act}", f"{day.id} {discrepancy.partition(':')[0]}")
            self.decided.append(Decided(day.id, discrepancy, act))

        with suppress(ConnectionLost, ZhenfuError):
            if last is None or last.holds:
                try:
                    await door.ask(partial(decide, act=act))
                except NotAllowed:  # its money may not go back now
                    await door.ask(partial(decide, act=DispositionAct.CONFIRM))
        with suppress(ConnectionLost, ZhenfuError):
            await door.ask(lambda parts: parts.days.decisions.agree(hospital, day.id, discrepancy, SECOND))

    def _picked_act(self, day: ReconciliationDay, discrepancy: str) -> DispositionAct:
        chance, lost = self.world.chance, discrepancy.partition(":")[2] in self.forgotten
        if lost and chance.share(f"finance/{day.id}/{discrepancy}/sends back") < SENDS_BACK:
            return DispositionAct.SEND_BACK
        return picked(OF_ONE_ROW, chance.share(f"finance/{day.id}/{discrepancy}"))

    async def _compared_anew(self, finance: Finance) -> None:
        """What our books say otherwise by now is seen without anybody asking for it."""
        await self.world.tasks.done_once_more(EffectKind.DAYS_AGAIN)
        await self._rest(finance)
        while await self._decide_all():
            await self._rest(finance)

    async def _again(self, finance: Finance) -> None:
        """A person has closed days matched again. Where nothing has changed, nothing may change; what else it shows, finance decides."""
        world = self.world
        for day in world.database.days():
            if day.state in CLOSED_STATES and world.chance.share(f"again/{day.id}") < AGAIN:
                self.results[day.id] = day
                await world.web[0].ask(partial(_run_again, hospital=world.hospital_id, day_id=day.id))
        await self._rest(finance)
        while await self._decide_all():
            await self._rest(finance)


async def _run_again(parts: Composition, hospital: str, day_id: str) -> None:
    await parts.days.decisions.run_again(hospital, day_id, FIRST)


def _under_way(day: ReconciliationDay) -> bool:
    return not day.result or day.next_due is not None

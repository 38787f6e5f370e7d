"""对账 in the console: the month's days, one day with its differences, and what people decide about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from server.alerts.ports import AlertStore
from server.console.rules import Room, must_enter
from server.core.days import hospital_day
from server.core.errors import BadInput, NotFound
from server.core.ports import Clock
from server.reconciliation.day_model import DispositionAct, ReconciliationDay
from server.reconciliation.day_work import DIFFERS, WAITS
from server.reconciliation.days_before import first_to_match
from server.reconciliation.decisions import DayDecisions, Proposal, Summary
from server.reconciliation.ports import DayStore
from server.reconciliation.rules.days import REMARK_CHARS
from server.reconciliation.sending_back import sent_fen
from server.refunds.authorization import Authorization
from server.refunds.permission import RefundPermission
from server.staff.model import Staff
from server.staff.proofs import Proof
from server.staff.rules.auth_events import Asked
from server.staff.service import StaffService

YEARS = range(2000, 2200)
DAYS_OF_MONTH_MAX = 400
"""More days of a month than a hospital with a dozen channels has."""


class DayRoom:
    def __init__(
        self,
        days: DayStore,
        decisions: DayDecisions,
        alerts: AlertStore,
        permission: RefundPermission,
        staff: StaffService,
        clock: Clock,
    ) -> None:
        self._days = days
        self._decisions = decisions
        self._alerts = alerts
        self._permission = permission
        self._authorization = Authorization(staff, permission, Asked.DIFFERENCES)
        self._staff = staff
        self._clock = clock

    def this_month(self) -> date:
        return hospital_day(self._clock.now()).replace(day=1)

    async def month(self, actor: Staff, first: date) -> tuple[ReconciliationDay, ...]:
        """Every channel's days of the month that begins with ``first``, the newest first."""
        must_enter(actor, Room.DAYS)
        if first.year not in YEARS:
            raise BadInput("month", user_message="月份不正确。")
        after = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
        return tuple(await self._days.latest(actor.hospital, DAYS_OF_MONTH_MAX, after, first))

    async def day(self, actor: Staff, day_id: str) -> ReconciliationDay:
        must_enter(actor, Room.DAYS)
        day = await self._days.get(actor.hospital, day_id)
        if day is None:
            raise NotFound("day", user_message="没有找到这一天的对账。")
        return day

    async def first_to_match(self, day: ReconciliationDay) -> ReconciliationDay | None:
        """The day that must be matched before ``day`` can be; None where there is none."""
        return None if day.result else await first_to_match(self._days, day)

    async def told_at(self, day: ReconciliationDay) -> datetime | None:
        """When finance were last told that ``day`` waits or differs; None where they were not, or it does no more."""
        alerts = [await self._alerts.get(day.hospital, f"{kind}:{day.id}") for kind in (WAITS, DIFFERS)]
        return max((each.said_at for each in alerts if each and each.live and each.said_at), default=None)

    async def summary(self, actor: Staff, day_id: str, ids: Sequence[str], act: DispositionAct, remark: str) -> Summary:
        """What a decision would do, before it is done. Raises as `proposed`."""
        must_enter(actor, Room.DAYS)
        _must_be_complete(ids, remark)
        return await self._decisions.summary(actor.hospital, day_id, ids, act, actor.as_actor)

    async def proposed(
        self, actor: Staff, day_id: str, ids: Sequence[str], act: DispositionAct, remark: str
    ) -> Proposal:
        """Before PIN and TOTP are used. Raises BadInput, NotFound, NotAllowed."""
        must_enter(actor, Room.DAYS)
        _must_be_complete(ids, remark)
        return await self._decisions.proposed(actor.hospital, day_id, ids, act, actor.as_actor)

    async def decide(
        self, actor: Staff, day_id: str, ids: Sequence[str], act: DispositionAct, remark: str, proof: Proof
    ) -> ReconciliationDay:
        """All of ``ids`` or none. Raises BadInput, NotFound, NotAllowed, TooManyTries."""
        proposal = await self.proposed(actor, day_id, ids, act, remark)
        await self._staff.prove(actor, proof, Asked.DIFFERENCES)
        return await self._decisions.record(proposal, remark)

    async def agree(self, actor: Staff, day_id: str, discrepancy: str, proof: Proof) -> ReconciliationDay:
        """The second person, who is another human being than the first. Money that goes back counts against their limits, as in refunds.

        Raises NotFound, NotAllowed, TooManyTries.
        """
        day = await self.day(actor, day_id)
        last = day.disposition(discrepancy)
        if last is None or last.holds:
            raise NotFound("disposition", user_message="这条差异没有待复核的处理。")
        payment = await self._decisions.payment_sent_back(actor.hospital, last)
        if payment is None:
            await self._permission.must_be_second_without_payment(actor, "", last.by, 0)
            await self._staff.prove(actor, proof, Asked.DIFFERENCES)
            return await self._decisions.agree(actor.hospital, day_id, discrepancy, actor.as_actor)
        fen = sent_fen(payment)
        await self._permission.must_be_second(actor, payment, last.by, fen)
        async with self._authorization.by(actor, proof, fen):
            return await self._decisions.agree(actor.hospital, day_id, discrepancy, actor.as_actor)

    async def run_again(self, actor: Staff, day_id: str) -> ReconciliationDay:
        await self.day(actor, day_id)
        return await self._decisions.run_again(actor.hospital, day_id, actor.as_actor)


def _must_be_complete(ids: Sequence[str], remark: str) -> None:
    if not ids:
        raise BadInput("pick", user_message="请先勾选要处理的差异。")
    if len(remark.strip()) not in REMARK_CHARS:
        raise BadInput("remark", user_message="请填写原因，2至200字。")

"""What a person decides about differences: several at once, with a summary before anything happens, and a second person over a limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.core.errors import NotFound
from server.core.ports import Clock
from server.effects.ledger import Ledger
from server.payments.hospital import Hospital
from server.reconciliation.day_model import Disposition, DispositionAct, ReconciliationDay
from server.reconciliation.rules import days as rules
from server.reconciliation.rules.linking import linked_with, partners

AT_ONCE_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a decision about several differences would do."""

    count: int
    difference_fen: int
    second_needed: int


class DayDecisions:
    def __init__(self, hospitals: Mapping[str, Hospital], ledger: Ledger[ReconciliationDay], clock: Clock) -> None:
        self._hospitals = hospitals
        self._ledger = ledger
        self._clock = clock

    async def summary(
        self, hospital: str, day_id: str, ids: Sequence[str], act: DispositionAct = DispositionAct.CONFIRM
    ) -> Summary:
        """Raises NotFound for a difference that is not there, or not open any more; BadInput for a link of what is no pair."""
        found = await self._open(hospital, day_id, ids)
        partners(act, found)
        return Summary(
            count=len(found),
            difference_fen=sum(found.values()),
            second_needed=sum(self._needs_second(hospital, fen) for fen in found.values()),
        )

    async def decide(
        self, hospital: str, day_id: str, ids: Sequence[str], act: DispositionAct, by: str, remark: str
    ) -> ReconciliationDay:
        """All of ``ids`` or none; LINK takes two. Raises NotFound, NotAllowed, BadInput."""
        found, now = await self._open(hospital, day_id, ids), self._clock.now()
        others = partners(act, found)
        made = [
            Disposition(
                discrepancy=each, act=act, by=by, at=now, remark=remark.strip(), difference_fen=fen, other=others.get(each, ""),
                needs_second=self._needs_second(hospital, fen),
            )
            for each, fen in found.items()
        ]  # fmt: skip

        def all_decided(day: ReconciliationDay) -> ReconciliationDay:
            for each in made:
                day = rules.decided(day, each, now)
            return day

        return await self._ledger.apply(hospital, day_id, all_decided)

    async def agree(self, hospital: str, day_id: str, discrepancy: str, by: str) -> ReconciliationDay:
        """The second person. Raises NotFound, NotAllowed."""
        now = self._clock.now()

        def both_ends_agreed(day: ReconciliationDay) -> ReconciliationDay:
            for each in linked_with(day, discrepancy):
                day = rules.agreed(day, each, by, now)
            return day

        return await self._ledger.apply(hospital, day_id, both_ends_agreed)

    async def run_again(self, hospital: str, day_id: str, by: str) -> ReconciliationDay:
        now = self._clock.now()
        return await self._ledger.apply(hospital, day_id, lambda day: rules.run_again(day, by, now))

    def _needs_second(self, hospital: str, difference_fen: int) -> bool:
        return abs(difference_fen) > self._hospitals[hospital].second_over_fen

    async def _open(self, hospital: str, day_id: str, ids: Sequence[str]) -> dict[str, int]:
        day = await self._ledger.documents.get(hospital, day_id)
        found = {each.id: each.difference_fen for each in rules.undecided(day)} if day is not None else {}
        if not ids or len(ids) > AT_ONCE_MAX or any(each not in found for each in ids):
            raise NotFound("discrepancy", user_message="没有找到这条差异，请刷新后再看。")
        return {each: found[each] for each in dict.fromkeys(ids)}

"""差异 over several days: one list with filters and saved views, and decisions about several of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from server.console.day_room import DayRoom
from server.console.rules import Room, must_enter
from server.console.saved_views import ViewsOfRoom
from server.core.days import hospital_day
from server.core.errors import BadInput, Refusal
from server.core.ports import Clock
from server.reconciliation.day_model import DispositionAct
from server.reconciliation.decisions import AT_ONCE_MAX, DayDecisions, Summary, together
from server.reconciliation.ports import DayStore
from server.reconciliation.rules.difference_list import DifferenceSearch, Listed, as_facts, from_facts, listed
from server.staff.model import Staff
from server.staff.proofs import Proof
from server.staff.rules.auth_events import Asked
from server.staff.service import StaffService

DAYS_MAX = 62
USUAL_DAYS = 31
DOCUMENTS_MAX = 800
"""More than DAYS_MAX days of a hospital with a dozen channels."""


class DifferenceRoom:
    def __init__(
        self, days: DayStore, room: DayRoom, decisions: DayDecisions, staff: StaffService, clock: Clock
    ) -> None:
        self._days = days
        self._room = room
        self._decisions = decisions
        self._staff = staff
        self._clock = clock
        self.views = ViewsOfRoom(staff, Room.DAYS)

    def usual(self) -> tuple[date, date]:
        """The days that are shown to who asks for none: the last USUAL_DAYS until yesterday."""
        yesterday = hospital_day(self._clock.now()) - timedelta(days=1)
        return yesterday - timedelta(days=USUAL_DAYS - 1), yesterday

    async def found(self, actor: Staff, search: DifferenceSearch) -> tuple[Listed, ...]:
        """Raises NotAllowed, BadInput for days the wrong way round, or too many."""
        must_enter(actor, Room.DAYS)
        if not 0 <= (search.until - search.since).days < DAYS_MAX:
            raise BadInput("days", user_message=f"日期要从早到晚，最多{DAYS_MAX}天。")
        after = search.until + timedelta(days=1) if search.until < date.max else None
        days = await self._days.latest(actor.hospital, DOCUMENTS_MAX, after, search.since)
        return listed(days, search)

    async def summary(
        self, actor: Staff, picks: Sequence[tuple[str, str]], act: DispositionAct, remark: str
    ) -> Summary:
        """``picks`` are (day's id, difference's id). What a decision would do. Raises BadInput, NotFound, NotAllowed."""
        return together([await self._room.summary(actor, day, ids, act, remark) for day, ids in _by_day(picks)])

    async def decide(
        self, actor: Staff, picks: Sequence[tuple[str, str]], act: DispositionAct, remark: str, proof: Proof
    ) -> int:
        """How many are decided: each day's all or none. Fewer than were picked where a day has changed meanwhile. Raises as `summary`, and
        what the first day raises.
        """
        proposals = [await self._room.proposed(actor, day, ids, act, remark) for day, ids in _by_day(picks)]
        await self._staff.prove(actor, proof, Asked.DIFFERENCES)
        done = 0
        for proposal in proposals:
            try:
                await self._decisions.record(proposal, remark)
            except Refusal:
                if not done:
                    raise
                continue
            done += len(proposal.found)
        return done

    async def keep(self, actor: Staff, name: str, search: DifferenceSearch) -> None:
        """Raises NotAllowed, BadInput."""
        must_enter(actor, Room.DAYS)
        await self.views.keep(actor, name, as_facts(search))

    def view(self, actor: Staff, name: str) -> DifferenceSearch:
        """The search of this name, for so many days until yesterday. Raises NotFound."""
        facts, until = self.views.facts(actor, name), self.usual()[1]
        return from_facts(facts, until - timedelta(days=facts["days"] - 1), until)


def _by_day(picks: Sequence[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """One day without a difference where nothing is picked, which the day then refuses. Raises BadInput for too many."""
    if len(picks) > AT_ONCE_MAX:
        raise BadInput("too many", user_message=f"一次最多处理{AT_ONCE_MAX}条。")
    found: dict[str, list[str]] = {} if picks else {"": []}
    for day, each in picks:
        found.setdefault(day, []).append(each)
    return list(found.items())

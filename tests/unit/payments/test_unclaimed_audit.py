"""What the audit finds in the history of unclaimed money. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import LeaseLost
from server.core.history import HistoryEvent
from server.effects.model import Effect, EffectKind
from server.payments.rules.unclaimed_returns import (
    REFUSED,
    RETURNED,
    lines_audited,
    unclaimed_contradictions,
    unclaimed_events,
)
from server.payments.unclaimed_model import UnclaimedState
from tests.support.unclaimed_returns import ASKING, MONEY, NOW, ONE, OTHER, QUERY, SEAL


def a_line(what: str, by: str = OTHER, **detail: str) -> HistoryEvent:
    return HistoryEvent(at=NOW, what=what, by=by, detail=detail)


PROPOSED = a_line("unclaimed_proposed", ONE, act="send_back")
AGREED = a_line("unclaimed_agreed", act="send_back", proposed_by=ONE)
AGREED_ELSEWHERE = a_line("unclaimed_agreed", act="settled_elsewhere", proposed_by=ONE)


class TestAudit:
    LINES = (PROPOSED, AGREED, a_line(RETURNED, "channel:wechat"))

    def test_its_lines_are_named_by_kind_and_place(self) -> None:
        money = replace(MONEY, history=self.LINES)
        assert [event.id for event in unclaimed_events(money)] == [f"unclaimed/wechat:42/{n}" for n in range(3)]
        assert [event.id for event in unclaimed_events(money, 2)] == ["unclaimed/wechat:42/2"]

    @pytest.mark.parametrize(("upto", "owed"), [(2, True), (3, False)])
    def test_lines_that_came_meanwhile_are_written_next(self, upto: int, owed: bool) -> None:
        seal = replace(SEAL, lease="worker-1", tries=4)
        money = replace(ASKING, history=self.LINES, effects=(QUERY, seal))
        later = NOW + timedelta(seconds=9)
        after = lines_audited(money, upto, "worker-1", later)
        again = (Effect(kind=EffectKind.SEAL, due_at=later),)
        assert after == replace(money, version=6, audited_lines=upto, effects=(QUERY, *again) if owed else (QUERY,))
        assert lines_audited(replace(money, audited_lines=3), upto, "worker-1", later).audited_lines == 3
        with pytest.raises(LeaseLost):
            lines_audited(money, upto, "worker-2", later)

    @pytest.mark.parametrize(
        ("history", "leads_to"),
        [
            ((), UnclaimedState.OPEN),
            ((PROPOSED,), UnclaimedState.OPEN),
            ((PROPOSED, AGREED), UnclaimedState.RETURNING),
            ((PROPOSED, AGREED_ELSEWHERE), UnclaimedState.SETTLED),
            (LINES, UnclaimedState.SETTLED),
            ((PROPOSED, AGREED, a_line(REFUSED, "channel:wechat")), UnclaimedState.OPEN),
            ((PROPOSED, AGREED, a_line(REFUSED, "channel:wechat"), PROPOSED), UnclaimedState.OPEN),
        ],
    )
    def test_a_history_leads_to_one_state(self, history: tuple[HistoryEvent, ...], leads_to: UnclaimedState) -> None:
        for state in UnclaimedState:
            said = unclaimed_contradictions(replace(MONEY, history=history, state=state))
            assert said == (() if state is leads_to else (f"it is {state}, and its history leads to {leads_to}",))

    @pytest.mark.parametrize(
        ("state", "further"),
        [
            (UnclaimedState.SETTLED, (replace(AGREED_ELSEWHERE, by=ONE),)),
            (UnclaimedState.RETURNING, (replace(AGREED, by=ONE),)),
            (UnclaimedState.SETTLED, (replace(AGREED, by=ONE), LINES[2])),
            (UnclaimedState.RETURNING, (replace(AGREED, by=ONE), a_line(REFUSED), PROPOSED, AGREED)),
        ],
    )
    def test_one_person_alone_ends_nothing(self, state: UnclaimedState, further: tuple[HistoryEvent, ...]) -> None:
        """Whatever came of it since: only the last line was looked at before, so that an arrival covered it up."""
        money = replace(MONEY, history=(PROPOSED, *further), state=state)
        assert unclaimed_contradictions(money) == ("one person alone ended it",)

    @pytest.mark.parametrize(("what", "state"), [(RETURNED, UnclaimedState.SETTLED), (REFUSED, UnclaimedState.OPEN)])
    @pytest.mark.parametrize(
        "before", [(PROPOSED,), (PROPOSED, AGREED_ELSEWHERE)], ids=["agreed by nobody", "elsewhere"]
    )
    def test_nothing_goes_back_that_no_two_people_sent_back(
        self, before: tuple[HistoryEvent, ...], what: str, state: UnclaimedState
    ) -> None:
        money = replace(MONEY, history=(*before, a_line(what)), state=state)
        assert unclaimed_contradictions(money) == (
            "a refund of it went to the channel, and no two people had sent it back",
        )

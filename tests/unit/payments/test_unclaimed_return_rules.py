"""What the channel says of unclaimed money on its way back, what people must look at meanwhile, and what the audit finds. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from server.alerts.model import Alert
from server.core.errors import LeaseLost, NotAllowed
from server.core.history import HistoryEvent
from server.effects.model import PACE_S, Effect, EffectKind
from server.payments.rules.trades import ChannelRefund, RefundOutcome
from server.payments.rules.unclaimed_returns import (
    REFUSED,
    RETURNED,
    after_failure,
    is_number_of_return,
    lines_audited,
    money_told_of,
    return_answered,
    unclaimed_alarms,
    unclaimed_cause_is_gone,
    unclaimed_contradictions,
    unclaimed_events,
    with_effects,
)
from server.payments.unclaimed_model import UnclaimedAct, UnclaimedEnding, UnclaimedMoney, UnclaimedState
from tests.support.builders import HOSPITAL
from tests.support.chance import MORNING

NOW = MORNING + timedelta(hours=1)
ONE, OTHER = "staff:3001", "staff:3002"
NUMBER = "ZF20261123LOST"
REFUND_NO = f"{NUMBER}U01"
SEND_BACK, ELSEWHERE = UnclaimedAct.SEND_BACK, UnclaimedAct.SETTLED_ELSEWHERE
Word = RefundOutcome
SEND = Effect(kind=EffectKind.REFUND, subject=REFUND_NO, due_at=NOW)
QUERY = Effect(kind=EffectKind.QUERY_REFUND, subject=REFUND_NO, due_at=NOW, tries=1)
SEAL = Effect(kind=EffectKind.SEAL, due_at=NOW)
MANY = len(PACE_S[EffectKind.QUERY_REFUND])


def ended(act: UnclaimedAct) -> UnclaimedEnding:
    return UnclaimedEnding(act=act, by=ONE, at=NOW, mark=0, ticket="t", agreed_by=OTHER)


MONEY = UnclaimedMoney(
    hospital=HOSPITAL, id="wechat:42", channel="wechat", out_trade_no=NUMBER, transaction_id="42", kind="payment",
    amount_fen=1234, reason="no such payment", at=MORNING, version=5,
)  # fmt: skip
RETURNING = replace(MONEY, state=UnclaimedState.RETURNING, refund_no=REFUND_NO, ended=ended(SEND_BACK))
SENDING = replace(RETURNING, effects=(SEAL, SEND))
ASKING = replace(RETURNING, effects=(SEAL, QUERY))


def answered(money: UnclaimedMoney, outcome: Word, asked: Effect | None = None, **fields: Any) -> UnclaimedMoney:
    facts: dict[str, Any] = {"out_trade_no": NUMBER, "out_refund_no": REFUND_NO, "amount_fen": 1234, **fields}
    return return_answered(money, ChannelRefund(outcome=outcome, **facts), NOW, 0.5, asked)


def held(money: UnclaimedMoney, effect: Effect, tries: int = 1) -> tuple[UnclaimedMoney, Effect]:
    """``money`` that owes ``effect`` under a lease, and that effect."""
    asked = replace(effect, lease="worker-1", tries=tries)
    return replace(money, effects=(SEAL, asked)), asked


def after_s(seconds: int) -> datetime:
    """With half of the jitter: a tenth later."""
    return NOW + timedelta(seconds=seconds * 1.1)


class TestTheEnd:
    @pytest.mark.parametrize("money", [SENDING, ASKING], ids=["sending", "asking"])
    def test_what_has_arrived_is_settled_and_nothing_more_is_asked(self, money: UnclaimedMoney) -> None:
        after = answered(money, Word.SUCCEEDED)
        line = after.history[-1]
        assert (after.state, after.effects, after.version) == (UnclaimedState.SETTLED, (SEAL,), 6)
        assert (line.what, line.by, line.at) == (RETURNED, "channel:wechat", NOW)
        assert dict(line.detail) == {"refund": REFUND_NO, "amount_fen": "1234"}
        assert after.ended == ended(SEND_BACK)

    def test_a_final_no_opens_it_again_under_the_next_number(self) -> None:
        after = answered(replace(ASKING, refunds_closed=3), Word.CLOSED)
        assert (after.state, after.ended, after.refunds_closed) == (UnclaimedState.OPEN, None, 4)
        assert (after.history[-1].what, after.effects) == (REFUSED, (SEAL,))

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"out_trade_no": "ZF20261123OTHER"}, "another payment"),
            ({"out_refund_no": f"{NUMBER}U02"}, "another payment"),
            ({"amount_fen": 1233}, "another amount"),
        ],
    )
    def test_a_word_that_does_not_fit_moves_nothing(self, fields: dict[str, Any], words: str) -> None:
        with pytest.raises(NotAllowed, match=words):
            answered(ASKING, Word.SUCCEEDED, **fields)

    def test_a_lost_lease_moves_nothing(self) -> None:
        money, asked = held(ASKING, QUERY)
        for lost in (replace(asked, lease="worker-2"), replace(asked, lease=None)):
            with pytest.raises(LeaseLost):
                answered(money, Word.SUCCEEDED, lost)
        assert answered(money, Word.SUCCEEDED, asked).state is UnclaimedState.SETTLED


class TestAfterTheEnd:
    SETTLED = replace(RETURNING, state=UnclaimedState.SETTLED)
    REOPENED = replace(RETURNING, state=UnclaimedState.OPEN, ended=None, refunds_closed=1)

    @pytest.mark.parametrize("outcome", [Word.SUCCEEDED, Word.PROCESSING, Word.UNCONFIRMED, Word.ABSENT])
    def test_stale_news_of_what_went_back_changes_nothing(self, outcome: Word) -> None:
        assert answered(self.SETTLED, outcome) is self.SETTLED

    @pytest.mark.parametrize("outcome", [Word.CLOSED, Word.ABNORMAL])
    def test_a_no_after_the_money_has_arrived_is_for_a_person(self, outcome: Word) -> None:
        with pytest.raises(NotAllowed, match=f"refund {outcome} after succeeded"):
            answered(self.SETTLED, outcome)

    @pytest.mark.parametrize(
        "money",
        [REOPENED, replace(SETTLED, ended=ended(ELSEWHERE)), replace(SETTLED, ended=None)],
        ids=["refused", "settled elsewhere", "settled by nobody"],
    )
    def test_money_that_arrives_after_another_end_left_twice(self, money: UnclaimedMoney) -> None:
        with pytest.raises(NotAllowed, match=f"refund succeeded after {money.state}"):
            answered(money, Word.SUCCEEDED)
        assert answered(money, Word.CLOSED) is money


class TestUnderWay:
    @pytest.mark.parametrize("outcome", [Word.PROCESSING, Word.ABNORMAL, Word.UNCONFIRMED])
    def test_what_the_channel_took_is_asked_for_and_not_sent_again(self, outcome: Word) -> None:
        money, asked = held(SENDING, SEND)
        after = answered(money, outcome, asked)
        assert after.effects == (SEAL, replace(QUERY, due_at=after_s(60), tries=0))
        assert (after.version, after.history, after.state) == (6, (), UnclaimedState.RETURNING)

    @pytest.mark.parametrize("outcome", [Word.PROCESSING, Word.ABNORMAL, Word.UNCONFIRMED])
    def test_a_notification_of_what_is_asked_for_already_changes_nothing(self, outcome: Word) -> None:
        assert answered(ASKING, outcome) is ASKING
        assert [effect.kind for effect in answered(SENDING, outcome).effects] == [
            EffectKind.SEAL,
            EffectKind.QUERY_REFUND,
        ]

    @pytest.mark.parametrize(("tries", "seconds"), [(1, 60), (6, 300), (8, 1200), (50, 1800)])
    def test_it_is_asked_for_ever_more_slowly(self, tries: int, seconds: int) -> None:
        money, asked = held(ASKING, QUERY, tries)
        after = answered(money, Word.PROCESSING, asked)
        assert after.effects == (SEAL, replace(asked, lease=None, due_at=after_s(seconds)))

    @pytest.mark.parametrize(("tries", "sent"), [(MANY - 1, False), (MANY, True)])
    def test_an_arrival_that_is_left_open_for_long_is_sent_again_under_the_same_number(
        self, tries: int, sent: bool
    ) -> None:
        money, asked = held(ASKING, QUERY, tries)
        after = answered(money, Word.UNCONFIRMED, asked)
        assert (after.effects == (SEAL, SEND)) is sent
        assert after.version == 6

    @pytest.mark.parametrize("outcome", [Word.PROCESSING, Word.ABNORMAL])
    def test_what_is_known_to_be_under_way_is_never_sent_again(self, outcome: Word) -> None:
        money, asked = held(ASKING, QUERY, MANY)
        assert [effect.kind for effect in answered(money, outcome, asked).effects][1:] == [EffectKind.QUERY_REFUND]

    def test_a_submission_of_open_outcome_is_asked_for_however_often_it_was_tried(self) -> None:
        money, asked = held(SENDING, SEND, MANY + 9)
        assert [effect.kind for effect in answered(money, Word.UNCONFIRMED, asked).effects] == [
            EffectKind.SEAL,
            EffectKind.QUERY_REFUND,
        ]

    def test_what_the_channel_does_not_have_is_sent(self) -> None:
        money, asked = held(ASKING, QUERY)
        for after in (answered(money, Word.ABSENT, asked, amount_fen=0), answered(ASKING, Word.ABSENT, amount_fen=0)):
            assert (after.effects, after.version) == ((SEAL, SEND), 6)
        assert answered(SENDING, Word.ABSENT, amount_fen=0) is SENDING, "it is to be sent already"

    @pytest.mark.parametrize(("tries", "seconds"), [(1, 1), (10, 600)])
    def test_a_submission_that_the_channel_does_not_know_is_tried_later(self, tries: int, seconds: int) -> None:
        money, asked = held(SENDING, SEND, tries)
        after = answered(money, Word.ABSENT, asked, amount_fen=0)
        again = replace(asked, lease=None, due_at=after_s(seconds), last_error="ABSENT")
        assert (after.effects, after.version) == ((SEAL, again), 6)


def test_the_engine_changes_effects_without_a_line_of_history() -> None:
    assert with_effects(ASKING, (SEND,), 9) == replace(ASKING, effects=(SEND,), version=9)
    assert after_failure(ASKING, (SEND,), SEND, NOW) == replace(ASKING, effects=(SEND,), version=6)


@pytest.mark.parametrize(
    ("number", "is_one"),
    [("U01", True), ("U99", True), ("U1", False), ("U100", False), ("R01", False), ("", False)],
)
def test_a_number_of_a_return_is_the_order_s_with_u_and_two_digits(number: str, is_one: bool) -> None:
    assert is_number_of_return(NUMBER, NUMBER + number) is is_one
    assert not is_number_of_return(NUMBER, f"{NUMBER[:-1]}X{number}"), "of another order"


class TestAlarms:
    LAST = len(PACE_S[EffectKind.REFUND])

    @pytest.mark.parametrize(
        ("tries", "then", "stuck"),
        [
            (LAST, {"lease": None, "last_error": "NOT_ENOUGH"}, True),
            (LAST - 1, {"lease": None, "last_error": "NOT_ENOUGH"}, False),
            (LAST, {"lease": None, "last_error": None}, False),
            (LAST, {}, False),
        ],
    )
    def test_what_fails_at_the_slowest_pace_is_told(self, tries: int, then: dict[str, object], stuck: bool) -> None:
        money, asked = held(SENDING, SEND, tries)
        after = replace(money, effects=(SEAL, replace(asked, **then)))  # type: ignore[arg-type]
        assert unclaimed_alarms(money, after) == ((("unclaimed_stuck", SEND.key),) if stuck else ())
        assert unclaimed_alarms(replace(money, effects=()), after) == ()

    def test_a_proposal_is_told_once(self) -> None:
        waiting = replace(MONEY, ending=ended(ELSEWHERE))
        other = replace(MONEY, ending=replace(ended(ELSEWHERE), ticket="u"))
        assert unclaimed_alarms(MONEY, waiting) == (("unclaimed_waits", "t"),)
        assert unclaimed_alarms(waiting, waiting) == ()
        assert unclaimed_alarms(waiting, other) == (("unclaimed_waits", "u"),)
        assert unclaimed_alarms(waiting, MONEY) == ()

    @pytest.mark.parametrize(
        ("kind", "alert_id", "about"),
        [
            ("unclaimed_money", "unclaimed:wechat:42", ("wechat:42", "")),
            ("unclaimed_waits", "wechat:42:unclaimed_waits:t", ("wechat:42", "t")),
            ("unclaimed_stuck", "wechat:42:unclaimed_stuck:refund:X", ("wechat:42", "refund:X")),
            ("unclaimed_tampered", "wechat:42:unclaimed_tampered", ("wechat:42", "")),
            ("refund_closed", "ZF1:refund_closed:ZF1R01", ("", "")),
        ],
    )
    def test_an_alert_names_its_money(self, kind: str, alert_id: str, about: tuple[str, str]) -> None:
        alert = Alert(hospital=HOSPITAL, id=alert_id, kind=kind, text="", at=NOW)
        assert money_told_of(alert) == about

    @pytest.mark.parametrize(
        ("kind", "subject", "stands", "gone"),
        [
            ("unclaimed_money", "", MONEY, replace(MONEY, state=UnclaimedState.SETTLED)),
            ("unclaimed_waits", "t", replace(MONEY, ending=ended(ELSEWHERE)), MONEY),
            (
                "unclaimed_waits",
                "t",
                replace(MONEY, ending=ended(ELSEWHERE)),
                replace(MONEY, ending=replace(ended(ELSEWHERE), ticket="u")),
            ),
            (
                "unclaimed_stuck",
                SEND.key,
                replace(SENDING, effects=(replace(SEND, tries=LAST, last_error="NOT_ENOUGH"),)),
                SENDING,
            ),
            (
                "unclaimed_stuck",
                SEND.key,
                replace(SENDING, effects=(replace(SEND, tries=LAST, last_error="NOT_ENOUGH"),)),
                ASKING,
            ),
            ("unclaimed_tampered", "", replace(MONEY, tampered=True), MONEY),
        ],
    )
    def test_an_alert_stands_for_as_long_as_its_cause(
        self, kind: str, subject: str, stands: UnclaimedMoney, gone: UnclaimedMoney
    ) -> None:
        assert not unclaimed_cause_is_gone(stands, kind, subject)
        assert unclaimed_cause_is_gone(gone, kind, subject)

    def test_what_was_read_is_readable_and_other_alerts_stand(self) -> None:
        assert unclaimed_cause_is_gone(MONEY, "unclaimed_unreadable", "")
        assert not unclaimed_cause_is_gone(MONEY, "refund_closed", "")


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

"""What people must look at while unclaimed money is on its way back. Pure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.alerts.model import Alert
from server.effects.model import PACE_S, EffectKind
from server.payments.rules.unclaimed_returns import (
    money_told_of,
    unclaimed_alarms,
    unclaimed_cause_is_gone,
)
from server.payments.unclaimed_model import UnclaimedMoney, UnclaimedState
from tests.support.builders import HOSPITAL
from tests.support.unclaimed_returns import ASKING, ELSEWHERE, MONEY, NOW, SEAL, SEND, SENDING, ended, held


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

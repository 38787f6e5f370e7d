"""Each rule of the hospital refuses in its words: the hospital's own where its file has some, else ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from server.core.days import HOSPITAL_ZONE
from server.registration.model import ClinicChange, ShiftState
from server.registration.record_model import Record, RecordState
from server.registration.rules.asked import Asked
from server.registration.rules.asking import age_on, cancel_refused, not_given, refused
from server.registration.rules.counting import as_of, paused_until
from server.registration.rules.hospital_rules import (
    CancelUntil,
    DepartmentAges,
    Most,
    Pause,
    RegistrationRules,
    Rule,
    is_closed,
)
from server.registration.texts import WORDS
from tests.support.builders import a_patient
from tests.support.registrations import TOMORROW, a_record, a_shift, a_slot

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=HOSPITAL_ZONE)
PAUSE = Pause(times=3, days=90, pause_days=30)


def local(day: int, hour: int = 9, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=HOSPITAL_ZONE)


def ended(state: RecordState, *days: int, month: int = 11) -> tuple[Record, ...]:
    return tuple(a_record(local(day, month=month), state=state, ended_at=local(day, 10, month)) for day in days)


def asked(*records: Record, **fields: Any) -> Asked:
    facts: dict[str, Any] = {
        "patient": a_patient(birth_date="2016-05-01"),
        "department_no": "D01",
        "department": "测试内科",
        "day": TOMORROW,
    }
    return Asked(**{**facts, "records": records, **fields})


def words(rules: RegistrationRules, what: Asked, now: datetime = NOW) -> tuple[str, str]:
    refusal = refused(rules, what, now)
    return ("", "") if refusal is None else (str(refusal.rule), refusal.words)


LENIENT = RegistrationRules(one_a_day=False)


@pytest.mark.parametrize(
    ("rules", "what", "rule", "said"),
    [
        (RegistrationRules(closed=(time(0), time(9, 30))), asked(), "closed", "每天 00:00–09:30 不办理挂号，请稍后再来。"),
        (RegistrationRules(days_ahead=1, released_at=time(10)), asked(), "window", "11月24日的号 11月23日 10:00 开始放号。"),
        (LENIENT, asked(patient=a_patient(id_no="")), "real_name", WORDS[Rule.REAL_NAME]),
        (replace(LENIENT, real_name=False), asked(patient=a_patient(id_no="")), "", ""),
        (
            RegistrationRules(ages=(("D01", DepartmentAges(least=14)),)), asked(), "too_young",
            "测试内科接诊 14 岁及以上的就诊人，就诊人 10 岁，请选择其他科室。",
        ),
        (
            RegistrationRules(ages=(("D01", DepartmentAges(most=9)),)), asked(), "too_old",
            "测试内科接诊 9 岁及以下的就诊人，就诊人 10 岁，请选择其他科室。",
        ),
        (RegistrationRules(ages=(("D02", DepartmentAges(most=9)),)), asked(), "", ""),
        (
            RegistrationRules(guardian_under=14), asked(has_guardian=False), "guardian",
            "就诊人 10 岁，未满 14 岁由监护人挂号。请先绑定监护人（成年人）的就诊卡。",
        ),
        (RegistrationRules(guardian_under=14), asked(has_guardian=True), "", ""),
        (RegistrationRules(guardian_under=10), asked(has_guardian=False), "", ""),
        (
            RegistrationRules(), asked(a_record(local(24, 14), department_no="D01")), "one_a_day",
            "就诊人当天已在测试内科挂过号，同一天同一科室只能挂一个号。",
        ),
        (RegistrationRules(), asked(a_record(local(24, 14), department_no="D01", state=RecordState.STOPPED)), "", ""),
        (LENIENT, asked(a_record(local(24, 14), department_no="D01")), "", ""),
        (
            RegistrationRules(open_most=1), asked(a_record(local(25))), "open_most",
            "就诊人已有 1 个没有就诊的号，就诊或取消以后才能再挂。",
        ),
        (RegistrationRules(open_most=1), asked(a_record(local(20))), "", ""),
        (RegistrationRules(open_most=2), asked(a_record(local(25))), "", ""),
        (
            RegistrationRules(taken_most=Most(times=2, days=10)), asked(*ended(RecordState.USED, 16, 17)), "taken_most",
            "就诊人 10 天内已挂 2 个号，不能再挂，请到窗口咨询。",
        ),
        (RegistrationRules(taken_most=Most(times=2, days=10)), asked(*ended(RecordState.STOPPED, 16, 17)), "", ""),
        (RegistrationRules(taken_most=Most(times=2, days=8)), asked(*ended(RecordState.USED, 16, 17)), "", ""),
        (
            RegistrationRules(missed=PAUSE), asked(*ended(RecordState.MISSED, 2, 9, 16)), "missed",
            "就诊人 90 天内爽约 3 次，12月16日 10:00 以后才能在手机上挂号，急需就诊请到窗口。",
        ),
        (RegistrationRules(missed=PAUSE), asked(*ended(RecordState.MISSED, 9, 16)), "", ""),
        (RegistrationRules(missed=PAUSE), asked(*ended(RecordState.STOPPED, 2, 9, 16)), "", ""),
        (
            RegistrationRules(cancelled=PAUSE), asked(*ended(RecordState.CANCELLED, 2, 9, 16)), "cancelled",
            "就诊人 90 天内取消 3 次，12月16日 10:00 以后才能在手机上挂号，急需就诊请到窗口。",
        ),
    ],
)  # fmt: skip
def test_a_rule_refuses_in_its_words(rules: RegistrationRules, what: Asked, rule: str, said: str) -> None:
    assert words(rules, what) == (rule, said)


def test_the_hospital_s_own_words_stand_in_the_place_of_ours() -> None:
    rules = RegistrationRules(open_most=1, words={Rule.OPEN_MOST: "只能有 {most} 个号，详询导医台。"})
    assert words(rules, asked(a_record(local(25)))) == ("open_most", "只能有 1 个号，详询导医台。")


def test_every_rule_has_words() -> None:
    assert set(WORDS) == {str(rule) for rule in Rule}


def test_a_number_that_nobody_can_have_is_no_rule_of_the_hospital() -> None:
    assert "停诊" in not_given(a_shift(state=ShiftState.STOPPED), a_slot(), NOW)
    assert "已过" in not_given(a_shift(), a_slot(), local(25))
    assert not_given(a_shift(state=ShiftState.REPLACED), a_slot(), NOW) == ""


@pytest.mark.parametrize(
    ("hours", "at", "closed"),
    [
        ((time(0), time(6, 30)), local(23, 6), True),
        ((time(0), time(6, 30)), local(23, 7), False),
        ((time(22), time(6)), local(23, 23), True),
        ((time(22), time(6)), local(23, 5), True),
        ((time(22), time(6)), local(23, 6), False),
    ],
)
def test_the_closed_hours_may_go_over_midnight(hours: tuple[time, time], at: datetime, closed: bool) -> None:
    assert is_closed(RegistrationRules(closed=hours), at) is closed


@pytest.mark.parametrize(
    ("days", "now", "until"),
    [
        ((2, 9), local(23), None),
        ((2, 9, 16), local(23), local(16) + timedelta(days=30)),
        ((2, 9, 16), local(17, 9, 12), None),
        ((2, 9, 16, 20), local(23), local(20) + timedelta(days=30)),
        ((2, 9, 28), local(23), None),
    ],
)
def test_a_pause_begins_with_the_last_of_so_many_and_ends(
    days: tuple[int, ...], now: datetime, until: datetime | None
) -> None:
    assert paused_until(PAUSE, [local(day) for day in days], now) == until


def test_what_lies_too_far_apart_is_no_reason_for_a_pause() -> None:
    apart = [local(23) - timedelta(days=back) for back in (91, 40, 0)]
    assert paused_until(PAUSE, apart, local(23)) is None
    assert paused_until(PAUSE, [local(23) - timedelta(days=90), *apart[1:]], local(23)) is not None


@pytest.mark.parametrize(
    ("rules", "allowed", "too_late", "said"),
    [
        (
            RegistrationRules(cancel_before=timedelta(hours=2)), local(24, 5), local(24, 6),
            "11月24日 06:00 以后不能在手机上取消，请到窗口办理。",
        ),
        (
            RegistrationRules(cancel_until=CancelUntil(days_before=1, at=time(15))), local(23, 14), local(23, 15),
            "11月23日 15:00 以后不能在手机上取消，请到窗口办理。",
        ),
        (
            RegistrationRules(cancel_until=CancelUntil(days_before=0, at=time(12))), local(24, 7), local(24, 8),
            "11月24日 08:00 以后不能在手机上取消，请到窗口办理。",
        ),
    ],
)  # fmt: skip
def test_until_when_a_number_can_be_given_back(
    rules: RegistrationRules, allowed: datetime, too_late: datetime, said: str
) -> None:
    begins = a_slot().begins_at
    assert cancel_refused(rules, begins, allowed) == ""
    assert cancel_refused(rules, begins, too_late) == said
    stopped = ClinicChange(state=ShiftState.STOPPED, at=NOW)
    assert cancel_refused(rules, begins, too_late, stopped) == ""


def test_records_as_they_were() -> None:
    given_back = a_record(local(20), state=RecordState.CANCELLED, taken_at=local(10), ended_at=local(15))
    assert as_of([given_back], local(9)) == ()
    [then] = as_of([given_back], local(12))
    assert (then.state, then.ended_at) == (RecordState.BOOKED, None)
    assert as_of([given_back], local(16)) == (given_back,)


@pytest.mark.parametrize(
    ("born", "age"), [("2016-11-24", 10), ("2016-11-25", 9), ("2026-11-24", 0), ("", None), ("24.11.2016", None)]
)
def test_the_age_on_the_day_of_the_visit(born: str, age: int | None) -> None:
    assert age_on(born, TOMORROW) == age


def test_no_rule_counts_unless_the_hospital_says_so() -> None:
    assert not RegistrationRules().counts
    assert RegistrationRules(open_most=1).counts
    assert RegistrationRules(missed=PAUSE).looks_back == timedelta(days=120)

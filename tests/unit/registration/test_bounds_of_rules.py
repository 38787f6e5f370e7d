"""The first and the last moment of each rule of registrations, and the words of what no rule of the hospital refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from server.core.days import HOSPITAL_ZONE
from server.registration.model import ClinicChange, ShiftState
from server.registration.record_model import Record, RecordState
from server.registration.rules.asked import Asked
from server.registration.rules.asking import cancel_refused, not_given, refused
from server.registration.rules.clinic_changes import has_no_limit, is_news
from server.registration.rules.counting import as_of, paused_until
from server.registration.rules.hospital_rules import (
    DepartmentAges,
    Most,
    Pause,
    RegistrationRules,
    Rule,
    is_closed,
    last_day,
    released_at,
)
from server.registration.texts import change_words
from tests.support.builders import a_patient
from tests.support.registrations import TOMORROW, a_record, a_shift, a_slot

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=HOSPITAL_ZONE)
TODAY = NOW.date()
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def rule_against(rules: RegistrationRules, *records: Record, now: datetime = NOW, **fields: Any) -> Rule | None:
    asked = Asked(
        patient=a_patient(birth_date="2016-05-01"), department_no="D01", department="测试内科", records=records,
        **{"day": TOMORROW, **fields},
    )  # fmt: skip
    refusal = refused(rules, asked, now)
    return None if refusal is None else refusal.rule


class TestWhenNumbersAreGivenOut:
    @pytest.mark.parametrize(("at", "days"), [(NOW.replace(hour=7), 3), (NOW.replace(hour=7) - SECOND, 2)])
    def test_the_last_day_is_released_at_its_time(self, at: datetime, days: int) -> None:
        rules = RegistrationRules(days_ahead=3, released_at=time(7))
        assert last_day(rules, at) == TODAY + days * DAY
        assert rule_against(rules, now=at, day=TODAY + days * DAY) is None
        assert rule_against(rules, now=at, day=TODAY + (days + 1) * DAY) is Rule.WINDOW

    def test_a_day_s_numbers_are_released_so_many_days_before(self) -> None:
        rules = RegistrationRules(days_ahead=3, released_at=time(7))
        assert released_at(rules, TODAY + 4 * DAY, NOW) == NOW.replace(hour=7) + DAY

    @pytest.mark.parametrize(
        ("first", "last", "at", "closed"),
        [
            (6, 8, 6, True), (6, 8, 8, False), (22, 6, 22, True), (22, 6, 21, False), (22, 6, 6, False),
            (6, 6, 6, False), (6, 6, 5, False),
        ],
    )  # fmt: skip
    def test_closed_hours_begin_with_their_first_moment_and_end_before_their_last(
        self, first: int, last: int, at: int, closed: bool
    ) -> None:
        rules, moment = RegistrationRules(closed=(time(first), time(last))), NOW.replace(hour=at)
        assert is_closed(rules, moment) is closed
        assert (rule_against(rules, now=moment) is Rule.CLOSED) is closed


class TestWhoIsSeen:
    @pytest.mark.parametrize(
        ("least", "most", "rule"), [(10, 10, None), (11, 12, Rule.TOO_YOUNG), (8, 9, Rule.TOO_OLD)]
    )
    def test_the_first_and_the_last_age_are_seen(self, least: int, most: int, rule: Rule | None) -> None:
        rules = RegistrationRules(ages=(("D01", DepartmentAges(least=least, most=most)),))
        assert rule_against(rules) is rule

    @pytest.mark.parametrize(("ends_at", "said"), [(NOW, "这个时间已过，请选择其他时间。"), (NOW + SECOND, "")])
    def test_a_time_is_over_with_its_end(self, ends_at: datetime, said: str) -> None:
        assert not_given(a_shift(), a_slot(ends_at=ends_at), NOW) == said

    def test_a_stopped_clinic_gives_nothing(self) -> None:
        stopped = a_shift(state=ShiftState.STOPPED)
        assert not_given(stopped, a_slot(), NOW) == "这位医生当天停诊，请选择其他时间或医生。"


class TestWhatCounts:
    @pytest.mark.parametrize(("begins_at", "rule"), [(NOW, None), (NOW + SECOND, Rule.OPEN_MOST)])
    def test_a_number_whose_time_has_begun_is_none_to_come(self, begins_at: datetime, rule: Rule | None) -> None:
        assert rule_against(RegistrationRules(open_most=1), a_record(begins_at)) is rule

    @pytest.mark.parametrize(
        ("taken_at", "rule"),
        [
            (NOW - 10 * DAY, None), (NOW - 10 * DAY + SECOND, Rule.TAKEN_MOST), (NOW, Rule.TAKEN_MOST),
            (NOW + SECOND, None),
        ],
    )  # fmt: skip
    def test_of_what_was_taken_so_many_days_count_up_to_now(self, taken_at: datetime, rule: Rule | None) -> None:
        rules = RegistrationRules(taken_most=Most(times=1, days=10))
        used = a_record(NOW - 12 * DAY, taken_at=taken_at, state=RecordState.USED)
        assert rule_against(rules, used) is rule

    @pytest.mark.parametrize(("now", "paused"), [(NOW + 30 * DAY, False), (NOW + 30 * DAY - SECOND, True)])
    def test_a_pause_ends_with_its_last_moment(self, now: datetime, paused: bool) -> None:
        assert (paused_until(Pause(times=1, days=90, pause_days=30), [NOW], now) is not None) is paused

    def test_what_ended_at_a_moment_had_ended_then(self) -> None:
        used = a_record(NOW, state=RecordState.USED, taken_at=NOW - DAY, ended_at=NOW)
        assert as_of([used], NOW) == (used,)
        [before] = as_of([used], NOW - SECOND)
        assert before.state is RecordState.BOOKED

    def test_what_was_taken_at_a_moment_was_known_then(self) -> None:
        booked = a_record(NOW + DAY, taken_at=NOW)
        assert as_of([booked], NOW) == (booked,)
        assert as_of([booked], NOW - SECOND) == ()

    def test_as_far_back_as_the_longest_rule_counts_and_pauses(self) -> None:
        assert RegistrationRules(open_most=1).looks_back == timedelta(0)
        assert RegistrationRules(taken_most=Most(times=1, days=10)).looks_back == 10 * DAY
        both = RegistrationRules(taken_most=Most(times=1, days=99), cancelled=Pause(times=1, days=3, pause_days=7))
        assert both.looks_back == 106 * DAY


class TestAChangedClinic:
    CHANGE = ClinicChange(state=ShiftState.REPLACED, at=NOW, replaced_by="王代班")

    def test_another_word_of_the_same_moment_is_news_and_the_same_word_is_none(self) -> None:
        stopped = replace(self.CHANGE, state=ShiftState.STOPPED)
        assert is_news(self.CHANGE, stopped)
        assert not is_news(self.CHANGE, replace(stopped, at=NOW - SECOND))
        assert not is_news(self.CHANGE, replace(self.CHANGE, at=NOW + DAY))

    @pytest.mark.parametrize(
        ("state", "now", "free"),
        [
            (ShiftState.REPLACED, NOW - SECOND, True), (ShiftState.REPLACED, NOW, False),
            (ShiftState.OPEN, NOW - SECOND, False), (ShiftState.OPEN, NOW, False), (ShiftState.STOPPED, NOW + DAY, True),
        ],
    )  # fmt: skip
    def test_until_when_a_change_lifts_the_limit(self, state: ShiftState, now: datetime, free: bool) -> None:
        assert has_no_limit(NOW, now, replace(self.CHANGE, state=state)) is free

    def test_a_doctor_standing_in_may_be_refused_when_it_is_too_late_for_others(self) -> None:
        rules, late = RegistrationRules(cancel_before=timedelta(hours=2)), NOW - timedelta(hours=1)
        assert cancel_refused(rules, NOW, late, self.CHANGE) == ""
        assert cancel_refused(rules, NOW, late) == "11月23日 07:00 以后不能在手机上取消，请到窗口办理。"

    @pytest.mark.parametrize(
        ("change", "hour", "words"),
        [
            (CHANGE, 8, "11月23日上午由王代班替诊，可取消或改约"),
            (replace(CHANGE, replaced_by=""), 11, "11月23日上午由其他医生替诊，可取消或改约"),
            (replace(CHANGE, state=ShiftState.STOPPED), 12, "11月23日下午李虚构停诊，可取消或改约"),
            (replace(CHANGE, state=ShiftState.STOPPED), 17, "11月23日下午李虚构停诊，可取消或改约"),
            (replace(CHANGE, state=ShiftState.OPEN), 18, "11月23日夜间李虚构恢复出诊，请按时就诊"),
        ],
    )
    def test_what_the_patient_is_told(self, change: ClinicChange, hour: int, words: str) -> None:
        assert change_words(change, "李虚构", NOW.replace(hour=hour)) == words


def test_what_holds_where_the_hospital_says_nothing() -> None:
    assert RegistrationRules() == RegistrationRules(
        days_ahead=7, released_at=time(7), closed=None, real_name=True, one_a_day=True, open_most=0, taken_most=None,
        missed=None, cancelled=None, guardian_under=0, guardian_bound=False, cancel_before=timedelta(hours=2), cancel_until=None, ages=(),
    )  # fmt: skip
    assert DepartmentAges() == DepartmentAges(least=0, most=200)

"""Only audited reports are shown, delicate ones after a code, and counts of what is abnormal tell the truth."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from server.reports.model import Flag, ReportKind, ReportState
from server.reports.rules import (
    ReportRules,
    abnormal_count,
    first_day,
    is_new,
    is_report_sensitive,
    is_sensitive,
    is_shown,
    newest_first,
)
from tests.support.clock_and_ids import MORNING
from tests.support.reports import a_head, a_report, an_item


@pytest.mark.parametrize("state", ReportState)
def test_only_audited_and_corrected_reports_are_shown(state: ReportState) -> None:
    assert is_shown(a_head(state=state)) is (state in {ReportState.AUDITED, ReportState.AMENDED})


def test_without_the_time_of_its_audit_a_report_is_not_shown() -> None:
    head = a_head(audited_at=None)
    assert not is_shown(head)
    assert not is_new(ReportRules(), head, MORNING)
    assert newest_first([head]) == ()


def test_half_a_year_is_listed_unless_the_hospital_says_otherwise() -> None:
    assert first_day(ReportRules(), date(2026, 11, 23)) == date(2026, 5, 27)
    assert first_day(ReportRules(days_back=1), date(2026, 3, 1)) == date(2026, 2, 28)


def test_a_report_is_new_for_seven_days_to_the_second() -> None:
    head = a_head(audited_at=MORNING)
    assert is_new(ReportRules(), head, MORNING)
    assert is_new(ReportRules(), head, MORNING + timedelta(days=7))
    assert not is_new(ReportRules(), head, MORNING + timedelta(days=7, seconds=1))


def test_a_shared_link_lives_three_days_unless_the_hospital_says_otherwise() -> None:
    assert ReportRules().shared_for == timedelta(days=3)


class TestDelicateReports:
    rules = ReportRules(sensitive_kinds=frozenset({ReportKind.PATHOLOGY}), sensitive_words=("HIV", "梅毒"))

    @pytest.mark.parametrize(
        ("head", "items", "delicate"),
        [
            ({}, (), False),
            ({}, ("低密度脂蛋白胆固醇",), False),
            ({"is_sensitive": True}, (), True),
            ({"kind": ReportKind.PATHOLOGY}, (), True),
            ({"title": "ＨＩＶ 抗体"}, (), True),
            ({"title": "h i v抗体"}, (), True),
            ({}, ("血脂", "梅毒螺旋体抗体"), True),
        ],
    )
    def test_by_the_his_s_word_by_kind_or_by_a_word(
        self, head: dict[str, Any], items: tuple[str, ...], delicate: bool
    ) -> None:
        assert is_sensitive(self.rules, a_head(**head), items) is delicate

    def test_a_word_of_blanks_makes_nothing_delicate(self) -> None:
        assert not is_sensitive(ReportRules(sensitive_words=("", " ")), a_head())

    def test_a_panel_with_a_plain_name_is_delicate_by_one_of_its_values(self) -> None:
        assert not is_report_sensitive(self.rules, a_report())
        assert is_report_sensitive(self.rules, a_report("R1", an_item(), an_item("HIV", name="HIV 抗体")))
        assert is_report_sensitive(self.rules, a_report(head={"is_sensitive": True}))


def test_the_newest_audit_comes_first_and_of_one_moment_the_higher_number() -> None:
    old, new = a_head("R9", audited_at=MORNING - timedelta(days=1)), a_head("R1", audited_at=MORNING)
    same = replace(new, report_no="R2")
    hidden = a_head("R3", audited_at=MORNING, state=ReportState.WITHDRAWN)
    assert newest_first([old, new, hidden, same]) == (same, new, old)


@pytest.mark.parametrize("flag", Flag)
def test_every_value_out_of_its_range_counts_as_abnormal(flag: Flag) -> None:
    fine = an_item("TC", flag=Flag.NORMAL)
    counted = abnormal_count(a_report("R1", an_item(flag=flag), fine, an_item("HDL", flag=Flag.HIGH)))
    assert counted == (1 if flag in {Flag.NONE, Flag.NORMAL} else 2)

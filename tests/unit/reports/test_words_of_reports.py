"""What patients read about reports: results in words and with an arrow, never by colour alone."""

from __future__ import annotations

from handlers.patient.views.reports import facts_of
from server.reports.model import Flag, ReportKind, ReportState
from server.reports.texts import (
    FLAGS,
    KINDS,
    LINK_ENDED,
    NO_SUCH_REPORT,
    NOT_OFFERED,
    NOT_SHARED,
    READY,
    SENSITIVE_TITLE,
    STATES,
)
from tests.support.reports import a_film, a_report


def test_kinds_and_states_have_their_names() -> None:
    assert dict(KINDS) == {ReportKind.LAB: "检验", ReportKind.EXAM: "检查", ReportKind.PATHOLOGY: "病理"}
    assert dict(STATES) == {ReportState.AUDITED: "已审核", ReportState.AMENDED: "更正报告"}


def test_a_film_is_not_sampled() -> None:
    assert [label for label, _ in facts_of(a_film()) if label.endswith("时间")] == ["检查时间", "审核时间"]
    assert [label for label, _ in facts_of(a_report()) if label.endswith("时间")] == ["采样时间", "审核时间"]


def test_each_flag_is_a_word_with_an_arrow() -> None:
    assert dict(FLAGS) == {
        Flag.NONE: "",
        Flag.NORMAL: "正常",
        Flag.LOW: "偏低 ↓",
        Flag.HIGH: "偏高 ↑",
        Flag.VERY_LOW: "明显偏低 ↓↓",
        Flag.VERY_HIGH: "明显偏高 ↑↑",
        Flag.ABNORMAL: "异常 !",
    }


def test_what_can_not_be_shown_says_where_to_go() -> None:
    assert NOT_OFFERED == "医院暂未开通报告查询，请到自助机或窗口领取报告。"
    assert NO_SUCH_REPORT == "没有找到这份报告，请从报告列表进入。"
    assert LINK_ENDED == "这个链接已失效，请向分享的人再要一次。"
    assert NOT_SHARED == "这份报告不能分享。"


def test_a_message_about_a_new_report_says_nothing_of_what_is_in_it() -> None:
    assert READY == "有新的报告，点开查看"
    assert SENSITIVE_TITLE == "需要验证后查看的报告"

"""The Chinese words of reports."""

from __future__ import annotations

from collections.abc import Mapping

from server.messages.chat_pages import ChatPage
from server.reports.model import Flag, ReportKind, ReportState

NOT_OFFERED = "医院暂未开通报告查询，请到自助机或窗口领取报告。"
NO_SUCH_REPORT = "没有找到这份报告，请从报告列表进入。"
SENSITIVE_TITLE = "需要验证后查看的报告"
KINDS: Mapping[ReportKind, str] = {
    ReportKind.LAB: "检验",
    ReportKind.EXAM: "检查",
    ReportKind.PATHOLOGY: "病理",
}
MADE_AT: Mapping[ReportKind, str] = {
    ReportKind.LAB: "采样时间",
    ReportKind.EXAM: "检查时间",
    ReportKind.PATHOLOGY: "采样时间",
}
"""What the time is called of which a report tells."""
STATES: Mapping[ReportState, str] = {
    ReportState.AUDITED: "已审核",
    ReportState.AMENDED: "更正报告",
}
FLAGS: Mapping[Flag, str] = {
    Flag.NONE: "",
    Flag.NORMAL: "正常",
    Flag.LOW: "偏低 ↓",
    Flag.HIGH: "偏高 ↑",
    Flag.VERY_LOW: "明显偏低 ↓↓",
    Flag.VERY_HIGH: "明显偏高 ↑↑",
    Flag.ABNORMAL: "异常 !",
}
"""In words, and with an arrow: never by colour alone."""
LINK_ENDED = "这个链接已失效，请向分享的人再要一次。"
NOT_SHARED = "这份报告不能分享。"
READY = "有新的报告，点开查看"
IN_CHAT = ChatPage(
    key="reports",
    pattern=r"(查|看|查看|查询)?(检验|检查|化验|病理)?(报告|报告单|化验单)(查询)?",
    word="报告",
    use="查看检验、检查和病理报告",
    path="reports",
    link="点这里查看报告",
)
REPORTS_TITLE = "报告查询"
LOOK_AT_THEM = "点开查看报告"


def new_text(count: int) -> str:
    return f"有 {count} 份新报告"

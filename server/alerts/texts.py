"""What staff read about each kind of alert, in the console and in the chat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.alerts.model import Alert, Standing
from server.core.days import hospital_time

KINDS_SHOWN = 6

ALERTS = {
    "unclaimed_money": "有款项无法认领",
    "notification_differs": "渠道通知与记录不符",
    "refund_abnormal": "退费异常（多为银行卡注销），需要人工处理",
    "refund_closed": "渠道关闭了退费，将用新单号重新提交",
    "refund_absent": "渠道查不到已受理的退费",
    "payment_tampered": "支付记录在数据库中被改动",
    "tampering_waits": "被改动的支付记录：确认申请等待另一人复核",
    "refund_in_merchant_console": "有人在商户平台退费",
    "his_holds_returned": "款项已退回，但医院系统后来又入账：请在医院系统里冲销，或请付款人重新缴费",
    "refunded_elsewhere": "渠道显示另有退费，本系统不知道单号，请与渠道账单核对",
    "ending_waits": "了结申请等待另一人复核",
    "effect_stuck": "多次尝试仍未完成",
    "payment_unreadable": "支付单数据无法读取，待办已暂停",
    "unclaimed_waits": "待认领的钱：了结申请等待另一人复核",
    "unclaimed_stuck": "待认领的钱：多次尝试仍未退回",
    "unclaimed_tampered": "待认领的钱：记录在数据库中被改动",
    "unclaimed_unreadable": "待认领的钱：数据无法读取",
    "message_refused": "消息被平台拒绝",
    "sms_refused": "短信被平台拒绝",
    "console_refund_not_written_off": "商户平台退费后，医院未能冲销",
    "audit_head_unheld": "没有财务能收到审计校验码（见工作进程的日志）",
    "one_sided": "有款项只在一边（已收未入账、已冲销未退等），超过时限",
    "day_differs": "对账有差异，请在对账里处理",
    "day_waits": "对账在等账单（渠道或医院的账单还没有）",
    "reconciliation_day_tampered": "对账记录在数据库中被改动",
    "reconciliation_day_unreadable": "对账记录无法读取，待办已暂停",
    "task_stuck": "有定时任务多次失败，请联系信息科",
    "timetable_tampered": "定时任务的记录在数据库中被改动，已重新开始",
    "timetable_unreadable": "定时任务的记录无法读取，已重新开始",
    "audit_differs": "审计记录与现在的数据不一致",
}


def short(kind: str) -> str:
    """The kind in few words, for a list in the chat."""
    return ALERTS.get(kind, kind).partition("（")[0].partition("，")[0]


@dataclass(frozen=True, slots=True)
class News:
    """What one message says: what is ``standing``, which ``kinds`` of it are said now, and what has ended by itself since it was said."""

    standing: Sequence[Standing]
    kinds: frozenset[str]
    over: Sequence[Alert] = ()

    @property
    def count(self) -> int:
        """How many alerts stand."""
        return sum(one.open + one.taken for one in self.standing)

    @property
    def ended(self) -> dict[str, int]:
        """How many have ended, by kind."""
        return dict(sorted(Counter(alert.kind for alert in self.over).items()))

    @property
    def time(self) -> datetime:
        """The time of the oldest alert that stands; where none does, of the last end."""
        if self.standing:
            return min(one.oldest for one in self.standing)
        return max(alert.closed_at for alert in self.over if alert.closed_at is not None)


def news_text(news: News) -> str:
    """Every kind with its count, those that are said now first; the console has the rest."""
    ordered = sorted(news.standing, key=lambda one: (one.kind not in news.kinds, one.oldest))
    lines = [
        f"{short(one.kind)} {one.open + one.taken}项，最早{hospital_time(one.oldest):%m月%d日 %H:%M}"
        for one in ordered[:KINDS_SHOWN]
    ]
    rest = len(ordered) - KINDS_SHOWN
    more = [f"另有{rest}类"] if rest > 0 else []
    ended = [f"{_ended(news, kind, count)}，不用处理" for kind, count in news.ended.items()]
    head = f"告警：{news.count}项没有处理完" if news.standing else "告警：没有待处理的"
    look = ["请登录控制台，打开“告警”处理。"] if news.standing else []
    return "\n".join((head, *lines, *more, *ended, *look))


def template_values(news: News) -> dict[str, str]:
    """As `news_text`, in the words of a template message: ``count``, ``reason`` and ``time``."""
    ended = [f"{short(kind)}（已消除）" for kind in news.ended]
    return {
        "count": str(news.count),
        "reason": "、".join((*(short(kind) for kind in sorted(news.kinds)), *ended)),
        "time": f"{hospital_time(news.time):%Y-%m-%d %H:%M}",
    }


def _ended(news: News, kind: str, count: int) -> str:
    last = max(alert.closed_at for alert in news.over if alert.kind == kind and alert.closed_at is not None)
    return f"{short(kind)} {count}项，{hospital_time(last):%m月%d日 %H:%M}原因已消除"

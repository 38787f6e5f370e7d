"""What staff read of alerts, word for word: each kind, the chat's message with its counts and times, and a template's values."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from server.alerts import texts
from server.alerts.model import Alert, Standing
from server.alerts.texts import News, news_text, short, template_values
from tests.support.clock_and_ids import MORNING
from tests.support.words import spoken

WORDS = """\
ALERTS:
  unclaimed_money: 有款项无法认领
  notification_differs: 渠道通知与记录不符
  refund_abnormal: 退费异常（多为银行卡注销），需要人工处理
  refund_closed: 渠道关闭了退费，将用新单号重新提交
  refund_absent: 渠道查不到已受理的退费
  payment_tampered: 支付记录在数据库中被改动
  tampering_waits: 被改动的支付记录：确认申请等待另一人复核
  refund_in_merchant_console: 有人在商户平台退费
  his_holds_returned: 款项已退回，但医院系统后来又入账：请在医院系统里冲销，或请付款人重新缴费
  refunded_elsewhere: 渠道显示另有退费，本系统不知道单号，请与渠道账单核对
  ending_waits: 了结申请等待另一人复核
  effect_stuck: 多次尝试仍未完成
  payment_unreadable: 支付单数据无法读取，待办已暂停
  unclaimed_waits: 待认领的钱：了结申请等待另一人复核
  unclaimed_stuck: 待认领的钱：多次尝试仍未退回
  unclaimed_tampered: 待认领的钱：记录在数据库中被改动
  unclaimed_unreadable: 待认领的钱：数据无法读取
  message_refused: 消息被平台拒绝
  sms_refused: 短信被平台拒绝
  console_refund_not_written_off: 商户平台退费后，医院未能冲销
  audit_head_unheld: 没有财务能收到审计校验码（见工作进程的日志）
  one_sided: 有款项只在一边（已收未入账、已冲销未退等），超过时限
  day_differs: 对账有差异，请在对账里处理
  day_waits: 对账在等账单（渠道或医院的账单还没有）
  reconciliation_day_tampered: 对账记录在数据库中被改动
  reconciliation_day_unreadable: 对账记录无法读取，待办已暂停
  task_stuck: 有定时任务多次失败，请联系信息科
  timetable_tampered: 定时任务的记录在数据库中被改动，已重新开始
  timetable_unreadable: 定时任务的记录无法读取，已重新开始
  audit_differs: 审计记录与现在的数据不一致"""


def standing(kind: str, minutes: int = 0, opened: int = 1, taken: int = 0) -> Standing:
    return Standing(kind=kind, open=opened, taken=taken, oldest=MORNING + timedelta(minutes=minutes))


def over(kind: str, minutes: int | None) -> Alert:
    closed = None if minutes is None else MORNING + timedelta(minutes=minutes)
    alert = Alert(hospital="demo", id=f"{kind}:{minutes}", kind=kind, text="x", at=MORNING)
    return replace(alert, closed_at=closed)


def test_the_words() -> None:
    assert spoken(texts, "ALERTS") == WORDS


def test_a_kind_in_few_words() -> None:
    told = [short(kind) for kind in ("one_sided", "task_stuck", "effect_stuck", "unheard_of")]
    assert told == ["有款项只在一边", "有定时任务多次失败", "多次尝试仍未完成", "unheard_of"]


def test_what_is_said_now_stands_first_and_then_the_oldest() -> None:
    news = News(
        standing=(
            standing("effect_stuck", 9), standing("one_sided", 5, opened=2, taken=3), standing("sms_refused", 1), standing("day_waits", 20),
        ),
        kinds=frozenset({"one_sided", "day_waits"}),
    )  # fmt: skip
    assert news_text(news).splitlines() == [
        "告警：8项没有处理完",
        "有款项只在一边 5项，最早11月23日 09:35",
        "对账在等账单 1项，最早11月23日 09:50",
        "短信被平台拒绝 1项，最早11月23日 09:31",
        "多次尝试仍未完成 1项，最早11月23日 09:39",
        "请登录控制台，打开“告警”处理。",
    ]
    assert template_values(news) == {"count": "8", "reason": "对账在等账单、有款项只在一边", "time": "2026-11-23 09:31"}


def test_more_than_six_kinds_are_counted() -> None:
    kinds = [f"kind {number}" for number in range(8)]
    for many, more in ((6, []), (7, ["另有1类"]), (8, ["另有2类"])):
        news = News(standing=[standing(kind) for kind in kinds[:many]], kinds=frozenset())
        lines = news_text(news).splitlines()
        assert [line for line in lines if line.startswith("kind")] == [
            f"{kind} 1项，最早11月23日 09:30" for kind in kinds[:6]
        ]
        assert lines[7:-1] == more


def test_what_ended_by_itself_is_said_with_its_last_end() -> None:
    ended = (over("sms_refused", 1), over("sms_refused", 61), over("sms_refused", None), over("day_waits", 5))
    news = News(standing=(), kinds=frozenset(), over=ended)
    assert news_text(news).splitlines() == [
        "告警：没有待处理的",
        "对账在等账单 1项，11月23日 09:35原因已消除，不用处理",
        "短信被平台拒绝 3项，11月23日 10:31原因已消除，不用处理",
    ]
    assert template_values(news) == {
        "count": "0",
        "reason": "对账在等账单（已消除）、短信被平台拒绝（已消除）",
        "time": "2026-11-23 10:31",
    }

"""What patients read about registrations: each rule's refusal, and a number that another person has or is taking."""

from __future__ import annotations

from datetime import datetime

import pytest

from server.core.days import HOSPITAL_ZONE
from server.registration.rules.hospital_rules import RegistrationRules, Rule
from server.registration.rules.refusal import refusal_by
from server.registration.texts import IN_CHAT, REGISTRATION_TEXTS, SLOT_TAKEN, WHOLE_ONLY, half_day_of

GAPS = {
    "first": "00:00", "last": "06:00", "day": "11月24日", "opens": "11月23日 07:00", "department": "测试内科", "limit": 14,
    "age": 10, "most": 2, "days": 30, "times": 3, "until": "12月16日 10:00",
}  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Rule.CLOSED, "每天 00:00–06:00 不办理挂号，请稍后再来。"),
        (Rule.WINDOW, "11月24日的号 11月23日 07:00 开始放号。"),
        (Rule.REAL_NAME, "挂号需要实名。医院没有登记就诊人的身份证号，请到窗口补登记。"),
        (Rule.TOO_YOUNG, "测试内科接诊 14 岁及以上的就诊人，就诊人 10 岁，请选择其他科室。"),
        (Rule.TOO_OLD, "测试内科接诊 14 岁及以下的就诊人，就诊人 10 岁，请选择其他科室。"),
        (Rule.GUARDIAN, "就诊人 10 岁，未满 14 岁由监护人挂号。请先绑定监护人（成年人）的就诊卡。"),
        (Rule.ONE_A_DAY, "就诊人当天已在测试内科挂过号，同一天同一科室只能挂一个号。"),
        (Rule.OPEN_MOST, "就诊人已有 2 个没有就诊的号，就诊或取消以后才能再挂。"),
        (Rule.TAKEN_MOST, "就诊人 30 天内已挂 2 个号，不能再挂，请到窗口咨询。"),
        (Rule.MISSED, "就诊人 30 天内爽约 3 次，12月16日 10:00 以后才能在手机上挂号，急需就诊请到窗口。"),
        (Rule.CANCELLED, "就诊人 30 天内取消 3 次，12月16日 10:00 以后才能在手机上挂号，急需就诊请到窗口。"),
        (Rule.CANCEL_UNTIL, "12月16日 10:00 以后不能在手机上取消，请到窗口办理。"),
    ],
)
def test_each_rule_refuses_in_plain_words(rule: Rule, words: str) -> None:
    assert refusal_by(RegistrationRules(), rule, **GAPS).words == words


def test_a_number_that_somebody_else_has_is_said_to_be_gone() -> None:
    assert (REGISTRATION_TEXTS.title, REGISTRATION_TEXTS.charge_number, REGISTRATION_TEXTS.charge_amount) == (
        "预约挂号", "号源编号", "挂号费",
    )  # fmt: skip
    assert REGISTRATION_TEXTS.taken == "这个号已被挂出，或就诊人当天已在这个科室挂过号，请换一个。"
    assert REGISTRATION_TEXTS.being_closed == "这个号正在由他人办理，请换一个，或稍后再试。"
    assert REGISTRATION_TEXTS.contended == SLOT_TAKEN == "这个号刚被别人选走了，请换一个。"
    assert WHOLE_ONLY == "挂号费只能全额退。"


@pytest.mark.parametrize(
    ("hour", "minute", "name"),
    [(0, 0, "上午"), (11, 59, "上午"), (12, 0, "下午"), (17, 59, "下午"), (18, 0, "夜间"), (23, 59, "夜间")],
)
def test_a_day_has_a_morning_an_afternoon_and_a_night(hour: int, minute: int, name: str) -> None:
    assert half_day_of(datetime(2026, 11, 24, hour, minute, tzinfo=HOSPITAL_ZONE)) == name


def test_who_asks_in_the_chat_is_led_to_the_page() -> None:
    assert (IN_CHAT.word, IN_CHAT.use, IN_CHAT.link) == ("挂号", "预约挂号", "点这里预约挂号")
    assert IN_CHAT.more == "已经挂的号也在那里查看、签到和取消。"

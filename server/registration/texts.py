"""The Chinese names of what is of registrations alone; `payments.texts` has the others."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from server.core.days import day_text, hospital_time, moment_text
from server.messages.chat_pages import ChatPage
from server.payments.purpose import PurposeTexts
from server.registration.model import (
    Appointment,
    ClinicChange,
    HalfDay,
    QueuePlace,
    QueueState,
    Shift,
    ShiftState,
    WindowPayment,
)
from server.registration.rules.hospital_rules import Rule

WORDS: Mapping[Rule, str] = {
    Rule.CLOSED: "每天 {first}–{last} 不办理挂号，请稍后再来。",
    Rule.WINDOW: "{day}的号 {opens} 开始放号。",
    Rule.REAL_NAME: "挂号需要实名。医院没有登记就诊人的身份证号，请到窗口补登记。",
    Rule.TOO_YOUNG: "{department}接诊 {limit} 岁及以上的就诊人，就诊人 {age} 岁，请选择其他科室。",
    Rule.TOO_OLD: "{department}接诊 {limit} 岁及以下的就诊人，就诊人 {age} 岁，请选择其他科室。",
    Rule.GUARDIAN: "就诊人 {age} 岁，未满 {limit} 岁由监护人挂号。请先绑定监护人（成年人）的就诊卡。",
    Rule.GUARDIAN_BOUND: "就诊人 {age} 岁，未满 {limit} 岁由监护人挂号。请监护人绑定本人的卡（勾选“这是我本人的卡”），再重新绑定就诊人的卡，与您的关系选“子女”或“被监护人”。",
    Rule.ONE_A_DAY: "就诊人当天已在{department}挂过号，同一天同一科室只能挂一个号。",
    Rule.OPEN_MOST: "就诊人已有 {most} 个没有就诊的号，就诊或取消以后才能再挂。",
    Rule.TAKEN_MOST: "就诊人 {days} 天内已挂 {most} 个号，不能再挂，请到窗口咨询。",
    Rule.MISSED: "就诊人 {days} 天内爽约 {times} 次，{until} 以后才能在手机上挂号，急需就诊请到窗口。",
    Rule.CANCELLED: "就诊人 {days} 天内取消 {times} 次，{until} 以后才能在手机上挂号，急需就诊请到窗口。",
    Rule.CANCEL_UNTIL: "{until} 以后不能在手机上取消，请到窗口办理。",
}
"""What a patient reads who is refused by the rule, with the gaps that the rule fills. A hospital's file may have words of its own."""
SLOT_TAKEN = "这个号刚被别人选走了，请换一个。"
REGISTRATION_TEXTS = PurposeTexts(
    title="预约挂号",
    taken="这个号已被挂出，或就诊人当天已在这个科室挂过号，请换一个。",
    being_closed="这个号正在由他人办理，请换一个，或稍后再试。",
    contended=SLOT_TAKEN,
    charge_number="号源编号",
    charge_amount="挂号费",
    again="重新挂号",
)
HALF_DAYS: Mapping[HalfDay, str] = {
    HalfDay.MORNING: "上午",
    HalfDay.AFTERNOON: "下午",
    HalfDay.NIGHT: "夜间",
}
AFTERNOON, NIGHT = 12, 18
"""The hours at which they begin."""


def half_day_of(local: datetime) -> str:
    """``local`` is a moment in the hospital's time."""
    if local.hour < AFTERNOON:
        return HALF_DAYS[HalfDay.MORNING]
    return HALF_DAYS[HalfDay.AFTERNOON if local.hour < NIGHT else HalfDay.NIGHT]


WHOLE_ONLY = "挂号费只能全额退。"
IN_CHAT = ChatPage(
    key="registration",
    pattern=r"(我要|网上|预约)?(挂号|预约|约号)",
    word="挂号",
    use="预约挂号",
    path="registration",
    link="点这里预约挂号",
    more="已经挂的号也在那里查看、签到和取消。",
)
NOT_AT_WINDOW = "这个号现在不能到院支付，请在线支付。"
PAID_AT_WINDOW = "挂号费已在窗口支付，请到窗口取消。"
CHECK_IN_PAID = "请先到窗口支付挂号费，再签到。"
AT_WINDOW = "到院支付"
NOT_HERE = "您还不在医院的签到范围内，请到医院后再签到。"
UNSURE_WHERE = "定位不够准，不能确定您在医院内。请再试一次，或扫分诊台的签到码签到。"
NO_PLACES = "医院没有开通定位签到，请扫分诊台的签到码签到。"
NONE_LEFT = "这个班次已经没有号了，请选择其他时间或医生"
SHIFT_OVER = "这个班次已结束，请选择其他时间或医生"
NO_CARD = "请先绑定就诊人的就诊卡，再挂号。"
OFFERED = "候补有号了，{until} 前确认有效"
"""What a patient is told of a number that is held for them: at most 20 characters, so that it fits every template."""
OFFERED_TITLE = "候补的号有了，过时给下一位"
APPOINTMENTS_TITLE = "我的预约"
UNPAID_NUMBER = "挂号待支付，过时不保留"
STOPPED_TODAY = "停诊，请取消或改约"
QUEUE_STATES: Mapping[QueueState, str] = {
    QueueState.BOOKED: "还没有签到",
    QueueState.CHECKED_IN: "已签到，请候诊",
    QueueState.CALLED: "轮到您了，请就诊",
    QueueState.USED: "已就诊",
    QueueState.MISSED: "已过号，请到分诊台",
}
IN_QUEUE = frozenset({QueueState.BOOKED, QueueState.CHECKED_IN})


def time_text(begins_at: datetime, ends_at: datetime) -> str:
    """``08:00–08:30`` in the hospital's time."""
    return f"{hospital_time(begins_at):%H:%M}–{hospital_time(ends_at):%H:%M}"


def today_text(appointment: Appointment) -> str:
    return f"今天 {time_text(appointment.begins_at, appointment.ends_at)} 就诊"


def number_text(appointment: Appointment, department: str) -> str:
    """``测试内科 1 号 门诊楼 2 层``"""
    return f"{department} {appointment.number} 号 {appointment.place}".rstrip()


def at_window_text(at_window: WindowPayment) -> str:
    """``11月30日 07:30 前到门诊楼 1 层收费窗口支付，过时号会取消``"""
    return f"{moment_text(at_window.until)} {at_window_words(at_window)}"


def at_window_words(at_window: WindowPayment) -> str:
    """What stands behind the time in `at_window_text`."""
    return f"前到{at_window.place}支付，过时号会取消"


def queue_text(place: QueuePlace) -> str:
    """``已签到，请候诊，前面还有 2 人``"""
    ahead = f"，前面还有 {place.ahead} 人" if place.state in IN_QUEUE else ""
    return f"{QUEUE_STATES[place.state]}{ahead}"


def change_words(change: ClinicChange, doctor: str, begins_at: datetime) -> str:
    """What the patient is told to do, in one sentence that a message can carry."""
    begins = hospital_time(begins_at)
    when = f"{day_text(begins.date())}{half_day_of(begins)}"
    if change.state is ShiftState.STOPPED:
        return f"{when}{doctor}停诊，可取消或改约"
    if change.state is ShiftState.REPLACED:
        return f"{when}由{change.replaced_by or '其他医生'}替诊，可取消或改约"
    return f"{when}{doctor}恢复出诊，请按时就诊"


def offered_text(shift: Shift, until: datetime) -> str:
    """``骨科 11月30日上午，10:35 前有效``"""
    return f"{shift.department} {day_text(shift.day)}{HALF_DAYS[shift.half_day]}，{hospital_time(until):%H:%M} 前有效"

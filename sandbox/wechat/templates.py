"""The account's approved templates, and the keyword rules that a value must keep (section 8)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from pydantic import ValidationError

from sandbox.wechat.asked import Keyword
from sandbox.wechat.errors import Errcode
from sandbox.world.wire import Record

_CLOCK = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?"
_DAY = r"(\d{4}(年|[-/.]))?\d{1,2}(月|[-/.])\d{1,2}日?"
_NUMBERS_OF_A_DAY = re.compile(r"(?:(\d{4})[年\-/.])?(\d{1,2})[月\-/.](\d{1,2})(?!\d|:)")
_YEAR_MONTH = r"\d{4}(年\d{1,2}月|[-/.]\d{1,2})"
_MOMENT = rf"({_DAY} ?)?{_CLOCK}"
_DATE = rf"({_DAY}|{_YEAR_MONTH})( ?{_CLOCK})?"
_RULES = {
    "thing": re.compile(r"[^\x00-\x1f\x7f]{1,20}"),
    "character_string": re.compile(r"[\x20-\x7e]{1,32}"),
    "number": re.compile(r"(?=.{1,32}$)-?\d+(\.\d+)?"),
    "letter": re.compile(r"[A-Za-z]{1,32}"),
    "symbol": re.compile(r"[^\w\s]{1,5}"),
    "time": re.compile(rf"{_MOMENT}(~{_MOMENT})?"),
    "date": re.compile(rf"{_DATE}(~{_DATE})?"),
    "amount": re.compile(r"[¥$￥€£]?\d{1,10}(\.\d+)?元?"),
    "phone_number": re.compile(r"[0-9+\-*#() ]{1,17}"),
    "car_number": re.compile(r"[一-鿿A-Z0-9][A-Z0-9]{0,6}[一-鿿A-Z0-9]"),
    "name": re.compile(r"(?=.*[一-鿿])[^\d\x00-\x1f]{1,10}|[^\d一-鿿\x00-\x1f]{1,20}"),
    "phrase": re.compile(r"[一-鿿]{1,5}"),
    "const": re.compile(r"[^\x00-\x1f]{1,20}"),
}


@dataclass(frozen=True, slots=True)
class Template:
    """``labels`` are what a person reads before each keyword; ``values`` which of the app's values are meant for it."""

    purpose: str
    template_id: str
    title: str
    labels: dict[str, str]
    values: dict[str, str]


TEMPLATES = (
    Template(
        "payment_booked", "ZFtplBooked0000000000000000000000000000001", "缴费成功通知",
        {"thing1": "就诊人", "amount2": "缴费金额", "time3": "缴费时间", "thing4": "科室", "character_string5": "支付单号"},
        {"thing1": "patient", "amount2": "amount", "time3": "time", "thing4": "departments", "character_string5": "payment"},
    ),
    Template(
        "payment_returning", "ZFtplReturning00000000000000000000000000002", "款项退回通知",
        {"thing1": "就诊人", "amount2": "退回金额", "thing3": "退回原因", "character_string4": "支付单号"},
        {"thing1": "patient", "amount2": "amount", "thing3": "reason", "character_string4": "payment"},
    ),
    Template(
        "payment_returned", "ZFtplReturned000000000000000000000000000003", "退回到账通知",
        {"thing1": "就诊人", "amount2": "退回金额", "character_string3": "支付单号", "thing4": "退回原因"},
        {"thing1": "patient", "amount2": "amount", "character_string3": "payment", "thing4": "reason"},
    ),
    Template(
        "payment_confirmed", "ZFtplConfirmed000000000000000000000000000013", "缴费单确认通知",
        {"thing1": "就诊人", "thing2": "科室", "time3": "确认时间", "character_string4": "支付单号"},
        {"thing1": "patient", "thing2": "departments", "time3": "time", "character_string4": "payment"},
    ),
    Template(
        "payment_elsewhere", "ZFtplElsewhere00000000000000000000000000019", "到院支付提醒",
        {"thing1": "就诊人", "thing2": "科室", "thing3": "温馨提示", "character_string4": "支付单号"},
        {"thing1": "patient", "thing2": "departments", "thing3": "guide", "character_string4": "payment"},
    ),
    Template(
        "payment_lapsed", "ZFtplLapsed00000000000000000000000000000020", "到院支付过时提醒",
        {"thing1": "就诊人", "thing2": "科室", "thing3": "温馨提示", "character_string4": "支付单号"},
        {"thing1": "patient", "thing2": "departments", "thing3": "guide", "character_string4": "payment"},
    ),
    Template(
        "payment_late", "ZFtplLate00000000000000000000000000000012", "缴费入账中提醒",
        {"thing1": "就诊人", "amount2": "缴费金额", "thing3": "温馨提示", "character_string4": "支付单号"},
        {"thing1": "patient", "amount2": "amount", "thing3": "guide", "character_string4": "payment"},
    ),
    Template(
        "booking_changed", "ZFtplChanged0000000000000000000000000000015", "预约变更提醒",
        {"thing1": "就诊人", "thing2": "科室", "thing3": "变更内容", "character_string4": "支付单号"},
        {"thing1": "patient", "thing2": "departments", "thing3": "guide", "character_string4": "payment"},
    ),
    Template(
        "payment_not_booked", "ZFtplNotBooked0000000000000000000000000010", "缴费单未能登记提醒",
        {"thing1": "就诊人", "thing2": "科室", "thing3": "温馨提示", "character_string4": "支付单号"},
        {"thing1": "patient", "thing2": "departments", "thing3": "guide", "character_string4": "payment"},
    ),
    Template(
        "bill_issued", "ZFtplIssued00000000000000000000000000000004", "待缴费通知",
        {"thing1": "就诊人", "amount2": "待缴金额", "thing3": "科室"},
        {"thing1": "patient", "amount2": "amount", "thing3": "departments"},
    ),
    Template(
        "refund_accepted", "ZFtplAccepted000000000000000000000000000005", "退费受理通知",
        {"thing1": "就诊人", "amount2": "退费金额", "thing3": "退费原因", "thing4": "预计到账", "character_string5": "退费单号"},
        {"thing1": "patient", "amount2": "amount", "thing3": "reason", "thing4": "arrival", "character_string5": "refund"},
    ),
    Template(
        "refund_arrived", "ZFtplArrived0000000000000000000000000000006", "退费到账通知",
        {"thing1": "就诊人", "amount2": "退费金额", "character_string3": "退费单号"},
        {"thing1": "patient", "amount2": "amount", "character_string3": "refund"},
    ),
    Template(
        "report_ready", "ZFtplReport00000000000000000000000000000014", "报告出具通知",
        {"thing1": "就诊人", "time2": "通知时间", "thing3": "温馨提示"},
        {"thing1": "patient", "time2": "time", "thing3": "guide"},
    ),
    Template(
        "number_offered", "ZFtplOffered0000000000000000000000000000018", "候补结果通知",
        {"thing1": "就诊人", "time2": "通知时间", "thing3": "温馨提示"},
        {"thing1": "patient", "time2": "time", "thing3": "guide"},
    ),
    Template(
        "old_balance", "ZFtplBalance0000000000000000000000000000021", "门诊余额退还提醒",
        {"thing1": "就诊人", "time2": "通知时间", "thing3": "温馨提示"},
        {"thing1": "patient", "time2": "time", "thing3": "guide"},
    ),
    Template(
        "low_deposit", "ZFtplLowDeposit0000000000000000000000000017", "住院预交金不足提醒",
        {"thing1": "就诊人", "time2": "通知时间", "thing3": "温馨提示"},
        {"thing1": "patient", "time2": "time", "thing3": "guide"},
    ),
    Template(
        "refund_waiting", "ZFtplWaiting0000000000000000000000000000007", "退费待审批提醒",
        {"character_string1": "退费单号", "amount2": "退费金额", "thing3": "审批原因", "time4": "申请时间"},
        {"character_string1": "refund", "amount2": "amount", "thing3": "reason", "time4": "time"},
    ),
    Template(
        "refund_result", "ZFtplResult00000000000000000000000000000008", "退费结果提醒",
        {"character_string1": "退费单号", "amount2": "退费金额", "thing3": "办理结果"},
        {"character_string1": "refund", "amount2": "amount", "thing3": "state"},
    ),
    Template(
        "audit_head", "ZFtplAudit000000000000000000000000000000009", "审计日终提醒",
        {"date1": "日期", "number2": "记录条数", "character_string3": "校验码"},
        {"date1": "day", "number2": "last", "character_string3": "head"},
    ),
    Template(
        "alerts_standing", "ZFtplAlerts00000000000000000000000000000011", "告警提醒",
        {"thing1": "告警内容", "number2": "未处理数", "time3": "最早时间"},
        {"thing1": "reason", "number2": "count", "time3": "time"},
    ),
)  # fmt: skip
BY_ID = {template.template_id: template for template in TEMPLATES}


def filled(template_id: str, data: Record) -> tuple[Template, list[list[str]]]:
    """The template and its rows as a person reads them. Raises Errcode 40037 or 47003."""
    template = BY_ID.get(template_id)
    if template is None:
        raise Errcode(40037)
    return template, checked_rows(template, data)


def checked_rows(template: Template, data: Record) -> list[list[str]]:
    """The rows as a person reads them, by the rules of their keywords. Raises Errcode 47003."""
    rows, unknown = [], [name for name in data if name not in template.labels]
    if unknown:
        raise Errcode(47003, f"data.{unknown[0]} is not of this template")
    for keyword, label in template.labels.items():
        try:
            value = Keyword.model_validate(data.get(keyword)).value
        except ValidationError:
            raise Errcode(47003, f"data.{keyword}.value is empty") from None
        kind = keyword.rstrip("0123456789")
        if not _RULES[kind].fullmatch(value) or (kind in {"time", "date"} and not _is_real(value)):
            raise Errcode(47003, f"data.{keyword}.value invalid")
        rows.append([label, value])
    return rows


def _is_real(moments: str) -> bool:
    """Every day in it exists; one without a year in a leap year."""
    try:
        for year, month, day in _NUMBERS_OF_A_DAY.findall(moments):
            date(int(year or 2024), int(month), int(day))
    except ValueError:
        return False
    return True


def published() -> Record:
    """For `/sandbox/credentials`."""
    return {t.purpose: {"template_id": t.template_id, "keywords": t.values} for t in TEMPLATES}


def all_private() -> Record:
    """get_all_private_template."""
    return {
        "template_list": [
            {
                "template_id": t.template_id,
                "title": t.title,
                "primary_industry": "",
                "deputy_industry": "",
                "content": "\n".join(f"{label}:{{{{{name}.DATA}}}}" for name, label in t.labels.items()),
                "example": "",
            }
            for t in TEMPLATES
        ]
    }

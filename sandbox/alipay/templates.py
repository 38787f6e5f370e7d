"""The life account's approved message templates (section 10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, ValidationError

from sandbox.alipay.errors import failed
from sandbox.world.shapes import ABSENT, Asked
from sandbox.world.wire import Record

VALUE_MAX = 100
AROUND = {"first": "intro", "remark": "remark"}


class Keyword(Asked):
    value: Annotated[str, Field(max_length=VALUE_MAX)] = ABSENT


@dataclass(frozen=True, slots=True)
class Template:
    """``labels`` are what a person reads before each keyword; ``values`` which of the app's values are meant for each word."""

    purpose: str
    template_id: str
    title: str
    labels: dict[str, str]
    values: dict[str, str]


TEMPLATES = (
    Template(
        "payment_booked", "TM000000000000000001", "缴费成功通知",
        {"keyword1": "就诊人", "keyword2": "缴费金额", "keyword3": "缴费时间", "keyword4": "科室", "keyword5": "支付单号"},
        {"first": "hospital", "keyword1": "patient", "keyword2": "amount", "keyword3": "time", "keyword4": "departments",
         "keyword5": "payment", "remark": "guide"},
    ),
    Template(
        "payment_returning", "TM000000000000000002", "款项退回通知",
        {"keyword1": "就诊人", "keyword2": "退回金额", "keyword3": "退回原因", "keyword4": "支付单号"},
        {"first": "hospital", "keyword1": "patient", "keyword2": "amount", "keyword3": "reason", "keyword4": "payment"},
    ),
    Template(
        "payment_returned", "TM000000000000000003", "退回到账通知",
        {"keyword1": "就诊人", "keyword2": "退回金额", "keyword3": "支付单号", "keyword4": "退回原因"},
        {"first": "hospital", "keyword1": "patient", "keyword2": "amount", "keyword3": "payment", "keyword4": "reason"},
    ),
    Template(
        "payment_confirmed", "TM000000000000000013", "缴费单确认通知",
        {"keyword1": "就诊人", "keyword2": "科室", "keyword3": "确认时间", "keyword4": "支付单号"},
        {"first": "hospital", "keyword1": "patient", "keyword2": "departments", "keyword3": "time", "keyword4": "payment",
         "remark": "guide"},
    ),
    Template(
        "payment_elsewhere", "TM000000000000000019", "到院支付提醒",
        {"keyword1": "就诊人", "keyword2": "科室", "keyword3": "温馨提示", "keyword4": "支付单号"},
        {"first": "hospital", "keyword1": "patient", "keyword2": "departments", "keyword3": "guide", "keyword4": "payment"},
    ),
    Template(
        "payment_lapsed", "TM000000000000000020", "到院支付过时提醒",
        {"keyword1": "就诊人", "keyword2": "科室", "keyword3": "温馨提示", "keyword4": "支付单号"},
        {"first": "hospital", "keyword1": "patient", "keyword2": "departments", "keyword3": "guide", "keyword4": "payment"},
    ),
    Template(
        "payment_late", "TM000000000000000012", "缴费入账中提醒",
        {"keyword1": "就诊人", "keyword2": "缴费金额", "keyword3": "温馨提示", "keyword4": "支付单号"},
        {"first": "hospital", "keyword1": "patient", "keyword2": "amount", "keyword3": "guide", "keyword4": "payment"},
    ),
    Template(
        "booking_changed", "TM000000000000000015", "预约变更提醒",
        {"keyword1": "就诊人", "keyword2": "科室", "keyword3": "变更内容", "keyword4": "支付单号"},
        {"first": "hospital", "keyword1": "patient", "keyword2": "departments", "keyword3": "guide", "keyword4": "payment"},
    ),
    Template(
        "payment_not_booked", "TM000000000000000010", "缴费单未能登记提醒",
        {"keyword1": "就诊人", "keyword2": "科室", "keyword3": "温馨提示", "keyword4": "支付单号"},
        {"first": "hospital", "keyword1": "patient", "keyword2": "departments", "keyword3": "guide", "keyword4": "payment"},
    ),
    Template(
        "bill_issued", "TM000000000000000004", "待缴费通知",
        {"keyword1": "就诊人", "keyword2": "待缴金额", "keyword3": "科室"},
        {"first": "hospital", "keyword1": "patient", "keyword2": "amount", "keyword3": "departments"},
    ),
    Template(
        "refund_accepted", "TM000000000000000005", "退费受理通知",
        {"keyword1": "就诊人", "keyword2": "退费金额", "keyword3": "退费原因", "keyword4": "预计到账", "keyword5": "退费单号"},
        {"first": "hospital", "keyword1": "patient", "keyword2": "amount", "keyword3": "reason", "keyword4": "arrival",
         "keyword5": "refund"},
    ),
    Template(
        "refund_arrived", "TM000000000000000006", "退费到账通知",
        {"keyword1": "就诊人", "keyword2": "退费金额", "keyword3": "退费单号"},
        {"first": "hospital", "keyword1": "patient", "keyword2": "amount", "keyword3": "refund"},
    ),
    Template(
        "report_ready", "TM000000000000000014", "报告出具通知",
        {"keyword1": "就诊人", "keyword2": "通知时间", "keyword3": "温馨提示"},
        {"first": "hospital", "keyword1": "patient", "keyword2": "time", "keyword3": "guide"},
    ),
    Template(
        "number_offered", "TM000000000000000018", "候补结果通知",
        {"keyword1": "就诊人", "keyword2": "通知时间", "keyword3": "温馨提示"},
        {"first": "hospital", "keyword1": "patient", "keyword2": "time", "keyword3": "guide"},
    ),
    Template(
        "old_balance", "TM000000000000000021", "门诊余额退还提醒",
        {"keyword1": "就诊人", "keyword2": "通知时间", "keyword3": "温馨提示"},
        {"first": "hospital", "keyword1": "patient", "keyword2": "time", "keyword3": "guide"},
    ),
    Template(
        "low_deposit", "TM000000000000000017", "住院预交金不足提醒",
        {"keyword1": "就诊人", "keyword2": "通知时间", "keyword3": "温馨提示"},
        {"first": "hospital", "keyword1": "patient", "keyword2": "time", "keyword3": "guide"},
    ),
    Template(
        "refund_waiting", "TM000000000000000007", "退费待审批提醒",
        {"keyword1": "退费单号", "keyword2": "退费金额", "keyword3": "审批原因", "keyword4": "申请时间"},
        {"first": "hospital", "keyword1": "refund", "keyword2": "amount", "keyword3": "reason", "keyword4": "time"},
    ),
    Template(
        "refund_result", "TM000000000000000008", "退费结果提醒",
        {"keyword1": "退费单号", "keyword2": "退费金额", "keyword3": "办理结果"},
        {"first": "hospital", "keyword1": "refund", "keyword2": "amount", "keyword3": "state"},
    ),
    Template(
        "audit_head", "TM000000000000000009", "审计日终提醒",
        {"keyword1": "日期", "keyword2": "记录条数", "keyword3": "校验码"},
        {"first": "hospital", "keyword1": "day", "keyword2": "last", "keyword3": "head"},
    ),
    Template(
        "alerts_standing", "TM000000000000000011", "告警提醒",
        {"keyword1": "告警内容", "keyword2": "未处理数", "keyword3": "最早时间"},
        {"first": "hospital", "keyword1": "reason", "keyword2": "count", "keyword3": "time"},
    ),
)  # fmt: skip
BY_ID = {template.template_id: template for template in TEMPLATES}


def filled(template: object, context: Record) -> tuple[Template, list[list[str]], Record]:
    """The template, its rows as a person reads them, and the words before and after them. Raises Refused."""
    found = BY_ID.get(str(template))
    if found is None:
        raise failed("1001", "模板不存在")
    unknown = set(context) - {"head_color", "url", "action_name", *AROUND, *found.labels}
    if unknown:
        raise failed("1001", f"模板没有 {min(unknown)}")
    rows = [[label, _value(context, name)] for name, label in found.labels.items()]
    return found, rows, {shown: _value(context, name) for name, shown in AROUND.items() if name in context}


def _value(context: Record, name: str) -> str:
    try:
        value = Keyword.model_validate(context.get(name)).value
    except ValidationError:
        value = None
    if value is None or (not value and name not in AROUND):
        raise failed("1001", f"{name} 为空或过长")
    return value


def published() -> Record:
    """For `/sandbox/credentials`."""
    return {t.purpose: {"template_id": t.template_id, "keywords": t.values} for t in TEMPLATES}

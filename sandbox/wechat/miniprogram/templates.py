"""The mini-program's one-time subscription templates (section 4); the words follow the rules of template messages."""

from __future__ import annotations

from sandbox.wechat.templates import Template
from sandbox.world.wire import Record

TEMPLATES = (
    Template(
        "payment_booked", "ZFsubBooked0000000000000000000000000000001", "缴费成功通知",
        {"thing1": "就诊人", "amount2": "缴费金额", "time3": "缴费时间", "character_string4": "支付单号"},
        {"thing1": "patient", "amount2": "amount", "time3": "time", "character_string4": "payment"},
    ),
    Template(
        "payment_late", "ZFsubLate00000000000000000000000000000000004", "缴费入账中提醒",
        {"thing1": "就诊人", "amount2": "缴费金额", "thing3": "温馨提示", "character_string4": "支付单号"},
        {"thing1": "patient", "amount2": "amount", "thing3": "guide", "character_string4": "payment"},
    ),
    Template(
        "payment_returned", "ZFsubReturned000000000000000000000000000002", "退回到账通知",
        {"thing1": "就诊人", "amount2": "退回金额", "character_string3": "支付单号"},
        {"thing1": "patient", "amount2": "amount", "character_string3": "payment"},
    ),
    Template(
        "refund_arrived", "ZFsubArrived0000000000000000000000000000003", "退费到账通知",
        {"thing1": "就诊人", "amount2": "退费金额", "character_string3": "退费单号"},
        {"thing1": "patient", "amount2": "amount", "character_string3": "refund"},
    ),
)  # fmt: skip
BY_ID = {template.template_id: template for template in TEMPLATES}


def published() -> Record:
    """For `/sandbox/credentials`."""
    return {t.purpose: {"template_id": t.template_id, "keywords": t.values, "title": t.title} for t in TEMPLATES}

"""The chat's texts for staff: names masked, short lines, what to say next."""

from __future__ import annotations

from collections.abc import Sequence

from server.core.actors import actor_of
from server.core.days import hospital_time
from server.core.money import yuan_text
from server.patients.model import mask_card, mask_name
from server.payments.hospital import Hospital
from server.payments.model import Payment
from server.payments.refund_channel import channel_of_refund
from server.payments.refund_model import REASONS, Refund, RefundState
from server.payments.rules.refund_shares import refundable_fen
from server.payments.texts import REFUND_STATES, payment_state
from server.refunds.rules.permissions import SECOND_REASONS
from server.refunds.texts import covered, decided_no
from server.staff.actor_texts import who

REFUND_TAIL = 9
NAMED_MAX, NAME_CHARS_MAX = 3, 40
REFUNDS_SHOWN_MAX = 3
NEXT = "回复“确认”，在打开的页面里输入PIN和动态码，10分钟内有效。"
MORE = "先列出最早过期的，其余见控制台“待审批和今日退费”。"
NOT_FOR_ROLE = "您的岗位不能办理“{command}”。回复“帮助”查看可以做什么。"
NO_SECRETS = "请不要在聊天里发送PIN或动态码，没有保存。请回复“确认”，在打开的页面里输入。"


def yuan(fen: int) -> str:
    return f"{yuan_text(fen)}元"


def short(refund: Refund) -> str:
    """The end of a refund's number, by which staff name it."""
    return refund.id[-REFUND_TAIL:]


def listed(names: Sequence[str]) -> str:
    """The first few, and how many there are: a chat's text has an end, and what is below must still be seen."""
    different = list(
        dict.fromkeys(name if len(name) <= NAME_CHARS_MAX else f"{name[:NAME_CHARS_MAX]}…" for name in names)
    )
    more = f" 等{len(different)}项" if len(different) > NAMED_MAX else ""
    return "、".join(different[:NAMED_MAX]) + more


def found(hospital: Hospital, payments: Sequence[Payment]) -> str:
    if not payments:
        return "没有找到。可以用任何单号、手机号、就诊卡号或它们的后4位以上查。"
    if len(payments) == 1:
        how = [f"退费请回复：退费 {payments[0].id[-6:]} 原因"] if refundable_fen(payments[0]) else []
        return "\n\n".join([_payment(hospital, payments[0]), *how])
    blocks = [f"{number}. {_payment(hospital, payment)}" for number, payment in enumerate(payments, 1)]
    open_ones = [number for number, payment in enumerate(payments, 1) if refundable_fen(payment)]
    how = [f"退费请回复“退费”和序号，例如：退费 {open_ones[min(1, len(open_ones) - 1)]} 原因"] if open_ones else []
    return "\n\n".join([*blocks, *how])


def _payment(hospital: Hospital, payment: Payment) -> str:
    person = payment.personal
    departments = listed(list(person.subject.departments))
    when = hospital_time(payment.paid_at or payment.created_at)
    lines = [
        f"{payment.id}",
        f"{mask_name(person.patient_name)} {mask_card(person.card_no)} {departments}",
        f"{when:%m-%d %H:%M} {channel_of_refund(hospital, payment).title} {yuan(payment.paid_fen or payment.amount_fen)}"
        f" {payment_state(payment)}",
    ]
    hidden = len(payment.refunds) - REFUNDS_SHOWN_MAX
    if hidden > 0:
        lines.append(f"另有退费{hidden}笔")
    lines += [
        f"退费 {short(refund)} {yuan(refund.asked_fen)} {REFUND_STATES[refund.state]}"
        for refund in payment.refunds[-REFUNDS_SHOWN_MAX:]
    ]
    if refundable_fen(payment):
        lines.append(f"可退 {yuan(refundable_fen(payment))}")
    return "\n".join(lines)


def why_second(approval_reasons: Sequence[str]) -> str:
    return "、".join(SECOND_REASONS[name] for name in approval_reasons)


def refund_line(payment: Payment, refund: Refund) -> str:
    patient = mask_name(payment.personal.patient_name)
    return f"{short(refund)} {patient} {yuan(refund.asked_fen)} {REFUND_STATES[refund.state]}"


def not_understood(said: str, meant: str) -> str:
    """Staff never get the patients' menu for a slip of the finger."""
    near = f"您是不是想说：{meant}" if meant else "回复“帮助”查看可以做什么。"
    return f"没有听懂“{said[:20]}”。{near}"


def progress(hospital: Hospital, payment: Payment, refund: Refund, his_words: str) -> str:
    lines = [
        f"退费 {refund.id}",
        f"{mask_name(payment.personal.patient_name)} {yuan(refund.asked_fen)} {REASONS.get(refund.reason, '')}",
        f"{hospital_time(refund.at):%m-%d %H:%M} {who(actor_of(refund.asked_by))}发起",
        REFUND_STATES[refund.state],
    ]
    if refund.state is RefundState.REQUESTED:
        lines.append(f"需要审批：{why_second(refund.approval_reasons)}")
    if his_words:
        lines.append(decided_no(refund, his_words))
    if refund.covered_by:
        lines.append(covered(payment, refund))
    if refund.state is RefundState.SUBMITTED:
        lines.append(channel_of_refund(hospital, payment).arrival)
    if refund.state is RefundState.SUCCEEDED and refund.finished_at is not None:
        lines.append(f"{hospital_time(refund.finished_at):%m-%d %H:%M} 到账")
    return "\n".join(lines)


def done(payment: Payment, refund: Refund) -> str:
    """Said in the chat when the page has done it."""
    head = f"退费 {short(refund)} {yuan(refund.asked_fen)}\n{REFUND_STATES[refund.state]}"
    if refund.state is RefundState.REQUESTED:
        return f"{head}：{why_second(refund.approval_reasons)}\n审批结果会发给您。"
    return head if refund.state is RefundState.REJECTED else f"{head}\n结果会发给您，也可以回复“进度 {short(refund)}”。"

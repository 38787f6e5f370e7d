"""The chat's texts for staff: names masked, short lines, what to say next."""

from __future__ import annotations

from collections.abc import Sequence

from server.domain.actors import HIS, actor_of
from server.domain.days import hospital_time
from server.domain.money import yuan_text
from server.domain.payment import Payment, PaymentState
from server.domain.people import mask_card, mask_name
from server.domain.refund import REASONS, Refund, RefundState
from server.domain.refund_requests import refundable_fen
from server.domain.refund_rules import SECOND_REASONS
from server.ports import Hospital
from server.services.actor_words import who
from server.services.refund_drafts import ASK, Preview
from server.services.refund_words import way_back
from server.services.staff_messages import RESULTS, covered, unnamed

REFUND_TAIL = 9
NAMED_MAX, NAME_CHARS_MAX = 3, 40
REFUNDS_SHOWN_MAX = 3
NEXT = "回复“确认”，在打开的页面里输入PIN和动态码，10分钟内有效。"
MORE = "先列出最早过期的，其余见控制台“待审批和今日退费”。"
NO_SECRETS = "请不要在聊天里发送PIN或动态码，没有保存。请回复“确认”，在打开的页面里输入。"
_STATES = {
    PaymentState.CREATED: "未支付",
    PaymentState.PENDING: "未支付",
    PaymentState.PAID: "已收款，待入账",
    PaymentState.BOOKED: "已入账",
    PaymentState.CLOSED: "已关闭",
    PaymentState.RETURNING: "自动退回中",
    PaymentState.RETURNED: "已自动退回",
}


NOT_REGISTERED = "无需付款，医院未登记"


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
        return "没有找到。可以用单号后6位、手机号（或后4位）或就诊卡号查。"
    blocks = [_payment(hospital, payment) for payment in payments]
    return "\n\n".join([*blocks, f"退费请回复：退费 {payments[0].id[-6:]}"])


def _payment(hospital: Hospital, payment: Payment) -> str:
    person = payment.personal
    departments = listed([bill.department for bill in person.bills])
    when = hospital_time(payment.paid_at or payment.created_at)
    lines = [
        f"{payment.id}",
        f"{mask_name(person.patient_name)} {mask_card(person.card_no)} {departments}",
        f"{when:%m-%d %H:%M} {way_back(hospital, payment).title} {yuan(payment.paid_fen or payment.amount_fen)}"
        f" {_state(payment)}",
    ]
    hidden = len(payment.refunds) - REFUNDS_SHOWN_MAX
    if hidden > 0:
        lines.append(f"另有退费{hidden}笔")
    lines += [
        f"退费 {short(refund)} {yuan(refund.amount_fen)} {RESULTS[refund.state]}"
        for refund in payment.refunds[-REFUNDS_SHOWN_MAX:]
    ]
    if refundable_fen(payment):
        lines.append(f"可退 {yuan(refundable_fen(payment))}")
    return "\n".join(lines)


def _state(payment: Payment) -> str:
    """What the HIS did not take is returned, unless nothing was paid."""
    nothing_to_return = payment.state is PaymentState.RETURNED and not payment.paid_fen
    return NOT_REGISTERED if nothing_to_return else _STATES[payment.state]


def preview(hospital: Hospital, shown: Preview) -> str:
    """What would be done, before the proof."""
    payment, draft, way = shown.payment, shown.draft, way_back(hospital, shown.payment)
    heads = {ASK: "退费预览", "agree": f"同意退费 {draft.refund_id[-REFUND_TAIL:]}"}
    bills = listed([f"{bill.bill_no} {bill.department}" for bill in payment.personal.bills])
    lines = [
        heads.get(draft.action, f"驳回退费 {draft.refund_id[-REFUND_TAIL:]}"),
        f"就诊人：{mask_name(payment.personal.patient_name)}",
        f"缴费单：{bills}",
        f"支付单：{payment.id}",
        f"已付 {yuan(payment.paid_fen)}，已退或在退 {yuan(_gone_fen(shown))}",
        f"本次退 {yuan(draft.amount_fen)}（{REASONS.get(draft.reason, REASONS['other'])}）",
        f"退回：原支付账户（{way.title}），{way.arrival}",
    ]
    if draft.lines:
        lines.append(f"明细：{len(draft.lines)}项，见确认页面")
    if shown.second:
        lines.append(f"需要另一人审批：{why_second(shown.second)}")
    lines.append(_after(shown))
    return "\n".join(lines)


def _gone_fen(shown: Preview) -> int:
    """Back already or on its way, without the refund that the decision is about."""
    about = shown.payment.refund(shown.draft.refund_id)
    return shown.payment.refunding_fen - (about.amount_fen if about is not None else 0)


def _after(shown: Preview) -> str:
    if shown.his_says:
        return f"医院系统不同意：{unnamed(shown.payment, shown.his_says)}\n现在不能办理。"
    silent = "医院系统暂时没有回答，提交后会再核对。\n" if shown.his_silent else ""
    return f"{silent}{NEXT}"


def why_second(second: Sequence[str]) -> str:
    return "、".join(SECOND_REASONS[name] for name in second)


def refund_line(payment: Payment, refund: Refund) -> str:
    patient = mask_name(payment.personal.patient_name)
    return f"{short(refund)} {patient} {yuan(refund.amount_fen)} {RESULTS[refund.state]}"


def progress(hospital: Hospital, payment: Payment, refund: Refund, his_words: str) -> str:
    lines = [
        f"退费 {refund.id}",
        f"{mask_name(payment.personal.patient_name)} {yuan(refund.amount_fen)} {REASONS.get(refund.reason, '')}",
        f"{hospital_time(refund.at):%m-%d %H:%M} {who(actor_of(refund.asked_by))}发起",
        RESULTS[refund.state],
    ]
    if refund.state is RefundState.REQUESTED:
        lines.append(f"需要审批：{why_second(refund.second)}")
    if his_words:
        lines.append(f"医院系统：{his_words}" if refund.decided_by == HIS else his_words)
    if refund.covered_by:
        lines.append(covered(payment, refund))
    if refund.state is RefundState.SUBMITTED:
        lines.append(way_back(hospital, payment).arrival)
    if refund.state is RefundState.SUCCEEDED and refund.finished_at is not None:
        lines.append(f"{hospital_time(refund.finished_at):%m-%d %H:%M} 到账")
    return "\n".join(lines)


def done(payment: Payment, refund: Refund) -> str:
    """Said in the chat when the page has done it."""
    head = f"退费 {short(refund)} {yuan(refund.amount_fen)}\n{RESULTS[refund.state]}"
    if refund.state is RefundState.REQUESTED:
        return f"{head}：{why_second(refund.second)}\n审批结果会发给您。"
    return head if refund.state is RefundState.REJECTED else f"{head}\n结果会发给您，也可以回复“进度 {short(refund)}”。"

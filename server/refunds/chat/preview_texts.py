"""What staff read before they confirm: the asker's preview, and the approver's, who needs to know who asks, why, and what has gone before."""

from __future__ import annotations

from server.core.actors import actor_of
from server.core.days import hospital_time
from server.core.money import yuan_text
from server.patients.model import mask_name
from server.payments.hospital import Hospital
from server.payments.model import Payment
from server.payments.refund_channel import channel_of_refund
from server.payments.refund_model import REASONS, Refund
from server.payments.rules.refund_shares import refundable_fen
from server.payments.texts import CHARGE, PAYMENT_NUMBER, REFUND_STATES
from server.refunds.chat.texts import NEXT, listed, short, why_second, yuan
from server.refunds.drafts import AGREE, ASK, Preview
from server.refunds.texts import unnamed
from server.staff.actor_texts import who

HISTORY_MAX = 5
DEPARTMENT_CHARS_MAX = 12


def preview(hospital: Hospital, shown: Preview) -> str:
    """For the chat: what would be done, before the proof."""
    return _request(hospital, shown) if shown.draft.action == ASK else _decision(shown)


def same_before(shown: Preview) -> str:
    """A warning, where perhaps this money has gone back already; empty otherwise."""
    same = shown.same_before
    if same is None:
        return ""
    when = f"{hospital_time(same.at):%m-%d %H:%M}"
    return f"这笔支付已有一笔同样金额的退费：{short(same)} {when} {REFUND_STATES[same.state]}，请确认不是重复退费。"


def history(payment: Payment, without: str = "") -> list[str]:
    """The payment's other refunds, newest first: when, how much, what became of it, who asked."""
    others = [refund for refund in reversed(payment.refunds) if refund.id != without]
    lines = [_past(refund) for refund in others[:HISTORY_MAX]]
    return [*lines, f"更早的还有{len(others) - HISTORY_MAX}笔"] if len(others) > HISTORY_MAX else lines


def _past(refund: Refund) -> str:
    asked = f" {who(actor_of(refund.asked_by))}" if refund.asked_by else ""
    when = f"{hospital_time(refund.at):%m-%d %H:%M}"
    return f"{short(refund)} {when} {yuan(refund.amount_fen)} {REFUND_STATES[refund.state]}{asked}"


def _request(hospital: Hospital, shown: Preview) -> str:
    payment, draft, way = shown.payment, shown.draft, channel_of_refund(hospital, shown.payment)
    reason = REASONS.get(draft.reason, REASONS["other"])
    lines = [
        "退费预览",
        f"就诊人：{mask_name(payment.personal.patient_name)}",
        f"{CHARGE}：{_charges(payment)}",
        f"{PAYMENT_NUMBER}：{payment.id}",
        f"已付 {yuan(payment.paid_fen)}，已退或在退 {yuan(payment.refunding_fen)}",
        f"本次退 {yuan(draft.amount_fen)}（{reason}）",
        *([f"说明：{unnamed(payment, draft.note)}"] if draft.note not in {"", reason} else []),
        f"退回：原支付账户（{way.title}），{way.arrival}",
    ]
    if draft.lines:
        lines.append(f"明细：{len(draft.lines)}项，见确认页面")
    if shown.approval_reasons:
        lines.append(f"需要另一人审批：{why_second(shown.approval_reasons)}")
    if warning := same_before(shown):
        lines.append(f"注意：{warning}")
    if shown.his_says:
        return "\n".join([*lines, f"医院系统不同意：{unnamed(payment, shown.his_says)}\n现在不能办理。"])
    if shown.his_silent:
        lines.append("医院系统暂时没有回答，提交后会再核对。")
    return "\n".join([*lines, NEXT])


def _decision(shown: Preview) -> str:
    payment, draft, refund = shown.payment, shown.draft, shown.about
    asked = f"，{hospital_time(refund.at):%m-%d %H:%M}" if refund is not None else ""
    agrees = draft.action == AGREE
    before = history(payment, draft.refund_id)
    lines = [
        f"{'同意' if agrees else '驳回'}退费 {draft.refund_id[-9:]}",
        f"申请退 {yuan(draft.amount_fen)}，这笔支付已付 {yuan(payment.paid_fen)}",
        f"发起人：{shown.asked_by}{asked}",
        f"原因：{_why(shown)}",
        f"需审批：{why_second(shown.approval_reasons)}",
        f"就诊人：{mask_name(payment.personal.patient_name)} {_charges(payment)}",
        *(["这笔支付的其他退费：", *before] if before else ["这笔支付没有其他退费。"]),
    ]
    if draft.lines:
        lines.append(f"明细：{len(draft.lines)}项，见确认页面")
    if agrees and (warning := same_before(shown)):
        lines.append(f"注意：{warning}")
    if not agrees:
        lines.append(f"驳回原因：{unnamed(payment, draft.note)}（发起人会看到）")
    return "\n".join([*lines, NEXT])


def _why(shown: Preview) -> str:
    reason = REASONS.get(shown.draft.reason, REASONS["other"])
    note = unnamed(shown.payment, shown.asked_note)
    return f"{reason}，{note}" if note else reason


def _charges(payment: Payment) -> str:
    return listed([f"{charge.number} {charge.department}" for charge in payment.personal.subject.charges])


def to_items(payment: Payment, page: str) -> str:
    """Where the items are chosen that go back. What of all of them may be is said on the page."""
    whose = f"{mask_name(payment.personal.patient_name)} {_charges(payment)}，可退 {yuan(refundable_fen(payment))}"
    return f'{whose}\n<a href="{page}">点这里选择要退的明细</a>\n10分钟内有效。'


def items_first(payment: Payment, page: str) -> str:
    """To who confirms before an item is chosen: the whole is never meant by that."""
    return (
        f'还没有选择要退的明细：\n<a href="{page}">点这里选择要退的明细</a>\n要退全部，请回复“退费 {payment.id[-6:]}”。'
    )


def candidates(hospital: Hospital, payments: tuple[Payment, ...]) -> list[str]:
    """Numbered lines to choose one from."""
    return [f"{number}. {_candidate(hospital, payment)}" for number, payment in enumerate(payments, 1)]


def _candidate(hospital: Hospital, payment: Payment) -> str:
    when = hospital_time(payment.paid_at or payment.created_at)
    department = next(iter(payment.personal.subject.departments), "")[:DEPARTMENT_CHARS_MAX]
    money = yuan_text(payment.paid_fen or payment.amount_fen)
    patient, way = mask_name(payment.personal.patient_name), channel_of_refund(hospital, payment).title
    left = f"可退 {yuan(refundable_fen(payment))}" if refundable_fen(payment) else "没有可退的金额"
    return f"{when:%m-%d %H:%M} {patient} {department} {money}元 {way} …{payment.id[-6:]}，{left}"

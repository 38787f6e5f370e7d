"""What the result page, the list of payments and the scripts are told. Nothing here says more than is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from handlers.base.display import day_and_time, patient_text, short_time, yuan
from handlers.base.moments import place_text
from handlers.patient.views.bills import item_line
from handlers.patient.views.purposes import HOMES, what_for
from handlers.patient.views.refunds import is_all_back, refund_lines
from handlers.patient.views.timeline import timeline
from server.messages.service import RETURN_REASONS
from server.payments.answers import PaymentView, Started, as_payers_see
from server.payments.model import Payment, PaymentState
from server.payments.ports import SHOW_CODE
from server.payments.rules.elsewhere import has_lapsed
from server.payments.rules.progress import Progress, gave_way, never_ordered, order_unanswered, standing
from server.payments.rules.starting import CONTINUE_MIN
from server.payments.subject import Charge
from server.payments.texts import (
    CLOSED,
    NOT_REGISTERED,
    PAYMENT_NUMBER,
    PROGRESS,
    is_free,
    taken_for_nothing,
)


@dataclass(frozen=True, slots=True)
class ProgressText:
    """``look`` is the icon: success, waiting, info or warn."""

    title: str
    text: str
    look: str


_TEXTS = {
    Progress.WAITING: ProgressText(PROGRESS[Progress.WAITING], "这笔费用还没有付款，可以继续支付。", "info"),
    Progress.CLOSING: ProgressText(
        PROGRESS[Progress.CLOSING], "这笔支付正在取消。如已付款，款项不会丢失，请稍等。", "waiting"
    ),
    Progress.CONFIRMING: ProgressText(
        PROGRESS[Progress.CONFIRMING], "钱已收到，正在通知医院。请不要重复付款。", "waiting"
    ),
    Progress.PAID: ProgressText(PROGRESS[Progress.PAID], "", "success"),
    Progress.NOT_PAID: ProgressText(PROGRESS[Progress.NOT_PAID], "这笔支付没有扣款，可以重新支付。", "info"),
    Progress.RETURNING: ProgressText(PROGRESS[Progress.RETURNING], "会退到您付款的账户，请留意到账通知。", "warn"),
    Progress.RETURNED: ProgressText(PROGRESS[Progress.RETURNED], "已原路退回您付款的账户。", "info"),
}
_OVERTAKEN = ProgressText(CLOSED, "这笔费用已改用另一笔支付，这笔没有扣款。", "info")
_ALL_BACK = ProgressText("已全部退费", "已原路退回您付款的账户。", "info")
_NOT_TAKEN = ProgressText(NOT_REGISTERED, "没有扣款，请到窗口办理。", "warn")
_CHECKING = ProgressText("支付结果确认中", "正在核实是否已付款，请稍等，不要重复付款。", "waiting")


def can_pay(payment: Payment, progress: Progress, now: datetime) -> bool:
    """May the page offer the cashier (again)? Close to the end it would shut under the finger."""
    fresh = all(part.request.expires_at - now >= CONTINUE_MIN for part in payment.open_parts)
    return progress is Progress.WAITING and fresh


def can_begin_again(payment: Payment, progress: Progress) -> bool:
    """Nothing was paid, here or elsewhere in time, and no other attempt has taken this one's place."""
    return has_lapsed(payment) or (progress is Progress.NOT_PAID and not gave_way(payment))


def progress_text(view: PaymentView, now: datetime, *, just_paid: bool) -> ProgressText:
    """``just_paid``: the cashier said so in the browser, which is no proof: the page says that we are looking."""
    progress = view.standing.progress
    if progress is Progress.WAITING and (just_paid or not can_pay(view.payment, progress, now)):
        return _CHECKING
    if progress is Progress.WAITING and never_ordered(view.payment):
        return ProgressText("没有打开支付", order_unanswered(view.channel_title), "warn")
    text = _text(view.payment, progress)
    if _is_held(view.payment, text) and view.payment.booking is not None:
        return ProgressText(text.title, view.payment.booking.guide_text, text.look)
    if progress in {Progress.RETURNING, Progress.RETURNED} and text is not _NOT_TAKEN:
        reason = RETURN_REASONS.get(view.payment.return_reason or "", "")
        return ProgressText(text.title, f"{reason}。{text.text}" if reason else text.text, text.look)
    return text


def _is_held(payment: Payment, text: ProgressText) -> bool:
    """Has the patient what was booked? Then the HIS's words say what to do next."""
    return text == _TEXTS[Progress.PAID] or (
        payment.state is PaymentState.BOOKED and is_free(payment) and bool(payment.claims)
    )


def _text(payment: Payment, progress: Progress) -> ProgressText:
    if progress is Progress.RETURNED and not payment.paid_fen:
        return _NOT_TAKEN
    if progress is Progress.PAID and is_free(payment):
        return ProgressText(taken_for_nothing(payment), "", "success" if payment.claims else "info")
    if progress is Progress.PAID and is_all_back(payment):
        return _ALL_BACK
    if progress is Progress.NOT_PAID and gave_way(payment):
        return _OVERTAKEN
    return _TEXTS[progress]


def open_part(payment: Payment) -> str:
    """The order number of the part that is paid next; empty where none is."""
    return next((part.order_no for part in payment.open_parts), "")


def payment_page(
    base: str, view: PaymentView, now: datetime, *, just_paid: bool, just_begun: bool = False, arrival: str = ""
) -> dict[str, object]:
    """``just_begun``: the tap that began it has opened no cashier yet, so the page does, where it may."""
    payment, progress = view.payment, view.standing.progress
    text = progress_text(view, now, just_paid=just_paid)
    own, home = f"{base}/payments/{payment.id}", HOMES[payment.purpose]
    return {
        "title": text.title,
        "text": text.text,
        "look": text.look,
        "progress": progress,
        "is_final": view.standing.final,
        "amount": yuan(payment.paid_fen or payment.amount_fen),
        "part": open_part(payment),
        "own_url": own,
        "state_url": f"{own}/state?paid=1" if just_paid else f"{own}/state",
        "resume_url": f"{own}/resume" if can_pay(payment, progress, now) and not just_paid else "",
        "resume_amount": yuan(next((part.amount_fen for part in payment.open_parts), 0)),
        "just_begun": just_begun,
        "again_url": f"{base}{home.begin_path}" if can_begin_again(payment, progress) else "",
        "again": home.texts.again,
        "home_url": f"{base}{home.path}",
        "home": home.back,
        "receipt_url": receipt_url(payment),
        "refunds": refund_lines(payment, arrival),
        "facts": _facts(payment),
        "charge_number": view.charge_number,
        "charge_amount": home.texts.charge_amount,
        "charges": [_charge(charge) for charge in payment.personal.subject.charges],
        "timeline": [{"time": short_time(at), "text": text} for at, text in reversed(timeline(payment))],
    }


def _charge(charge: Charge) -> dict[str, object]:
    """One charge of the payment with its items; the amounts of items are what they cost before the insurance."""
    return {
        "department": charge.department,
        "doctor": charge.doctor,
        "amount": yuan(charge.own_fen),
        "number": charge.number,
        "items": [item_line(item) for item in charge.items],
    }


def receipt_url(payment: Payment) -> str:
    """The HIS's link to the e-invoice; anything but https is not offered."""
    url = payment.booking.receipt_url if payment.booking is not None else ""
    return url if url.startswith("https://") else ""


def _patient(payment: Payment) -> str:
    return patient_text(payment.personal.patient_name, payment.personal.card_no)


def _facts(payment: Payment) -> list[dict[str, str]]:
    facts = [
        ("缴费项目", what_for(payment)),
        ("就诊人", _patient(payment)),
        ("科室", departments(payment)),
        ("支付时间", day_and_time(payment.paid_at) if payment.paid_at and not is_free(payment) else ""),
        ("收据号", payment.booking.receipt_no if payment.booking is not None else ""),
        ("已退金额", yuan(payment.refunded_fen) if payment.refunded_fen else ""),
        (PAYMENT_NUMBER, payment.id),
    ]
    return [{"label": label, "value": value} for label, value in facts if value]


def departments(payment: Payment) -> str:
    return "、".join(payment.personal.subject.departments)


def payment_list(base: str, payments: Sequence[Payment], page_size: int, *, is_first: bool) -> dict[str, object]:
    """Newest first; ``older_url`` where there may be more."""
    older = f"{base}/payments?{urlencode({'before': place_text(payments[-1].page_cursor)})}" if payments else ""
    return {
        "payments": [_line(base, as_payers_see(payment)) for payment in payments],
        "is_first": is_first,
        "older_url": older if len(payments) >= page_size else "",
    }


def _line(base: str, payment: Payment) -> dict[str, str]:
    text = _text(payment, standing(payment).progress)
    partly = text is _TEXTS[Progress.PAID] and payment.refunded_fen > 0
    return {
        "url": f"{base}/payments/{payment.id}",
        "departments": " · ".join(part for part in (what_for(payment), departments(payment)) if part),
        "patient": _patient(payment),
        "time": day_and_time(payment.paid_at or payment.created_at),
        "amount": yuan(payment.paid_fen or payment.amount_fen),
        "state": "部分退费" if partly else text.title,
        "look": text.look,
    }


def started(base: str, begun: Started) -> dict[str, object]:
    """For the script: what opens the cashier, or why there is none. A code is shown by a page of its own, which ``url`` is then."""
    call = None if begun.call is None else {"bridge": begun.call.bridge, "params": dict(begun.call.params)}
    return {
        "payment_id": begun.payment_id,
        "call": None if is_code(begun) else call,
        "state": begun.standing.progress,
        "url": f"{base}/payments/{begun.payment_id}{'/code' if is_code(begun) else ''}",
    }


def is_code(begun: Started) -> bool:
    return begun.call is not None and begun.call.bridge == SHOW_CODE

"""What the pages of staff show: ready strings, names masked."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from handlers.base.display import day_and_time, yuan
from handlers.patient.views.payments import departments
from server.core.errors import BadInput
from server.core.money import plain_yuan_text
from server.core.typed import amount_typed, plain
from server.patients.model import mask_name
from server.payments.hospital import Hospital
from server.payments.model import Payment
from server.payments.refund_channel import channel_of_refund
from server.payments.refund_model import REASONS, Refund, RefundLine, RefundState
from server.payments.rules.own_parts import is_split, own_parts
from server.payments.rules.refund_shares import refundable_fen
from server.payments.texts import CHARGE, PAYMENT_NUMBER, REFUND_STATES
from server.refunds.chat.preview_texts import history, same_before
from server.refunds.chat.texts import why_second
from server.refunds.drafts import AGREE, ASK, REJECT, Preview
from server.refunds.rules.items import left_of_items
from server.refunds.texts import OWN_PART_ONLY
from server.staff.model import Staff

_TITLES = {ASK: "确认退费", AGREE: "同意退费"}
_BUTTONS = {ASK: "确认退费", AGREE: "同意退费"}
Field = Callable[[str], str]


def setup_page(staff: Staff, address: str, image: str, problem: str) -> dict[str, object]:
    secret = parse_qs(urlsplit(address).query)["secret"][0]
    groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return {"number": staff.number, "address": address, "secret": groups, "image": image, "problem": problem}


def confirm_page(base: str, hospital: Hospital, preview: Preview, problem: str) -> dict[str, object]:
    draft, payment = preview.draft, preview.payment
    asks = draft.action == ASK
    return {
        "title": _TITLES.get(draft.action, "驳回退费"),
        "button": _BUTTONS.get(draft.action, "确认驳回"),
        "label": "本次退费" if asks else "申请退费",
        "amount": yuan(draft.amount_fen),
        "facts": _facts(hospital, preview),
        "lines": _lines(payment, draft.lines),
        "second": why_second(preview.approval_reasons) if asks else "",
        "repeat": same_before(preview) if draft.action != REJECT else "",
        "history": history(payment, draft.refund_id),
        "problem": problem,
        "url": f"{base}/staff/confirm/{draft.ticket}",
        "items_url": f"{base}/staff/items/{draft.ticket}" if asks and _has_items(payment) else "",
    }


def _facts(hospital: Hospital, preview: Preview) -> list[dict[str, str]]:
    payment, draft, way = preview.payment, preview.draft, channel_of_refund(hospital, preview.payment)
    about = preview.about
    facts = [
        ("发起人", preview.asked_by),
        ("发起时间", day_and_time(about.at) if about else ""),
        ("就诊人", mask_name(payment.personal.patient_name)),
        ("科室", departments(payment)),
        (CHARGE, "、".join(charge.number for charge in payment.personal.subject.charges)),
        ("支付时间", day_and_time(payment.paid_at) if payment.paid_at else ""),
        ("已付", yuan(payment.paid_fen)),
        ("已退或在退", yuan(payment.refunding_fen - (about.asked_fen if about else 0))),
        ("原因", REASONS.get(draft.reason, REASONS["other"])),
        ("说明", preview.asked_note if about else draft.note),
        ("驳回原因", draft.note if draft.action == REJECT else ""),
        ("退回", f"原支付账户（{way.title}）"),
        ("到账", way.arrival),
        ("需审批原因", why_second(about.approval_reasons) if about else ""),
        (PAYMENT_NUMBER, payment.id),
    ]
    return [{"label": label, "value": value} for label, value in facts if value]


def _has_items(payment: Payment) -> bool:
    return payment.personal.subject.has_items


def _lines(payment: Payment, lines: tuple[RefundLine, ...]) -> list[dict[str, str]]:
    names = {(b.number, item.item_no): item.name for b in payment.personal.subject.charges for item in b.items}
    return [
        {"name": names.get((line.charge_no, line.item_no), line.item_no), "amount": yuan(line.amount_fen)}
        for line in lines
    ]


def items_page(base: str, preview: Preview, problem: str, typed: Field) -> dict[str, object]:
    """One field for each item that has something left; ``typed`` is what stood in the form."""
    payment = preview.payment
    left, own = left_of_items(payment), own_parts(payment)
    bills = [
        {
            "bill_no": charge.number,
            "department": charge.department,
            "items": [
                {
                    "field": f"item-{at}-{where}",
                    "name": item.name,
                    "price": yuan(item.amount_fen),
                    "own": yuan(own[charge.number, item.item_no])
                    if own[charge.number, item.item_no] != item.amount_fen
                    else "",
                    "left": yuan(left[charge.number, item.item_no]),
                    "most": plain_yuan_text(left[charge.number, item.item_no]),
                    "gone": left[charge.number, item.item_no] <= 0,
                    "value": typed(f"item-{at}-{where}"),
                }
                for where, item in enumerate(charge.items)
            ],
        }
        for at, charge in enumerate(payment.personal.subject.charges)
    ]
    return {
        "bills": bills,
        "most": yuan(refundable_fen(payment)),
        "split": OWN_PART_ONLY if is_split(payment) else "",
        "patient": mask_name(payment.personal.patient_name),
        "problem": problem,
        "url": f"{base}/staff/items/{preview.draft.ticket}",
    }


def chosen_lines(preview: Preview, typed: Field) -> tuple[RefundLine, ...]:
    """The lines that the form asks for: a ticked item goes back whole, a typed amount in part. Raises BadInput with words for the form."""
    left = left_of_items(preview.payment)
    lines = []
    for at, charge in enumerate(preview.payment.personal.subject.charges):
        for where, item in enumerate(charge.items):
            field = f"item-{at}-{where}"
            most_fen = left[charge.number, item.item_no]
            amount_fen = _typed_fen(typed(field)) or (most_fen if typed(f"{field}-all") else 0)
            if amount_fen > most_fen:
                raise BadInput("more than the item", user_message=f"“{item.name}”最多可退{yuan(most_fen)}。")
            if amount_fen > 0:
                lines.append(RefundLine(charge_no=charge.number, item_no=item.item_no, amount_fen=amount_fen))
    if not lines:
        raise BadInput("no item chosen", user_message="请选择要退的项目。")
    return tuple(lines)


def _typed_fen(text: str) -> int:
    return amount_typed(text) if plain(text) else 0


def confirmed(hospital: Hospital, payment: Payment, refund: Refund) -> tuple[str, str, str]:
    """(title, text, look) of what the proof has done."""
    amount = yuan(refund.asked_fen)
    if refund.state is RefundState.REQUESTED:
        return (
            REFUND_STATES[refund.state],
            f"{amount}，{why_second(refund.approval_reasons)}。审批结果会在聊天里告诉您。",
            "waiting",
        )
    if refund.state is RefundState.REJECTED:
        return REFUND_STATES[refund.state], f"{amount} 不退。", "info"
    look = "success" if refund.state is RefundState.SUCCEEDED else "waiting"
    return (
        REFUND_STATES[refund.state],
        f"{amount}，{channel_of_refund(hospital, payment).arrival}。结果会在聊天里告诉您。",
        look,
    )


def done_already(preview: Preview) -> Refund | None:
    """The refund that this draft has become, or has decided."""
    draft, payment = preview.draft, preview.payment
    if draft.action == ASK:
        return next((refund for refund in payment.refunds if refund.request_id == draft.ticket), None)
    refund = payment.refund(draft.refund_id)
    return refund if refund is not None and refund.state is not RefundState.REQUESTED else None


def done_page(title: str, text: str, look: str) -> dict[str, object]:
    return {"title": title, "text": text, "look": look}

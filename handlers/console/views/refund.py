"""Asking for a refund in the console: all that is left, an amount, or single items."""

from __future__ import annotations

from collections.abc import Callable

from handlers.base.display import yuan
from handlers.staff.views import pages as phone
from server.core.errors import BadInput
from server.core.typed import amount_typed
from server.patients.model import mask_name
from server.payments.hospital import Hospital
from server.payments.model import Payment
from server.payments.refund_model import RefundLine
from server.payments.rules.own_parts import is_split, own_parts
from server.payments.rules.refund_shares import refundable_fen
from server.refunds.drafts import ASK, Draft, Preview
from server.refunds.rules.items import left_of_items
from server.refunds.texts import ASKABLE, OWN_PART_ONLY

Field = Callable[[str], str]
ALL, AMOUNT, ITEMS = "all", "amount", "items"


def refund_form(payment: Payment, typed: Field) -> dict[str, object]:
    """``typed`` is what stood in the form."""
    left_fen = refundable_fen(payment)
    items = _items(payment, typed)
    return {
        "number": payment.id,
        "own_url": f"/console/payments/{payment.id}",
        "patient": mask_name(payment.personal.patient_name),
        "paid": yuan(payment.paid_fen),
        "gone": yuan(payment.refunding_fen) if payment.refunding_fen else "",
        "left": yuan(left_fen),
        "can": left_fen > 0,
        "how": typed("how") or ALL,
        "amount": typed("amount"),
        "items": items,
        "split": OWN_PART_ONLY if items and is_split(payment) else "",
        "reasons": [{"key": key, "text": text, "here": typed("reason") == key} for key, text in ASKABLE.items()],
        "note": typed("note"),
    }


def _items(payment: Payment, typed: Field) -> list[dict[str, object]]:
    """The items that have something left. The field names are those of the staff's page on the phone."""
    left, own = left_of_items(payment), own_parts(payment)
    return [
        {
            "field": f"item-{at}-{where}",
            "name": item.name,
            "bill": charge.number,
            "price": yuan(item.amount_fen),
            "own": yuan(own[charge.number, item.item_no]),
            "left": yuan(left[charge.number, item.item_no]),
            "all": bool(typed(f"item-{at}-{where}-all")),
            "value": typed(f"item-{at}-{where}"),
        }
        for at, charge in enumerate(payment.personal.subject.charges)
        for where, item in enumerate(charge.items)
        if left[charge.number, item.item_no] > 0
    ]


def amount_and_lines(payment: Payment, typed: Field) -> tuple[int | None, tuple[RefundLine, ...]]:
    """What the form asks for; ``None`` is all that is left. Raises BadInput with words for the form.

    What is typed beside what is chosen is never passed over in silence.
    """
    how, amount = typed("how"), typed("amount").strip()
    if typed("reason") not in ASKABLE:
        raise BadInput("reason", user_message="请选择退费原因。")
    ticked = any(typed(str(item["field"])) or item["all"] for item in _items(payment, typed))
    if how == ITEMS and not amount:
        draft = Draft(ticket="", action=ASK, number="", payment_id=payment.id, amount_fen=0)
        lines = phone.chosen_lines(Preview(draft=draft, payment=payment, approval_reasons=()), typed)
        return sum(line.amount_fen for line in lines), lines
    if how == AMOUNT and not ticked:
        return amount_typed(amount), ()
    if how == ALL and not amount and not ticked:
        return None, ()
    raise BadInput("how", user_message="选择的退费方式与填写的内容不一致，请核对。")


def confirm_page(hospital: Hospital, preview: Preview, *, silent: bool = False) -> dict[str, object]:
    """The same preview as on the phone. ``silent``: the HIS did not say in time whether it agrees."""
    view = phone.confirm_page("", hospital, preview, "")
    return {
        **view,
        "url": f"/console/confirm/{preview.draft.ticket}",
        "back_url": f"/console/payments/{preview.payment.id}",
        "silent": silent,
    }

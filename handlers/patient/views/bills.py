"""What the list of bills and the page of a bill show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from handlers.base.display import day, day_and_time, patient_text, quantity, yuan
from server.payments.purposes.bills.model import BILLS_PER_PAYMENT_MAX, Bill, BillStatus
from server.payments.purposes.bills.service import PatientBills
from server.payments.purposes.bills.texts import BILL_NUMBER, BILL_STATES
from server.payments.rules.claim_holders import ClaimHolder, who_paid
from server.payments.rules.progress import Progress
from server.payments.subject import ChargeItem
from server.payments.texts import ACCOUNT, FUND, PAID_NOT_BOOKED, TOTAL

NOTHING_DUE = "（无需付款）"
CONFIRMS = f"确认{NOTHING_DUE}"
"""What the button of bills says that the insurance pays whole; `miniprogram/lib/showing.js` has the same words."""
STATUS_TEXT = {
    status: f"这张缴费单{name}{'，无需再付' if status is BillStatus.PAID else ''}。"
    for status, name in BILL_STATES.items()
}


def bill_list(base: str, entries: Sequence[PatientBills], channel_titles: Mapping[str, str]) -> dict[str, object]:
    """The bills to pay by patient, and those that need no payment any more. A patient without bills is still shown: "nothing to pay"
    is an answer. ``channel_titles``: what people call each channel.
    """
    total_fen = sum(bill.own_fen for entry in entries for bill in entry.bills)
    count = sum(len(entry.bills) for entry in entries)
    return {
        "patients": [_patient(base, entry, channel_titles) for entry in entries],
        "is_empty": not entries,
        "total": yuan(total_fen),
        "count": count,
        "has_total": count > 1,
    }


def _action(pays: str, own_fen: int) -> str:
    """What a button does: nothing is paid where the insurance pays it all."""
    return f"{pays} {yuan(own_fen)}" if own_fen else CONFIRMS


def _patient(base: str, entry: PatientBills, channel_titles: Mapping[str, str]) -> dict[str, object]:
    bills = sorted(entry.bills, key=lambda bill: bill.issued_at, reverse=True)
    lines, grouped = [_line(base, bill) for bill in bills], groups(bills)
    return {
        "name": entry.name_masked,
        "card": entry.card_masked,
        "card_key": entry.card_key,
        "bills": lines,
        "settled": [_settled(base, bill, entry.payments.get(bill.bill_no), channel_titles) for bill in entry.settled],
        "pay": {"url": lines[0]["url"], "text": _action("去支付", bills[0].own_fen)} if len(bills) == 1 else None,
        "together": [_together(base, group) for group in grouped],
        "apart": _apart(bills, grouped),
        "problem": entry.problem,
        "offers_binding": entry.scanned and not entry.bound,
    }


def _line(base: str, bill: Bill) -> dict[str, str]:
    return {
        "url": f"{base}/bills/{quote(bill.bill_no, safe='')}",
        "department": bill.department,
        "about": " · ".join(part for part in (bill.doctor, day(bill.issued_at)) if part),
        "amount": yuan(bill.own_fen),
    }


@dataclass(frozen=True, slots=True)
class SettledText:
    """``state`` in a few words with its ``look``; ``note`` says who paid where it was another person."""

    state: str
    look: str
    note: str = ""


def settled_text(bill: Bill, payment: ClaimHolder | None, channel_titles: Mapping[str, str]) -> SettledText:
    """Why nobody needs to pay ``bill``: our own ``payment`` of it, or else what the HIS says."""
    if payment is None:
        return SettledText("" if bill.status is BillStatus.UNPAID else BILL_STATES[bill.status], "info")
    note = "" if payment.is_mine else "已由" + who_paid(payment, channel_titles.get(payment.channel, ""))
    if payment.progress is Progress.CONFIRMING:
        return SettledText(PAID_NOT_BOOKED, "waiting", note)
    return SettledText("已付款", "success", note)


def _settled(base: str, bill: Bill, payment: ClaimHolder | None, channel_titles: Mapping[str, str]) -> dict[str, str]:
    """``url`` leads to the payment where it is the person's own, else to the bill."""
    line, text = _line(base, bill), settled_text(bill, payment, channel_titles)
    if payment is not None and payment.is_mine:
        line["url"] = f"{base}/payments/{payment.payment_id}"
    return {**line, "state": text.state, "look": text.look, "note": text.note}


def settled_notice(payment: ClaimHolder, channel_titles: Mapping[str, str]) -> str:
    """Why the page of a bill has no button although the HIS may still call the bill unpaid."""
    if not payment.is_mine:
        return f"这张缴费单已由{who_paid(payment, channel_titles.get(payment.channel, ''))}，无需重复付款。"
    if payment.progress is Progress.CONFIRMING:
        return f"{PAID_NOT_BOOKED}，请不要重复付款。"
    return STATUS_TEXT[BillStatus.PAID]


def groups(bills: Sequence[Bill]) -> list[list[Bill]]:
    """Bills that may be paid in one payment, two to BILLS_PER_PAYMENT_MAX each.

    A bill without a group stands alone: the HIS did not promise more.
    """
    named: dict[str, list[Bill]] = {}
    for bill in bills:
        if bill.settle_group:
            named.setdefault(bill.settle_group, []).append(bill)
    most = BILLS_PER_PAYMENT_MAX
    parts = (group[at : at + most] for group in named.values() for at in range(0, len(group), most))
    return [part for part in parts if len(part) >= 2]


def _together(base: str, group: Sequence[Bill]) -> dict[str, str]:
    query = urlencode([("bill_no", bill.bill_no) for bill in group])
    total_fen = sum(bill.own_fen for bill in group)
    return {
        "url": f"{base}/checkout?{query}",
        "text": f"{len(group)} 张一起{'支付' if total_fen else '确认'}",
        "amount": yuan(total_fen) if total_fen else NOTHING_DUE,
        "which": _departments(group),
    }


def _apart(bills: Sequence[Bill], grouped: Sequence[Sequence[Bill]]) -> str:
    """Which bills can't go with the others, where some can."""
    together = {bill.bill_no for group in grouped for bill in group}
    alone = [bill for bill in bills if bill.bill_no not in together]
    if not grouped or not alone:
        return ""
    return f"{_departments(alone)}（{len(alone)} 张）由医院分开结算，请单独支付。"


def _departments(bills: Sequence[Bill]) -> str:
    return "、".join(dict.fromkeys(bill.department for bill in bills))


def checkout(
    base: str,
    bills: Sequence[Bill],
    own_fen: int,
    phone_masked: str,
    payments: Mapping[str, ClaimHolder],
    channel_titles: Mapping[str, str],
) -> dict[str, object]:
    """One bill or several that are paid together for ``own_fen``, with everything that the payment is for.

    ``payments``: the live payments that hold any of the bills, by bill number.
    """
    taken = next((payment for payment in payments.values() if payment.has_money), None)
    refused = next((STATUS_TEXT[bill.status] for bill in bills if bill.status is not BillStatus.UNPAID), "")
    refused = settled_notice(taken, channel_titles) if taken is not None else refused
    return {
        "patient": patient_text(bills[0].patient_name, bills[0].card_no),
        "bills": [_with_items(bill) for bill in bills],
        "bill_nos": [bill.bill_no for bill in bills],
        "bill_number": BILL_NUMBER,
        "split": split(bills),
        "amount": yuan(own_fen),
        "shown_fen": own_fen,
        "can_pay": not refused,
        "refused": refused,
        "payment_url": f"{base}/payments/{taken.payment_id}" if taken is not None and taken.is_mine else "",
        "action": _action("立即支付", own_fen),
        "busy": "正在打开支付…" if own_fen else "正在办理…",
        "phone": phone_masked,
    }


def split(bills: Sequence[Bill]) -> list[dict[str, str]]:
    """Who pays what: where the HIS knows it for every bill, and where anybody but the patient pays something. Who pays nothing is not
    named."""
    parts = ((TOTAL, "total_fen"), (FUND, "fund_fen"), (ACCOUNT, "account_fen"))
    sums = [(label, [getattr(bill, name) for bill in bills]) for label, name in parts]
    known = [(label, sum(amounts)) for label, amounts in sums if None not in amounts]
    if not any(amount_fen for _, amount_fen in known[1:]):
        return []
    return [{"label": label, "amount": yuan(amount_fen)} for label, amount_fen in known if amount_fen]


def _with_items(bill: Bill) -> dict[str, object]:
    return {
        "bill_no": bill.bill_no,
        "department": bill.department,
        "doctor": bill.doctor,
        "issued_at": day_and_time(bill.issued_at),
        "amount": yuan(bill.own_fen),
        "items": [item_line(item) for item in bill.items],
    }


def item_line(item: ChargeItem) -> dict[str, str]:
    return {
        "name": item.name,
        "about": " ".join(part for part in (item.category, item.spec) if part),
        "price": f"{yuan(item.unit_price_fen)} × {quantity(item.quantity, item.unit)}",
        "amount": yuan(item.amount_fen),
    }

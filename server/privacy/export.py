"""What is held about one person as JSON: all of it, and of other people only what this person has seen on their own pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from server.core.history import HistoryEvent
from server.patients.model import BoundCard, PayerIdentity, mask_card, mask_name, mask_phone
from server.patients.rules import SELF
from server.payments.answers import as_payers_see
from server.payments.model import Payment
from server.payments.refund_model import Refund
from server.payments.subject import Charge

FORM = "zhenfu-person-1"


@dataclass(slots=True)
class Held:
    """``identities``: who, by what kinds of proofs it is joined with others, and the phone that the platform proved. ``card_no`` is set
    where the person is a patient, and empty where the person is a payer.
    """

    hospital: str
    card_no: str = ""
    identities: list[tuple[PayerIdentity, list[str], str]] = field(default_factory=list)
    session_ends: list[datetime] = field(default_factory=list)
    cards: list[BoundCard] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)


def exported(held: Held, found_by: str, now: datetime) -> dict[str, object]:
    """Amounts are whole fen, times are UTC."""
    own = {held.card_no} | {
        card.card_no for card in held.cards if any(proof.startswith(SELF) for proof in card.identity_proofs)
    }
    return {
        "form": FORM,
        "hospital": held.hospital,
        "made_at": _time(now),
        "found_by": found_by,
        "identities": [
            {"channel": who.channel, "app_id": who.app_id, "subject": who.subject, "joined_by": kinds, "phone": phone}
            for who, kinds, phone in held.identities
        ],
        "sessions": [{"ends_at": _time(end)} for end in held.session_ends],
        "cards": [
            {"card_no": card.card_no, "name": card.name, "own": card.card_no in own, "family": card.family or ""}
            for card in held.cards
        ],
        "payments": [_payment(payment, payment.personal.card_no in own, bool(held.card_no)) for payment in held.payments],
    }  # fmt: skip


def _payment(payment: Payment, is_patient: bool, of_patient: bool) -> dict[str, object]:
    """A payer is told of another patient what their pages show, masked; a patient is not told who paid."""
    payment = payment if is_patient else as_payers_see(payment)
    personal, payer = payment.personal, payment.payer
    about = {
        "patient_name": personal.patient_name if is_patient else mask_name(personal.patient_name),
        "card_no": personal.card_no if is_patient or not personal.card_no else mask_card(personal.card_no),
        "phone": mask_phone(personal.phone) if of_patient else personal.phone,
        "patient_phone": personal.patient_phone if is_patient else mask_phone(personal.patient_phone),
    }
    paid_by = {} if of_patient else {"payer": {"subject": payer.subject, "union_id": payer.union_id}}
    return {
        "number": payment.id,
        "state": str(payment.state),
        "purpose": payment.purpose,
        "channel": "、".join(payment.channels),
        "entrance": payment.origin.entrance,
        "created_at": _time(payment.created_at),
        "paid_at": _time(payment.paid_at) if payment.paid_at else None,
        "amount_fen": payment.amount_fen,
        "paid_fen": payment.paid_fen,
        "refunded_fen": payment.refunded_fen,
        **about,
        **paid_by,
        "bills": [_charge(charge) for charge in personal.subject.charges],
        "booking": _booking(payment),
        "refunds": [_refund(refund) for refund in payment.refunds],
        "history": [_line(line, payment) for line in payment.history],
    }


def _charge(charge: Charge) -> dict[str, object]:
    items: Sequence[dict[str, object]] = [
        {"name": item.name, "amount_fen": item.amount_fen} for item in charge.items
    ]  # fmt: skip
    return {"bill_no": charge.number, "department": charge.department, "own_fen": charge.own_fen, "items": items}


def _booking(payment: Payment) -> dict[str, object] | None:
    booking = payment.booking
    if booking is None:
        return None
    return {
        "his_trade_no": booking.his_trade_no,
        "receipt_no": booking.receipt_no,
        "receipt_url": booking.receipt_url,
        "guide_text": booking.guide_text,
    }


def _refund(refund: Refund) -> dict[str, object]:
    return {
        "number": refund.id,
        "state": str(refund.state),
        "amount_fen": refund.amount_fen,
        "reason": refund.reason,
        "at": _time(refund.at),
    }


def _line(line: HistoryEvent, payment: Payment) -> dict[str, object]:
    """What was done, and who of the hospital did it or looked."""
    return {"at": _time(line.at), "what": line.what, "by": "payer" if line.by == payment.owner else line.by}


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")

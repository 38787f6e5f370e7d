"""A payment without the person: what the law has kept of it says how much, when and for which bill, and no longer who. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum

from server.effects.model import EffectKind
from server.patients.model import PayerIdentity
from server.payments.model import Payment, Personal, changed
from server.payments.part import Part

ERASED = "person_erased"
EXPORTED = "person_exported"
TERM_OVER = "term_over"
PSEUDONYM = "erased-"


class KeptReason(StrEnum):
    """Why a payment still says who."""

    UNDER_WAY = "under_way"
    """Money or a message is still owed, so the name is still needed."""
    TAMPERED = "tampered"
    STAFF = "staff"
    """It is, or may be, the money of a member of staff: by it their own refunds are known (docs/decisions/0028)."""


def first_day_kept(today: date, years: int) -> date:
    """Payments of before this day need no longer say who: ``years`` begin with the end of the accounting year (会计档案管理办法 第十四条)."""
    return date(today.year - years, 1, 1)


def is_pseudonymous(payment: Payment) -> bool:
    return payment.payer.subject.startswith(PSEUDONYM)


def kept_because(payment: Payment) -> KeptReason | None:
    """Why the person in ``payment`` can't be erased now; None where they can."""
    if payment.tampered:
        return KeptReason.TAMPERED
    if not payment.at_rest() or any(effect.kind is not EffectKind.SEAL for effect in payment.effects):
        return KeptReason.UNDER_WAY
    return None


def lines_by_payer(payment: Payment) -> tuple[int, ...]:
    """The numbers of the lines of history that name the payer by their id, as all did until 2026-11."""
    return tuple(which for which, line in enumerate(payment.history) if line.by == payment.owner)


def nobody(personal: Personal) -> Personal:
    """What was paid for and its amounts, and nobody's name, card or phone."""
    return replace(personal, patient_name="", card_no="", phone="", patient_phone="")


def without_patient(payment: Payment, at: datetime, by: str) -> Payment:
    """``payment`` without the name, card and phone of the patient; who paid it stays."""
    personal = nobody(payment.personal)
    return changed(payment, ERASED, at=at, by=by, detail={"of": "patient"}, personal=personal)


def with_payer(part: Part, payer: PayerIdentity) -> Part:
    """``part`` under the pseudonym, on whatever channel it is."""
    own = replace(part.request.payer, subject=payer.subject, union_id=None)
    return replace(part, request=replace(part.request, payer=own))


def without_payer(payment: Payment, pseudonym: str, at: datetime, by: str) -> Payment:
    """`without_patient`, and under ``pseudonym`` in place of the payer's id, in history too. All payments of one person get the same one."""
    payer = replace(payment.payer, subject=f"{PSEUDONYM}{pseudonym}", union_id=None)
    lines = tuple(replace(line, by=payer.key) if line.by == payment.owner else line for line in payment.history)
    personal = nobody(payment.personal)
    return changed(
        replace(payment, history=lines),
        ERASED,
        at=at,
        by=by,
        detail={"of": "payer"},
        personal=personal,
        owner=payer.key,
        payer=payer,
        parts=tuple(with_payer(part, payer) for part in payment.parts),
    )

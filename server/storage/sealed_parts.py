"""The personal parts of a payment's document: one sealed text for what never changes, one for what the HIS says of a booking, and the
keyed hash by which the payments of a person are found.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from server.core.ports import Sealer
from server.payments.model import Payment, Personal
from server.payments.subject import Charge, ChargeItem, Subject
from server.storage.precision import facts_of, whole_ms

Document = dict[str, Any]
OWNER = "@owner"
"""Stands in a stored line of history for the payer's id."""
_IDS = ("owner", "subject", "union_id", "payers")
_TOLD = ("receipt_url", "guide_text", "news")
"""The last one came later; it is left out where it is empty, and absent in older documents."""


def owner_key(hospital: str, owner: str, sealer: Sealer) -> str:
    """The key under which the payments, cards and proofs of an identity are found; ``owner`` is `PayerIdentity.key`."""
    return sealer.lookup("owner", f"{hospital}/{owner}")


def app_of(payer: Mapping[str, Any]) -> Document:
    """The part of a payer's identity that names no person."""
    return {name: payer[name] for name in ("channel", "app_id")}


def seal_personal(payment: Payment, sealer: Sealer) -> str:
    """``payers`` are who pays each part, subject and union id. ``paid_for`` is the payment's subject; ``subject`` beside it is who the payer is on the channel's app."""
    facts = {**facts_of(payment.personal), "paid_for": _subject_facts(payment.personal.subject)}
    payers = [[part.request.payer.subject, part.request.payer.union_id] for part in payment.parts]
    payer = payment.payer
    ids = {"owner": payment.owner, "subject": payer.subject, "union_id": payer.union_id, "payers": payers}
    return sealed_facts(payment.hospital, payment.id, {**facts, **ids}, sealer)


def open_personal(hospital: str, payment_id: str, sealed: str, sealer: Sealer) -> tuple[Personal, Document]:
    """The personal data, and the ids of the payer: owner, subject, union_id; ``payers`` has subject and union id of who pays each part."""
    facts = opened_facts(hospital, payment_id, sealed, sealer)
    ids = {name: facts.pop(name, None) for name in _IDS}
    paid_for = facts.pop("paid_for")
    return Personal(**facts, subject=_subject_from_facts(paid_for)), ids


def sealed_facts(hospital: str, payment_id: str, facts: Document, sealer: Sealer) -> str:
    plain = json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()
    return sealer.seal(personal_purpose(hospital, payment_id), plain)


def opened_facts(hospital: str, payment_id: str, sealed: str, sealer: Sealer) -> Document:
    facts: Document = json.loads(sealer.open(personal_purpose(hospital, payment_id), sealed))
    return facts


def personal_purpose(hospital: str, payment_id: str) -> str:
    return f"payment:{hospital}:{payment_id}"


def booking_purpose(hospital: str, payment_id: str) -> str:
    return f"booking:{hospital}:{payment_id}"


def seal_booking(hospital: str, payment_id: str, booking: Mapping[str, Any], sealer: Sealer) -> Document:
    """Where the patient is to go, the address of the receipt and what came of it later say who is ill with what."""
    names = [name for name in _TOLD if name != "news" or booking.get(name)]
    told = json.dumps([booking[name] for name in names], ensure_ascii=False).encode()
    clear = {name: value for name, value in booking.items() if name not in _TOLD}
    return {**clear, "told": sealer.seal(booking_purpose(hospital, payment_id), told)}


def open_booking(hospital: str, payment_id: str, booking: Mapping[str, Any], sealer: Sealer) -> Document:
    clear = {name: value for name, value in booking.items() if name != "told"}
    told = json.loads(sealer.open(booking_purpose(hospital, payment_id), booking["told"]))
    return {**clear, **dict(zip(_TOLD, told, strict=False))}


def _subject_facts(subject: Subject) -> Document:
    return {"charges": [_charge_facts(charge) for charge in subject.charges], "facts": subject.facts}


def _charge_facts(charge: Charge) -> Document:
    items = [facts_of(item) for item in charge.items]
    return {**facts_of(charge), "issued_at": whole_ms(charge.issued_at).isoformat(), "items": items}


def _subject_from_facts(facts: Document) -> Subject:
    return Subject(charges=tuple(_charge_from_facts(charge) for charge in facts["charges"]), facts=facts["facts"])


def _charge_from_facts(facts: Document) -> Charge:
    return Charge(
        **{
            **facts,
            "issued_at": datetime.fromisoformat(facts["issued_at"]).astimezone(UTC),
            "items": tuple(ChargeItem(**item) for item in facts["items"]),
        }
    )

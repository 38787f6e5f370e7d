"""Payments as documents and back: plain values that any document store can hold.

Personal data is one sealed text, bound to its hospital and payment.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from server.domain.actors import with_source
from server.domain.bills import Bill, BillItem, BillStatus
from server.domain.desk import FindBy, fixed_marks, tags
from server.domain.effects import Effect, EffectKind
from server.domain.ending import Ending, EndingAct
from server.domain.payment import (
    Booking,
    ChannelRequest,
    Happening,
    Origin,
    Part,
    PartState,
    Payment,
    PaymentState,
    Personal,
)
from server.domain.people import PayerIdentity
from server.domain.refund import Refund, RefundLine, RefundOrigin, RefundState
from server.ports import Sealer
from server.storage.genuine import state_mac, with_macs
from server.storage.precision import facts_of, whole_ms

SCHEMA_VERSION = 3
Document = dict[str, Any]


def _times(values: Document) -> Document:
    return {key: whole_ms(value) if isinstance(value, datetime) else value for key, value in values.items()}


def payment_to_document(payment: Payment, sealer: Sealer) -> Document:
    """The whole document. Absent, not null: claims when empty, next_due when nothing is owed."""
    document = changing_fields(payment)
    document.update(
        {
            "_id": payment.id,
            "hospital": payment.hospital,
            "schema": SCHEMA_VERSION,
            "purpose": payment.purpose,
            "bill_nos": list(payment.bill_nos),
            "owner": payment.owner,
            "origin": facts_of(payment.origin),
            "request": _times({**facts_of(payment.request), "payer": facts_of(payment.request.payer)}),
            "personal": seal_personal(payment, sealer),
            "finds": fixed_finds(payment, sealer),
            "created_at": whole_ms(payment.created_at),
            "history": [happening_to_document(line) for line in payment.history],
        }
    )
    return with_macs({key: value for key, value in document.items() if value is not None}, sealer)


def changing_fields(payment: Payment) -> Document:
    """The fields that a transition may change, with None for those that are to be absent. History is appended apart."""
    return {
        "version": payment.version,
        "state": str(payment.state),
        "parts": [{**facts_of(part), "state": str(part.state)} for part in payment.parts],
        "claims": list(payment.claims) or None,
        "refunds": [_refund_to_document(refund) for refund in payment.refunds],
        "effects": [_effect_to_document(effect) for effect in payment.effects],
        "next_due": whole_ms(payment.next_due) if payment.next_due else None,
        "paid_at": whole_ms(payment.paid_at) if payment.paid_at else None,
        "booking": facts_of(payment.booking) if payment.booking else None,
        "return_reason": payment.return_reason,
        "told_refunded_fen": payment.told_refunded_fen or None,
        "refunded_unseen": payment.refunded_unseen or None,
        "ending": _times({**facts_of(payment.ending), "act": str(payment.ending.act)}) if payment.ending else None,
        "sealed": payment.sealed or None,
        "tags": list(tags(payment)) or None,
    }


def changed_mac(payment: Payment, changing: Document, sealer: Sealer) -> str:
    """The MAC of ``payment`` with ``changing`` as its fields: what a transition writes beside them."""
    history = [happening_to_document(line) for line in payment.history]
    return state_mac({"_id": payment.id, "hospital": payment.hospital, **changing, "history": history}, sealer)


def fixed_finds(payment: Payment, sealer: Sealer) -> list[str]:
    """By what staff find the payment all its life; what is personal as keyed hashes."""
    return [find_key(payment.hospital, by, text, sealer) for by, text in fixed_marks(payment)]


def find_key(hospital: str, by: FindBy, text: str, sealer: Sealer) -> str:
    if by is FindBy.TAIL:
        return f"{by}:{text}"
    return f"{by}:{sealer.lookup('find', f'{hospital}/{by}/{text}')}"


def happening_to_document(line: Happening) -> Document:
    """A field that is added one day is left out where it has its default: lines are never written again, and their MAC must hold."""
    return {"at": whole_ms(line.at), "what": line.what, "by": line.by, "detail": dict(line.detail)}


def payment_from_document(document: Mapping[str, Any], sealer: Sealer) -> Payment:
    request = dict(document["request"])
    return Payment(
        hospital=document["hospital"],
        id=document["_id"],
        version=int(document["version"]),
        state=PaymentState(document["state"]),
        purpose=document["purpose"],
        bill_nos=tuple(document["bill_nos"]),
        owner=document["owner"],
        origin=Origin(**document["origin"]),
        request=ChannelRequest(
            **{**request, "payer": PayerIdentity(**request["payer"]), "amount_fen": int(request["amount_fen"])}
        ),
        personal=open_personal(document["hospital"], document["_id"], document["personal"], sealer),
        parts=tuple(_part_from_document(part) for part in document["parts"]),
        claims=tuple(document.get("claims", ())),
        created_at=document["created_at"],
        refunds=tuple(_refund_from_document(refund) for refund in document["refunds"]),
        effects=tuple(_effect_from_document(effect) for effect in document["effects"]),
        history=tuple(_happening_from_document(line) for line in document["history"]),
        paid_at=document.get("paid_at"),
        booking=_booking_from_document(document["booking"]) if document.get("booking") else None,
        return_reason=document.get("return_reason"),
        told_refunded_fen=int(document.get("told_refunded_fen", 0)),
        refunded_unseen=bool(document.get("refunded_unseen", False)),
        ending=_ending_from_document(document["ending"]) if document.get("ending") else None,
        sealed=int(document.get("sealed", 0)),
    )


def _happening_from_document(line: Mapping[str, Any]) -> Happening:
    return Happening(at=line["at"], what=line["what"], by=line["by"], detail=MappingProxyType(dict(line["detail"])))


def _part_from_document(part: Mapping[str, Any]) -> Part:
    fields = {**part, "state": PartState(part["state"])}
    return Part(**{**fields, "amount_fen": int(part["amount_fen"]), "paid_fen": int(part["paid_fen"])})


def _refund_to_document(refund: Refund) -> Document:
    lines = [facts_of(line) for line in refund.lines]
    return _times(
        {
            **facts_of(refund),
            "origin": str(refund.origin),
            "state": str(refund.state),
            "lines": lines,
            "second": list(refund.second),
        }
    )


def _refund_from_document(refund: Mapping[str, Any]) -> Refund:
    return Refund(
        **{
            **refund,
            "origin": RefundOrigin(refund["origin"]),
            "asked_by": with_source(refund.get("asked_by", ""), refund.get("door", "")),
            "decided_by": with_source(refund.get("decided_by", "")),
            "state": RefundState(refund["state"]),
            "amount_fen": int(refund["amount_fen"]),
            "lines": tuple(
                RefundLine(**{**line, "amount_fen": int(line["amount_fen"])}) for line in refund.get("lines", ())
            ),
            "second": tuple(refund.get("second", ())),
        }
    )


def _effect_to_document(effect: Effect) -> Document:
    return _times({**facts_of(effect), "kind": str(effect.kind)})


def _effect_from_document(effect: Mapping[str, Any]) -> Effect:
    return Effect(**{**effect, "kind": EffectKind(effect["kind"]), "tries": int(effect["tries"])})


def _ending_from_document(ending: Mapping[str, Any]) -> Ending:
    numbers = {name: int(ending[name]) for name in ("amount_fen", "mark")}
    return Ending(**{**ending, **numbers, "act": EndingAct(ending["act"])})


def _booking_from_document(booking: Mapping[str, Any]) -> Booking:
    amount_fen = booking["amount_fen"]
    return Booking(**{**booking, "amount_fen": None if amount_fen is None else int(amount_fen)})


def _purpose(hospital: str, payment_id: str) -> str:
    return f"payment:{hospital}:{payment_id}"


def seal_personal(payment: Payment, sealer: Sealer) -> str:
    facts = {**facts_of(payment.personal), "bills": [_bill_facts(bill) for bill in payment.personal.bills]}
    plain = json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()
    return sealer.seal(_purpose(payment.hospital, payment.id), plain)


def open_personal(hospital: str, payment_id: str, sealed: str, sealer: Sealer) -> Personal:
    facts = json.loads(sealer.open(_purpose(hospital, payment_id), sealed))
    return Personal(**{**facts, "bills": tuple(_bill_from_facts(bill) for bill in facts["bills"])})


def _bill_facts(bill: Bill) -> Document:
    items = [facts_of(item) for item in bill.items]
    return {**facts_of(bill), "issued_at": whole_ms(bill.issued_at).isoformat(), "items": items}


def _bill_from_facts(facts: Document) -> Bill:
    return Bill(
        **{
            **facts,
            "issued_at": datetime.fromisoformat(facts["issued_at"]).astimezone(UTC),
            "status": BillStatus(facts["status"]),
            "items": tuple(BillItem(**item) for item in facts["items"]),
        }
    )

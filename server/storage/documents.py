"""Payments as documents and back: plain values that any document store can hold.

Personal data is sealed text, bound to its hospital and payment (`sealed_parts`); whose payment it is is found by a keyed hash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from server.core.actors import with_source
from server.core.history import HistoryEvent
from server.core.ports import Sealer
from server.effects.model import Effect, EffectKind
from server.patients.model import Origin, PayerIdentity
from server.payments.ending_model import Ending, EndingAct
from server.payments.model import Booking, Payment, PaymentState
from server.payments.part import ChannelRequest, Part, PartState
from server.payments.refund_model import Refund, RefundLine, RefundOrigin, RefundState
from server.payments.rules.search_keys import FindBy, search_keys_of
from server.storage.genuine import state_mac, with_macs
from server.storage.precision import facts_of, whole_ms
from server.storage.sealed_parts import (
    OWNER,
    app_of,
    open_booking,
    open_personal,
    owner_key,
    seal_booking,
    seal_personal,
)
from server.storage.stored_names import model_facts, stored_facts

SCHEMA_VERSION = 8
SEARCH_KEY_CHARS = 24
"""96 bits of the hash: no two words of a hospital meet by chance, and an index of a third of the size."""
Document = dict[str, Any]


def _times(values: Document) -> Document:
    return {key: whole_ms(value) if isinstance(value, datetime) else value for key, value in values.items()}


def payment_to_document(payment: Payment, sealer: Sealer) -> Document:
    """The whole document. Absent, not null: claims when empty, next_due when nothing is owed."""
    document = changed_fields(payment, sealer)
    document.update(
        {
            "_id": payment.id,
            "hospital": payment.hospital,
            "schema": SCHEMA_VERSION,
            "purpose": payment.purpose,
            "owner": owner_key(payment.hospital, payment.owner, sealer),
            "origin": facts_of(payment.origin),
            "payer": app_of(facts_of(payment.payer)),
            "personal": seal_personal(payment, sealer),
            "created_at": whole_ms(payment.created_at),
            "history": history_to_document(payment, payment.history),
        }
    )
    return with_macs({key: value for key, value in document.items() if value is not None}, sealer)


def changed_fields(payment: Payment, sealer: Sealer) -> Document:
    """`changing_fields` as they are written: what is personal in them is sealed, another text each time, or hashed under a key."""
    fields = changing_fields(payment)
    fields["search_keys"] = search_keys(payment, sealer)
    if payment.booking is not None:
        fields["booking"] = seal_booking(payment.hospital, payment.id, fields["booking"], sealer)
    return fields


def changing_fields(payment: Payment) -> Document:
    """The fields that a transition may change, with None for those that are to be absent. History is appended apart."""
    return {
        "version": payment.version,
        "state": str(payment.state),
        "parts": [_part_to_document(part) for part in payment.parts],
        "claims": list(payment.claims) or None,
        "refunds": [_refund_to_document(refund) for refund in payment.refunds],
        "effects": [_effect_to_document(effect) for effect in payment.effects],
        "next_due": whole_ms(payment.next_due) if payment.next_due else None,
        "paid_at": whole_ms(payment.paid_at) if payment.paid_at else None,
        "booking": facts_of(payment.booking) if payment.booking else None,
        "return_reason": payment.return_reason,
        "late_trade_no": payment.late_trade_no or None,
        "ending": _times({**facts_of(payment.ending), "act": str(payment.ending.act)}) if payment.ending else None,
        "holds": payment.holds or None,
        "sealed": payment.audited_lines or None,
    }


def changed_mac(payment: Payment, changing: Document, sealer: Sealer) -> str:
    """The MAC of ``payment`` with ``changing`` as its fields: what a transition writes beside them."""
    history = history_to_document(payment, payment.history)
    return state_mac({"_id": payment.id, "hospital": payment.hospital, **changing, "history": history}, sealer)


def search_keys(payment: Payment, sealer: Sealer) -> list[str]:
    """By what staff find the payment, as keyed hashes in one array under one index."""
    return [search_key(payment.hospital, by, text, sealer) for by, text in search_keys_of(payment)]


def search_key(hospital: str, by: FindBy, text: str, sealer: Sealer) -> str:
    return sealer.lookup("search", f"{hospital}/{by}/{text}")[:SEARCH_KEY_CHARS]


def history_to_document(payment: Payment, lines: Sequence[HistoryEvent]) -> list[Document]:
    """``lines`` of the history of ``payment``. Until 2026-11 the payer's id stood in the first one."""
    return [{**_line(line), "by": OWNER} if line.by == payment.owner else _line(line) for line in lines]


def _line(line: HistoryEvent) -> Document:
    """A field that is added one day is left out where it has its default: lines are never written again, and their MAC must hold."""
    return {"at": whole_ms(line.at), "what": line.what, "by": line.by, "detail": dict(line.detail)}


def payment_from_document(document: Mapping[str, Any], sealer: Sealer) -> Payment:
    personal, ids = open_personal(document["hospital"], document["_id"], document["personal"], sealer)
    return Payment(
        hospital=document["hospital"],
        id=document["_id"],
        version=int(document["version"]),
        state=PaymentState(document["state"]),
        purpose=document["purpose"],
        owner=ids["owner"],
        origin=Origin(**document["origin"]),
        payer=PayerIdentity(**document["payer"], subject=ids["subject"], union_id=ids["union_id"]),
        personal=personal,
        parts=tuple(_part_from_document(part, who) for part, who in zip(document["parts"], ids["payers"], strict=True)),
        claims=tuple(document.get("claims", ())),
        created_at=document["created_at"],
        refunds=tuple(_refund_from_document(refund) for refund in document["refunds"]),
        effects=tuple(_effect_from_document(effect) for effect in document["effects"]),
        history=tuple(_event_from_document(line, ids["owner"]) for line in document["history"]),
        paid_at=document.get("paid_at"),
        booking=_booking_from_document(document, sealer) if document.get("booking") else None,
        return_reason=document.get("return_reason"),
        late_trade_no=document.get("late_trade_no", ""),
        holds=bool(document.get("holds", False)),
        ending=_ending_from_document(document["ending"]) if document.get("ending") else None,
        audited_lines=int(document.get("sealed", 0)),
    )


def _event_from_document(line: Mapping[str, Any], owner: str) -> HistoryEvent:
    by = owner if line["by"] == OWNER else line["by"]
    return HistoryEvent(at=line["at"], what=line["what"], by=by, detail=MappingProxyType(dict(line["detail"])))


def _part_to_document(part: Part) -> Document:
    """Who pays it is sealed with the personal data (`sealed_parts`)."""
    request = {**facts_of(part.request), "payer": app_of(facts_of(part.request.payer))}
    return {**facts_of(part), "request": _times(request), "state": str(part.state)}


def _part_from_document(part: Mapping[str, Any], who: Sequence[str | None]) -> Part:
    """``who`` pays it: subject and union id."""
    request = part["request"]
    payer = PayerIdentity(**request["payer"], subject=who[0] or "", union_id=who[1])
    asked = ChannelRequest(**{**request, "payer": payer, "amount_fen": int(request["amount_fen"])})
    numbers = {name: int(part[name]) for name in ("undo_order", "paid_fen", "told_refunded_fen")}
    return Part(**{**part, **numbers, "request": asked, "state": PartState(part["state"])})


def _refund_to_document(refund: Refund) -> Document:
    lines = [stored_facts(line) for line in refund.lines]
    facts = {name: fact for name, fact in stored_facts(refund).items() if name != "rest_fen" or fact}
    return _times(
        {
            **facts,
            "origin": str(refund.origin),
            "state": str(refund.state),
            "lines": lines,
            "second": list(refund.approval_reasons),
        }
    )


def _refund_from_document(refund: Mapping[str, Any]) -> Refund:
    return Refund(
        **{
            **model_facts(Refund, refund),
            "origin": RefundOrigin(refund["origin"]),
            "asked_by": with_source(refund.get("asked_by", ""), refund.get("door", "")),
            "decided_by": with_source(refund.get("decided_by", "")),
            "state": RefundState(refund["state"]),
            "amount_fen": int(refund["amount_fen"]),
            "rest_fen": int(refund.get("rest_fen", 0)),
            "lines": tuple(
                RefundLine(**{**model_facts(RefundLine, line), "amount_fen": int(line["amount_fen"])})
                for line in refund.get("lines", ())
            ),
            "approval_reasons": tuple(refund.get("second", ())),
        }
    )


def _effect_to_document(effect: Effect) -> Document:
    return _times({**facts_of(effect), "kind": str(effect.kind)})


def _effect_from_document(effect: Mapping[str, Any]) -> Effect:
    return Effect(**{**effect, "kind": EffectKind(effect["kind"]), "tries": int(effect["tries"])})


def _ending_from_document(ending: Mapping[str, Any]) -> Ending:
    numbers = {name: int(ending[name]) for name in ("amount_fen", "mark")}
    return Ending(**{**ending, **numbers, "act": EndingAct(ending["act"])})


def _booking_from_document(document: Mapping[str, Any], sealer: Sealer) -> Booking:
    booking = open_booking(document["hospital"], document["_id"], document["booking"], sealer)
    amount_fen = booking["amount_fen"]
    return Booking(**{**booking, "amount_fen": None if amount_fen is None else int(amount_fen)})

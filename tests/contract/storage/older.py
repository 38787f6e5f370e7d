"""Documents of today as an older Zhenfu wrote them."""

from __future__ import annotations

from typing import Any

from server.core.ports import Sealer
from server.payments.rules.search_keys import tags
from server.storage.documents import payment_from_document
from server.storage.genuine import with_macs
from server.storage.sealed_parts import OWNER, open_booking, opened_facts, sealed_facts

Document = dict[str, Any]


def as_of_schema_6(document: Document, sealer: Sealer) -> Document:
    """With one request, and one part of cash that has none of its own."""
    hospital, payment_id = document["hospital"], document["_id"]
    facts = opened_facts(hospital, payment_id, document["personal"], sealer)
    facts.pop("payers")
    [part] = document["parts"]
    told = {name: part[name] for name in ("told_refunded_fen", "refunded_unseen") if part[name]}
    request = part["request"]
    old = {
        "kind": part["kind"],
        "channel": request["channel"],
        "amount_fen": request["amount_fen"],
        "state": "paid" if part["state"] == "paid" else "unpaid",
        **{name: part[name] for name in ("order_ref", "transaction_id", "paid_fen")},
    }
    older = {
        **{name: value for name, value in document.items() if name != "payer"},
        **told,
        "schema": 6,
        "request": request,
        "parts": [old],
        "refunds": [
            {name: value for name, value in refund.items() if name != "part"} for refund in document["refunds"]
        ],
        "personal": sealed_facts(hospital, payment_id, facts, sealer),
    }
    return with_macs(older, sealer)


def as_of_schema_5(document: Document, sealer: Sealer) -> Document:
    """With the bills in the place of what is paid for, and their numbers in clear."""
    document = as_of_schema_6(document, sealer)
    hospital, payment_id = document["hospital"], document["_id"]
    facts = opened_facts(hospital, payment_id, document["personal"], sealer)
    paid_for = facts.pop("paid_for")
    whose = {name: facts[name] for name in ("card_no", "patient_name")}
    facts["bills"] = [_bill(charge, {**whose, "settle_group": paid_for["facts"]}) for charge in paid_for["charges"]]
    older = {
        **document,
        "schema": 5,
        "bill_nos": [charge["number"] for charge in paid_for["charges"]],
        "personal": sealed_facts(hospital, payment_id, facts, sealer),
    }
    return with_macs(older, sealer)


def _bill(charge: Document, of_the_payment: Document) -> Document:
    rest = {name: value for name, value in charge.items() if name != "number"}
    return {"bill_no": charge["number"], "status": "unpaid", **rest, **of_the_payment}


def as_of_schema_4(document: Document, sealer: Sealer) -> Document:
    """With keyed hashes of the ends of number and phone and of the card, tags in clear, and no phone of the patient's own."""
    found = tags(payment_from_document(document, sealer))
    document = as_of_schema_5(document, sealer)
    hospital, payment_id = document["hospital"], document["_id"]
    facts = opened_facts(hospital, payment_id, document["personal"], sealer)
    facts.pop("patient_phone")
    older = {**document, "schema": 4, "personal": sealed_facts(hospital, payment_id, facts, sealer)}
    older["finds"] = [f"tail:{payment_id[-6:]}"]
    if facts["phone"]:
        older["finds"].append(f"phone_tail:{sealer.lookup('find', f'{hospital}/phone_tail/' + facts['phone'][-4:])}")
    if facts["card_no"]:
        older["finds"].append(f"card:{sealer.lookup('find', f'{hospital}/card/' + facts['card_no'])}")
    if found:
        older["tags"] = list(found)
    del older["search_keys"]
    return with_macs(older, sealer)


def as_of_schema_2(document: Document, sealer: Sealer) -> Document:
    """Without MACs, with the payer's ids and the words about the booking in clear."""
    document = as_of_schema_4(document, sealer)
    hospital, payment_id = document["hospital"], document["_id"]
    facts = opened_facts(hospital, payment_id, document["personal"], sealer)
    owner, subject, union_id = (facts.pop(name) for name in ("owner", "subject", "union_id"))
    payer = {**document["request"]["payer"], "subject": subject, "union_id": union_id}
    older = {
        **document,
        "schema": 2,
        "owner": owner,
        "personal": sealed_facts(hospital, payment_id, facts, sealer),
        "request": {**document["request"], "payer": payer},
        "history": [{**line, "by": owner if line["by"] == OWNER else line["by"]} for line in document["history"]],
    }
    if "booking" in document:
        older["booking"] = open_booking(hospital, payment_id, document["booking"], sealer)
    return {name: value for name, value in older.items() if name not in {"mac", "mac_fixed"}}


def as_of_schema_1(document: Document, sealer: Sealer) -> Document:
    """Without the words by which staff find a payment."""
    return {k: v for k, v in as_of_schema_2(document, sealer).items() if k != "finds"} | {"schema": 1}


async def make_older(collection: Any, payment_id: str, sealer: Sealer) -> None:
    """The stored payment as of schema 1."""
    document = await collection.find_one({"_id": payment_id})
    await collection.replace_one({"_id": payment_id}, as_of_schema_1(document, sealer))

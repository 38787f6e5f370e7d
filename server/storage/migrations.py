"""How payments of an older schema become today's: pure steps, one version each, applied when a document is read or swept.

A step must not need anything but the document. What an older Zhenfu that still runs beside us could not read is done in two
releases: first read both, then write the new.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from server.core.days import hospital_day
from server.core.errors import StoreError, Unreadable
from server.core.ports import Sealer
from server.core.typed import number_key
from server.payments.rules.numbers_held import TAIL_CHARS
from server.payments.rules.search_keys import FindBy, moved_tag
from server.storage.documents import search_key
from server.storage.genuine import with_macs
from server.storage.sealed_parts import (
    OWNER,
    app_of,
    opened_facts,
    owner_key,
    seal_booking,
    sealed_facts,
)

Document = dict[str, Any]
Steps = Mapping[int, Callable[[Document], Document]]


def payment_steps(sealer: Sealer) -> Steps:
    """From version n to n + 1."""
    return {
        1: dict,  # 2 added keyed hashes of ends of numbers, which 5 replaces
        2: lambda document: with_macs({**document, "schema": 3}, sealer),
        3: lambda document: with_macs({**_ids_sealed(document, sealer), "schema": 4}, sealer),
        4: lambda document: with_macs({**_searchable(document, sealer), "schema": 5}, sealer),
        5: lambda document: with_macs({**_with_subject(document, sealer), "schema": 6}, sealer),
        6: lambda document: with_macs({**_with_parts(document, sealer), "schema": 7}, sealer),
        7: lambda document: with_macs({**_found_by_one_index(document, sealer), "schema": 8}, sealer),
    }


def _ids_sealed(document: Document, sealer: Sealer) -> Document:
    """4: who paid, and what the HIS said of the booking, are sealed; whose payment it is is found by a keyed hash."""
    hospital, payment_id, owner = document["hospital"], document["_id"], document["owner"]
    payer = document["request"]["payer"]
    facts = opened_facts(hospital, payment_id, document["personal"], sealer)
    facts |= {"owner": owner, "subject": payer["subject"], "union_id": payer["union_id"]}
    booking = document.get("booking")
    return {
        **document,
        "owner": owner_key(hospital, owner, sealer),
        "personal": sealed_facts(hospital, payment_id, facts, sealer),
        "request": {**document["request"], "payer": app_of(payer)},
        "history": [{**line, "by": OWNER} if line["by"] == owner else line for line in document["history"]],
        **({"booking": seal_booking(hospital, payment_id, booking, sealer)} if booking else {}),
    }


def _searchable(document: Document, sealer: Sealer) -> Document:
    """5: everything by which staff find a payment stands in one array of keyed hashes; ``finds`` and ``tags`` had a part of it."""
    hospital = document["hospital"]
    personal = opened_facts(hospital, document["_id"], document["personal"], sealer)
    booking, refunds = document.get("booking") or {}, document["refunds"]
    whole = [
        *((FindBy.NUMBER, refund["id"]) for refund in refunds),
        *((FindBy.CHARGE, bill_no) for bill_no in document["bill_nos"]),
        *((FindBy.NUMBER, booking.get(name)) for name in ("receipt_no", "his_trade_no")),
        *((FindBy.NUMBER, part.get("transaction_id")) for part in document["parts"]),
        *((FindBy.NUMBER, refund.get(name)) for refund in refunds for name in ("channel_refund_id", "his_refund_no")),
        (FindBy.PHONE, personal["phone"]),
        (FindBy.CARD, personal["card_no"]),
    ]
    keys = [(by, number_key(text)) for by, text in whole if text]
    ends = [
        (FindBy.TAIL, key[-TAIL_CHARS:]) for _, key in ((FindBy.TAIL, document["_id"]), *keys) if len(key) >= TAIL_CHARS
    ]
    search_keys = [*keys, *ends, *((FindBy.TAG, tag) for tag in document.get("tags") or ())]
    found = dict.fromkeys(search_key(hospital, by, text, sealer) for by, text in search_keys if text)
    rest = {name: value for name, value in document.items() if name not in {"finds", "tags"}}
    return {**rest, "search_keys": list(found)}


def _with_subject(document: Document, sealer: Sealer) -> Document:
    """6: what is paid for is sealed in words that every purpose has; bills were named in clear, each with the patient's name and card."""
    hospital, payment_id = document["hospital"], document["_id"]
    facts = opened_facts(hospital, payment_id, document["personal"], sealer)
    bills = facts.pop("bills")
    group = bills[0]["settle_group"] if bills else ""
    facts["paid_for"] = {"charges": [_charge_of_bill(bill) for bill in bills], "facts": group}
    rest = {name: value for name, value in document.items() if name != "bill_nos"}
    return {**rest, "personal": sealed_facts(hospital, payment_id, facts, sealer)}


def _charge_of_bill(bill: Document) -> Document:
    said_elsewhere = {"bill_no", "card_no", "patient_name", "status", "settle_group"}
    return {"number": bill["bill_no"], **{name: value for name, value in bill.items() if name not in said_elsewhere}}


def _with_parts(document: Document, sealer: Sealer) -> Document:
    """7: each part has its own request, order number and state, and what its channel has told of refunds. There was one part, of cash."""
    hospital, payment_id = document["hospital"], document["_id"]
    facts = opened_facts(hospital, payment_id, document["personal"], sealer)
    facts["payers"] = [[facts["subject"], facts["union_id"]]]
    [old] = document["parts"]
    part = {
        "kind": old["kind"],
        "order_no": payment_id,
        "request": document["request"],
        "undo_order": 0,
        "state": "closed" if document["state"] == "closed" else old["state"],
        **{name: old[name] for name in ("order_ref", "transaction_id", "paid_fen")},
        "told_refunded_fen": document.get("told_refunded_fen", 0),
        "refunded_unseen": document.get("refunded_unseen", False),
    }
    gone = {"request", "told_refunded_fen", "refunded_unseen"}
    return {
        **{name: value for name, value in document.items() if name not in gone},
        "payer": document["request"]["payer"],
        "parts": [part],
        "refunds": [{**refund, "part": old["kind"]} for refund in document["refunds"]],
        "personal": sealed_facts(hospital, payment_id, facts, sealer),
    }


def _found_by_one_index(document: Document, sealer: Sealer) -> Document:
    """8: whose a payment is, what it claims and on which days its money moved stand among what it is found by."""
    hospital, moments = document["hospital"], [refund.get("finished_at") for refund in document["refunds"]]
    owner = opened_facts(hospital, document["_id"], document["personal"], sealer)["owner"]
    search_keys = [
        *((FindBy.TAG, moved_tag(hospital_day(at))) for at in (document.get("paid_at"), *moments) if at is not None),
        (FindBy.OWNER, owner),
        *((FindBy.CLAIM, claim) for claim in document.get("claims") or ()),
    ]
    keys = [search_key(hospital, by, text, sealer) for by, text in search_keys]
    return {**document, "search_keys": list(dict.fromkeys([*document["search_keys"], *keys]))}


def upgraded(document: Document, steps: Steps, target: int) -> Document:
    """``document`` at version ``target``; the same object if it is there already.

    Raises Unreadable for one of a newer version, and StoreError if a step is missing.
    """
    version = int(document["schema"])
    if version > target:
        raise Unreadable(
            f"{document['_id']} is of schema {version}, this Zhenfu reads up to {target}: start the newer one",
            newer=True,
        )
    while version < target:
        step = steps.get(version)
        if step is None:
            raise StoreError(f"no step leads from schema {version}: this Zhenfu is too new for this database")
        document = {**step(document), "schema": version + 1}
        version += 1
    return document

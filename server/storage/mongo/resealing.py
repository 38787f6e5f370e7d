"""Brings what is stored under the active key, while everybody serves, so that an older key can retire (docs/decisions/0031).

Page by page, by key; each document is replaced only as it was read, so a newer write stays and is under the active key already.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.core.errors import Forged
from server.core.ports import Sealer
from server.storage.genuine import holds, with_macs
from server.storage.mongo import bank, days, timetables
from server.storage.mongo.archive import keys_named_in
from server.storage.mongo.audit import SEALED
from server.storage.mongo.errors import translated
from server.storage.mongo.int64 import with_int64
from server.storage.mongo.walking import pages
from server.storage.sealed_parts import booking_purpose, personal_purpose
from server.storage.unclaimed_documents import is_ours, with_mac

Document = dict[str, Any]
Reseal = Callable[[Document, Sealer], Document]


def _payment(document: Document, sealer: Sealer) -> Document:
    """One whose MACs do not hold is left as it was found: under the active key it would be ours again."""
    if not holds(document, sealer):
        return document
    hospital, payment_id = document["hospital"], document["_id"]
    said = {"note": f"refund_note:{payment_id}", "his_words": f"his_words:{payment_id}"}
    fresh = {**document, "personal": sealer.reseal(personal_purpose(hospital, payment_id), document["personal"])}
    fresh["refunds"] = [
        {**refund, **{name: sealer.reseal(of, refund[name]) for name, of in said.items() if refund.get(name)}}
        for refund in document["refunds"]
    ]
    if document.get("booking"):
        told = sealer.reseal(booking_purpose(hospital, payment_id), document["booking"]["told"])
        fresh["booking"] = {**document["booking"], "told": told}
    if document.get("ending") and document["ending"].get("proof"):
        proof = sealer.reseal(f"refund_note:{payment_id}", document["ending"]["proof"])
        fresh["ending"] = {**document["ending"], "proof": proof}
    macs = with_macs(fresh, sealer)
    same_key = all(macs[name].partition(".")[0] == document[name].partition(".")[0] for name in ("mac", "mac_fixed"))
    return document if same_key and fresh == document else with_int64(macs)


def _cards(document: Document, sealer: Sealer) -> Document:
    of = {"sealed": "card", "binding": "card_binding", "family": "card_family"}
    purposes = {name: f"{purpose}:{document['_id']}" for name, purpose in of.items()}
    cards = [
        {**card, **{name: sealer.reseal(of, card[name]) for name, of in purposes.items() if name in card}}
        for card in document["cards"]
    ]
    return {**document, "cards": cards}


def _person(document: Document, sealer: Sealer) -> Document:
    return {**document, "sealed": sealer.reseal(f"person:{document['_id']}", document["sealed"])}


def _staff(document: Document, sealer: Sealer) -> Document:
    """The secret of the one-time codes is sealed inside what is sealed."""
    of, place = f"staff:{document['_id']}", document["_id"]
    facts = json.loads(sealer.open(of, document["sealed"]))
    totp = sealer.reseal(f"staff_totp:{place}", facts["totp"]) if facts["totp"] else facts["totp"]
    if totp == facts["totp"]:
        return {**document, "sealed": sealer.reseal(of, document["sealed"])}
    plain = json.dumps({**facts, "totp": totp}, ensure_ascii=False).encode()
    return {**document, "sealed": sealer.seal(of, plain)}


def _short_lived(document: Document, sealer: Sealer) -> Document:
    of = f"short_lived:{document['_id']}:{document['expires_at'].isoformat()}"
    return {**document, "sealed": sealer.reseal(of, document["sealed"])}


def _session(document: Document, sealer: Sealer) -> Document:
    return {**document, "sealed": sealer.reseal(f"session:{document['_id']}", document["sealed"])}


def _entry(document: Document, sealer: Sealer) -> Document:
    by = document["by"]
    if not by.startswith(SEALED):
        return document
    fresh = sealer.reseal(f"audit:{document['_id']}", by[len(SEALED) :])
    return {**document, "by": f"{SEALED}{fresh}"}


def _alert(document: Document, sealer: Sealer) -> Document:
    note = document.get("note")
    return {**document, "note": sealer.reseal(f"alert_note:{document['id']}", note)} if note else document


def _unclaimed(document: Document, sealer: Sealer) -> Document:
    """One whose MAC does not hold is left as it was found; what one from before needs is signed by whoever reads it."""
    if not is_ours(document, sealer):
        return document
    fresh, of = dict(document), f"unclaimed_proof:{document['_id']}"
    for name in ("ending", "ended"):
        if name in fresh and fresh[name].get("proof"):
            fresh[name] = {**fresh[name], "proof": sealer.reseal(of, fresh[name]["proof"])}
    signed = with_mac(fresh, sealer)
    same_key = signed["mac"].partition(".")[0] == document["mac"].partition(".")[0]
    return document if same_key and fresh == document else with_int64(signed)


def _with_text_mac(purpose: str) -> Reseal:
    """A document whose text is under a MAC for ``purpose``. One whose MAC does not hold is left as it was found."""

    def reseal(document: Document, sealer: Sealer) -> Document:
        text = document["text"].encode()
        if not sealer.mac_holds(purpose, text, document.get("mac", "")):
            return document
        mac = sealer.mac(purpose, text)
        same_key = mac.partition(".")[0] == document["mac"].partition(".")[0]
        return document if same_key else with_int64({**document, "mac": mac})

    return reseal


RESEALS: Mapping[str, tuple[Reseal, tuple[str, ...]]] = {
    "payments": (_payment, ("version", "mac")),
    "cards": (_cards, ("version",)),
    "people": (_person, ("sealed",)),
    "staff": (_staff, ("version", "sealed")),
    "sessions": (_session, ("sealed",)),
    "short_lived": (_short_lived, ("sealed",)),
    "audit": (_entry, ("by",)),
    "alerts": (_alert, ("note",)),
    "unclaimed": (_unclaimed, ("version", "mac")),
    "reconciliation_days": (_with_text_mac(days.PURPOSE), ("version", "mac")),
    "bank_books": (_with_text_mac(bank.PURPOSE), ("version", "mac")),
    "timetables": (_with_text_mac(timetables.PURPOSE), ("version", "mac")),
}
"""By collection: what brings a document under the active key, and by which fields it is still as it was read."""


async def reseal_all(database: AsyncIOMotorDatabase[Any], sealer: Sealer, told: Callable[[str, int], None]) -> int:
    """How many documents were resealed; ``told`` hears of each page. Safe to repeat, to stop, and beside others."""
    count, loop = 0, asyncio.get_running_loop()
    for name, (reseal, guards) in RESEALS.items():
        done, began = 0, loop.time()
        async for page in pages(database[name]):
            with translated():
                for document in page:
                    done += await _resealed(database, name, reseal, guards, document, sealer)
            told(name, done)
            await asyncio.sleep(loop.time() - began)
            began = loop.time()
        count += done
    return count


async def _resealed(
    database: AsyncIOMotorDatabase[Any],
    name: str,
    reseal: Reseal,
    guards: tuple[str, ...],
    document: Document,
    sealer: Sealer,
) -> bool:
    try:
        fresh = reseal(document, sealer)
    except Forged:  # not as we wrote it, or in an older form: `keys status` goes on counting it
        return False
    changed = {field: value for field, value in fresh.items() if field not in document or value != document[field]}
    if not changed:
        return False
    as_read = {"_id": document["_id"], **{field: document.get(field) for field in guards}}
    return bool((await database[name].update_one(as_read, {"$set": changed})).matched_count)


async def keys_in_use(database: AsyncIOMotorDatabase[Any], collections: tuple[str, ...]) -> dict[str, dict[str, int]]:
    """By key id and collection: how many documents still need that key, wherever in them."""
    needed: dict[str, dict[str, int]] = {}
    for name in (*collections, "schema"):
        async for page in pages(database[name]):
            for key_id in (key_id for document in page for key_id in keys_named_in(document)):
                by_collection = needed.setdefault(key_id, {})
                by_collection[name] = by_collection.get(name, 0) + 1
    return needed

"""Documents of today as an older Zhenfu wrote them."""

from __future__ import annotations

from typing import Any

from server.ports import Sealer
from server.storage.sealed_parts import OWNER, open_booking, opened_facts, sealed_facts

Document = dict[str, Any]


def as_of_schema_2(document: Document, sealer: Sealer) -> Document:
    """Without MACs, with the payer's ids and the words about the booking in clear."""
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

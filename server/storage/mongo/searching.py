"""By which query payments are found for staff: one array of keyed hashes under one index, and what older documents had instead."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from server.core.ports import Sealer
from server.payments.rules.search_keys import FindBy, SearchKey
from server.storage.documents import search_key
from server.storage.sealed_parts import owner_key

Document = dict[str, Any]
OBSOLETE = ("bill", "finds", "tags", "owner", "claimed", "paid", "refunded")
"""The indexes of payments before schema 8. They are dropped when every document is of today's schema."""


def asking_for(hospital: str, search_keys: Collection[SearchKey], sealer: Sealer, *, settled: bool) -> list[Document]:
    """The queries whose answers together are what has any of ``search_keys``; one where every document is of today's schema (``settled``). Until
    then, one that an older Zhenfu wrote is found by its tags, card and bills. (An ``$or`` would read no index in the embedded database.)
    """
    keys = [search_key(hospital, by, text, sealer) for by, text in search_keys]
    today: Document = {"search_keys": keys[0] if len(keys) == 1 else {"$in": keys}}
    older = [] if settled else [_before_5(hospital, by, text, sealer) for by, text in search_keys]
    return [{"hospital": hospital, **way} for way in (today, *older) if way]


def of_owner(hospital: str, owner: str, sealer: Sealer, *, settled: bool) -> Document:
    """The query for an owner's payments, which finds those of an older Zhenfu, too, while there are any."""
    if settled:
        return {"hospital": hospital, "search_keys": search_key(hospital, FindBy.OWNER, owner, sealer)}
    return {"hospital": hospital, "owner": {"$in": owners_stored(hospital, owner, sealer, settled=False)}}


def owners_stored(hospital: str, owner: str, sealer: Sealer, *, settled: bool) -> list[str]:
    """What the field ``owner`` of this owner's payments says: the hash, and before every old document is swept also the plain id."""
    key = owner_key(hospital, owner, sealer)
    return [key] if settled else [key, owner]


def of_claims(hospital: str, claims: Collection[str], sealer: Sealer, *, settled: bool) -> Document:
    """The query for the live payments that hold any of ``claims``."""
    if settled:
        keys = [search_key(hospital, FindBy.CLAIM, claim, sealer) for claim in claims]
        return {"hospital": hospital, "search_keys": {"$in": keys}}
    return {"hospital": hospital, "claims": {"$in": list(claims)}}


def _before_5(hospital: str, by: FindBy, text: str, sealer: Sealer) -> Document:
    match by:
        case FindBy.TAG:
            return {"tags": text}
        case FindBy.CHARGE:
            return {"bill_nos": text}
        case FindBy.CARD:
            return {"finds": f"card:{sealer.lookup('find', f'{hospital}/card/{text}')}"}
    return {}

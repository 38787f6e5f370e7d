"""Unclaimed money as documents and back, under a MAC: what was changed in the database without the key is seen when it is read.

The MAC covers every field but ``_id``, which it is bound to, ``next_due``, which must be the earliest effect, and ``aside``, which says
that a worker has put the document off. Documents from before (without ``schema``) have none: `mongo.unclaimed` signs them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from server.core.errors import Unreadable
from server.core.history import HistoryEvent
from server.core.ports import Sealer
from server.effects.model import Effect, EffectKind
from server.payments.unclaimed_model import UnclaimedAct, UnclaimedEnding, UnclaimedMoney, UnclaimedState
from server.storage.genuine import canonical
from server.storage.precision import facts_of, kept

Document = dict[str, Any]
SCHEMA = 2
"""2 gave it acts of people, owed work and a MAC."""
_OUTSIDE = frozenset({"_id", "next_due", "aside", "mac"})
_DERIVED = frozenset({"_id", "schema", "next_due", "aside", "mac"})
_NUMBERS = ("amount_fen", "version", "refunds_closed", "audited_lines")


def place_of(hospital: str, money_id: str) -> str:
    """The ``_id`` of its document."""
    return f"{hospital}/{money_id}"


def money_to_document(money: UnclaimedMoney, sealer: Sealer) -> Document:
    """The whole document with its MAC. What says nothing is absent."""
    facts = facts_of(kept(money))
    del facts["tampered"]
    whole: Document = {
        **facts,
        "_id": place_of(money.hospital, money.id),
        "schema": SCHEMA,
        "state": str(money.state),
        "ending": _ending_to_document(facts["ending"]),
        "ended": _ending_to_document(facts["ended"]),
        "effects": [{**facts_of(effect), "kind": str(effect.kind)} for effect in facts["effects"]],
        "history": [{**facts_of(line), "detail": dict(line.detail)} for line in facts["history"]],
        "next_due": kept(money.next_due),
    }
    return with_mac({name: value for name, value in whole.items() if value is not None}, sealer)


def money_from_document(document: Mapping[str, Any]) -> UnclaimedMoney:
    """The money in a document of today's schema or of the one before. Raises Unreadable for one of a newer Zhenfu, and whatever is wrong with it."""
    if int(document.get("schema", 1)) > SCHEMA:
        raise Unreadable("unclaimed money of a newer schema: start the newer Zhenfu", newer=True)
    facts: Document = {name: value for name, value in document.items() if name not in _DERIVED}
    facts |= {name: int(facts[name]) for name in _NUMBERS if name in facts}
    facts |= {name: _ending_from_document(facts[name]) for name in ("ending", "ended") if name in facts}
    effects = tuple(
        Effect(**{**effect, "kind": EffectKind(effect["kind"]), "tries": int(effect["tries"])})
        for effect in facts.get("effects", ())
    )
    history = tuple(
        HistoryEvent(**{**line, "detail": MappingProxyType(dict(line["detail"]))}) for line in facts.get("history", ())
    )
    state = UnclaimedState(facts.get("state", UnclaimedState.OPEN))
    return UnclaimedMoney(**{**facts, "effects": effects, "history": history, "state": state})


def with_mac(document: Document, sealer: Sealer) -> Document:
    return {**document, "mac": sealer.mac(_purpose(document), _covered(document))}


def is_signed(document: Mapping[str, Any]) -> bool:
    return "mac" in document or "schema" in document


def is_ours(document: Mapping[str, Any], sealer: Sealer) -> bool:
    """Is ``document`` as we wrote it? Never raises: what can't be brought into its form is not of ours."""
    try:
        mac = str(document.get("mac", ""))
        return sealer.mac_holds(_purpose(document), _covered(document), mac) and _is_due_as_owed(document)
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError):
        return False


def _covered(document: Mapping[str, Any]) -> bytes:
    return canonical({name: value for name, value in document.items() if name not in _OUTSIDE})


def _is_due_as_owed(document: Mapping[str, Any]) -> bool:
    earliest = min((effect["due_at"] for effect in document["effects"]), default=None)
    return "aside" in document or document.get("next_due") == earliest


def _purpose(document: Mapping[str, Any]) -> str:
    return f"unclaimed:{document['_id']}"


def _ending_to_document(ending: UnclaimedEnding | None) -> Document | None:
    return None if ending is None else {**facts_of(ending), "act": str(ending.act)}


def _ending_from_document(ending: Mapping[str, Any]) -> UnclaimedEnding:
    return UnclaimedEnding(**{**ending, "act": UnclaimedAct(ending["act"]), "mark": int(ending["mark"])})

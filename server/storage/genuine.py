"""The MACs of a stored payment: what decides about money can't be changed in the database without the key (docs/decisions/0030-state-under-mac.md).

A document carries two. ``mac_fixed`` covers what is written once (FIXED) and ``mac`` covers every other field and the whole history, so
that a transition computes only what it may have changed. A new field is covered without being named here. The few OUTSIDE are proven in
another way.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from server.core.ports import Sealer
from server.storage.precision import whole_ms

Document = dict[str, Any]
SEALED_SINCE = 3
"""The schema from which on a payment's document carries MACs."""
FIXED = ("schema", "purpose", "bill_nos", "owner", "origin", "payer", "request", "finds", "created_at")
OUTSIDE = frozenset({"_id", "hospital", "personal", "next_due", "aside", "mac", "mac_fixed"})
"""``_id`` and ``hospital`` are bound by the MACs' purpose; ``personal`` is authenticated encryption, bound to both; ``next_due`` follows
from the effects and is compared with them when it is read; ``aside`` says that a worker has put the document off (`PaymentStore.set_aside`).
"""
_ELSEWHERE = OUTSIDE | set(FIXED)


def _plain(value: object) -> str:
    """What JSON does not know. Raises TypeError for what no document of ours holds."""
    if isinstance(value, datetime):
        return (value if value.tzinfo is UTC and not value.microsecond % 1000 else whole_ms(value)).isoformat()
    raise TypeError(type(value).__name__)


_ENCODER = json.JSONEncoder(separators=(",", ":"), default=_plain, check_circular=False)


def canonical(fields: Mapping[str, Any]) -> bytes:
    """One text for equal values: times in UTC milliseconds, integers of any width alike; at the top keys in order and null as absent.
    Inside, keys stand as they were written, which every copy of a document keeps.

    Raises TypeError or ValueError for values that no document of ours holds.
    """
    return _ENCODER.encode({name: fields[name] for name in sorted(fields) if fields[name] is not None}).encode()


def fixed_mac(document: Mapping[str, Any], sealer: Sealer) -> str:
    return sealer.mac(_purpose(document, "fixed"), canonical({name: document.get(name) for name in FIXED}))


def state_mac(document: Mapping[str, Any], sealer: Sealer) -> str:
    """``document`` may lack its FIXED fields, as a transition knows only what it may change."""
    return sealer.mac(_purpose(document, "state"), _state(document))


def with_macs(document: Document, sealer: Sealer) -> Document:
    return {**document, "mac_fixed": fixed_mac(document, sealer), "mac": state_mac(document, sealer)}


def holds(document: Mapping[str, Any], sealer: Sealer) -> bool:
    """Is ``document`` as we wrote it? Never raises: what can't be brought into its form is not of ours."""
    try:
        fixed = canonical({name: document.get(name) for name in FIXED})
        return (
            sealer.mac_holds(_purpose(document, "state"), _state(document), str(document.get("mac", "")))
            and sealer.mac_holds(_purpose(document, "fixed"), fixed, str(document.get("mac_fixed", "")))
            and _is_due_as_owed(document)
        )
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError):
        return False


def _state(document: Mapping[str, Any]) -> bytes:
    return canonical({name: value for name, value in document.items() if name not in _ELSEWHERE})


def _is_due_as_owed(document: Mapping[str, Any]) -> bool:
    earliest = min((effect["due_at"] for effect in document["effects"]), default=None)
    return "aside" in document or document.get("next_due") == earliest


def _purpose(document: Mapping[str, Any], which: str) -> str:
    return f"payment_{which}:{document['hospital']}:{document['_id']}"

"""Who is told before documents from before the MACs are signed: once signed, nothing shows any more what they were."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from server.storage.genuine import SEALED_SINCE

Told = Callable[[str, int, str], Awaitable[None]]
"""Hospital, how many documents, and the SHA-256 (hex) of their texts in the order of their ids."""


async def before_signing(documents: Iterable[Mapping[str, Any]], told: Told) -> None:
    """Tell of those of ``documents`` that have no MAC yet, hospital by hospital. Raises what ``told`` raises: then nothing is signed."""
    unsigned: dict[str, list[Mapping[str, Any]]] = {}
    for document in documents:
        if int(document["schema"]) < SEALED_SINCE:
            unsigned.setdefault(document["hospital"], []).append(document)
    for hospital, found in sorted(unsigned.items()):
        await told(hospital, len(found), digest(found))


def digest(documents: Iterable[Mapping[str, Any]]) -> str:
    """The SHA-256 of all of them, each with its length. Never raises: a value of a type that is not ours counts by its type's name."""
    total = sha256()
    for document in sorted(documents, key=lambda one: str(one["_id"])):
        text = json.dumps(dict(document), sort_keys=True, separators=(",", ":"), default=_plain).encode()
        total.update(len(text).to_bytes(8, "big") + text)
    return total.hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else type(value).__name__

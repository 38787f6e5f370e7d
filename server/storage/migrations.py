"""How payments of an older schema become today's: pure steps, one version each, applied when a document is read or swept.

A step must not need anything but the document. What an older Zhenfu that still runs beside us could not read is done in two
releases: first read both, then write the new.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from server.domain.desk import PHONE_TAIL_CHARS, TAIL_CHARS, FindBy
from server.domain.errors import StoreError
from server.ports import Sealer
from server.storage.documents import find_key, open_personal
from server.storage.genuine import with_macs

Document = dict[str, Any]
Steps = Mapping[int, Callable[[Document], Document]]


def payment_steps(sealer: Sealer) -> Steps:
    """From version n to n + 1."""
    return {
        1: lambda document: {**document, "finds": _finds(document, sealer)},
        2: lambda document: with_macs({**document, "schema": 3}, sealer),
    }


def _finds(document: Document, sealer: Sealer) -> list[str]:
    """2: staff find payments by the ends of their numbers and by the card."""
    personal = open_personal(document["hospital"], document["_id"], document["personal"], sealer)
    marks = [
        (FindBy.TAIL, document["_id"][-TAIL_CHARS:]),
        (FindBy.PHONE_TAIL, personal.phone[-PHONE_TAIL_CHARS:]),
        (FindBy.CARD, personal.card_no),
    ]
    return [find_key(document["hospital"], by, text, sealer) for by, text in marks if text]


def upgraded(document: Document, steps: Steps, target: int) -> Document:
    """``document`` at version ``target``; the same object if it is there already.

    Raises StoreError for one of a newer version, or if a step is missing.
    """
    version = int(document["schema"])
    if version > target:
        raise StoreError(
            f"{document['_id']} is of schema {version}, this Zhenfu reads up to {target}: start the newer one"
        )
    while version < target:
        step = steps.get(version)
        if step is None:
            raise StoreError(f"no step leads from schema {version}: this Zhenfu is too new for this database")
        document = {**step(document), "schema": version + 1}
        version += 1
    return document

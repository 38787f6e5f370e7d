"""What this process stored of late, so that whoever hears of it soon after need not read it."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Generic

from server.effects.document import D

MOST = 256
KEPT_FOR = timedelta(minutes=20)
"""Longer than an order can be paid."""


class Remembered(Generic[D]):
    """The last documents that were stored, the newest version of each, bounded in number and age.

    Another process may have stored a newer version since. So only a decision whose grounds can't be undone may be made on one, and its
    write is guarded by the version like any other.
    """

    def __init__(self) -> None:
        self._documents: OrderedDict[tuple[str, str], tuple[D, datetime]] = OrderedDict()

    def put(self, document: D, now: datetime) -> None:
        """``document`` has just been stored."""
        key = (document.hospital, document.id)
        before = self._documents.pop(key, None)
        newer = document if before is None or before[0].version < document.version else before[0]
        self._documents[key] = newer, now
        while len(self._documents) > MOST or now - next(iter(self._documents.values()))[1] > KEPT_FOR:
            self._documents.popitem(last=False)

    def get(self, hospital: str, document_id: str, now: datetime) -> D | None:
        document, at = self._documents.get((hospital, document_id), (None, now))
        return document if now - at <= KEPT_FOR else None

    def forget(self, document: D) -> None:
        """A write of ``document`` was lost, or nobody knows what became of it."""
        self._documents.pop((document.hospital, document.id), None)

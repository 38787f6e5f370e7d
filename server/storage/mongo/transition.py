"""The one write of a payment's transition."""

from __future__ import annotations

from server.core.ports import Sealer
from server.payments.model import Payment
from server.storage.documents import Document, changed_fields, changed_mac, changing_fields, history_to_document
from server.storage.mongo.int64 import with_int64


def difference(before: Payment, after: Payment, sealer: Sealer) -> Document:
    """The one write of a transition: changed fields set, those now absent unset, new lines of history pushed, all under a new MAC."""
    old, new = changing_fields(before), changed_fields(after, sealer)
    changed = {
        name: value
        for name, value in new.items()
        if name not in old or value != old[name] or name == "next_due" or _has_form(value)
    }
    present = {name: value for name, value in changed.items() if value is not None}
    absent = {name: "" for name, value in changed.items() if value is None}
    mac = changed_mac(after, new, sealer)
    write: Document = {"$set": {**with_int64(present), "mac": mac}, "$unset": {**absent, "aside": ""}}
    lines = history_to_document(after, after.history[len(before.history) :])
    if lines:
        write["$push"] = {"history": {"$each": lines}}
    return write


def _has_form(value: object) -> bool:
    """What an older Zhenfu may have written with fewer fields is written whole in each step: the MAC is over the form of today."""
    return isinstance(value, dict | list)

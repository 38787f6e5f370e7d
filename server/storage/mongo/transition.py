"""The one write of a payment's transition."""

from __future__ import annotations

from server.core.ports import Sealer
from server.payments.model import Payment
from server.storage.documents import Document, changed_fields, changed_mac, history_to_document
from server.storage.mongo.int64 import with_int64


def difference(before: Payment, after: Payment, sealer: Sealer) -> Document:
    """The one write of a transition: every field that one may change is set, or unset where it is absent, new lines of history are pushed,
    all under a new MAC. So what an older Zhenfu wrote with fewer fields has the form of today, which the MAC is over.
    """
    fields = changed_fields(after, sealer)
    present = {name: value for name, value in fields.items() if value is not None}
    absent = {name: "" for name, value in fields.items() if value is None}
    mac = changed_mac(after, fields, sealer)
    write: Document = {"$set": {**with_int64(present), "mac": mac}, "$unset": {**absent, "aside": ""}}
    lines = history_to_document(after, after.history[len(before.history) :])
    if lines:
        write["$push"] = {"history": {"$each": lines}}
    return write

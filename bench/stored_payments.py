"""The payments that fill a store, and how the app would have stored them."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.metadata import version

from server.core.ports import Sealer
from server.infrastructure import sealing
from server.infrastructure.sealing import KEY_BYTES, Keyring
from server.patients.model import PayerIdentity
from server.payments.model import Payment, PaymentState
from server.storage.documents import payment_to_document
from server.storage.mongo.indexes import INDEXES
from server.storage.mongo.int64 import with_int64
from tests.support.clock_and_ids import MORNING
from tests.unit.payments.states import in_state

HOSPITAL = "demo"
OWN = 40
"""So many of the payments are of the person whose phone asks: two pages of a list."""
YEAR = timedelta(days=365)
AHEAD = timedelta(days=7)
"""The times go on for so long after the store is filled: on each of these days there are as many payments of the days before."""
OF_ONE = 5
"""So many payments has everybody else."""


def payment_id(number: int) -> str:
    return f"ZF20250101B{number:011d}"


def made(payments: int, owner: PayerIdentity, now: datetime, first: int = 0) -> Iterator[Payment]:
    """Booked ones, evenly over a year of which `AHEAD` is still to come. They begin with the newest that is no later than ``now``;
    ``first`` of them are left out."""
    booked = in_state(PaymentState.BOOKED)
    for number in range(first, payments):
        whose = owner if number < OWN else replace(owner, subject=f"invented-{number // OF_ONE}")
        age = YEAR * (number / payments)
        yield replace(
            booked,
            id=payment_id(number),
            hospital=HOSPITAL,
            owner=whose.key,
            payer=whose,
            claims=(),
            effects=(),
            parts=(replace(booked.parts[0], order_no=payment_id(number)),),
            personal=replace(booked.personal, card_no=f"B{number // OF_ONE:09d}", phone=f"199{number % 10**8:08d}"),
            created_at=now - (age if age < YEAR - AHEAD else age - YEAR),
        )


def stored_document(payment: Payment, sealer: Sealer) -> dict[str, object]:
    """As the app stores it."""
    document: dict[str, object] = with_int64(payment_to_document(payment, sealer))
    return document


class _Repeatable(Keyring):
    """Its sealed texts are the same each time, and can't be opened."""

    def seal(self, purpose: str, plain: bytes) -> str:
        return f"{purpose}.{plain.hex()}"


def fingerprint() -> str:
    """Another one where documents, seals, indexes or the embedded database's version are others."""
    sealer = _Repeatable("k1", {"k1": bytes(KEY_BYTES)}, bytes([1]) * KEY_BYTES)
    owner = PayerIdentity(channel="wechat", app_id="wx-invented", subject="invented")
    documents = [stored_document(each, sealer) for each in made(2 * OWN, owner, MORNING)]
    indexes = [index.document for index in INDEXES["payments"]]
    what = (documents, indexes, inspect.getsource(sealing), version("secantusdb"))
    return hashlib.sha256(repr(what).encode()).hexdigest()[:12]

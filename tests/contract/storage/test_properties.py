"""Any payment comes back as it was, and a guarded write leaves what a full replacement would have left."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.core.history import HistoryEvent
from server.infrastructure.sealing import Keyring
from server.payments.model import Payment
from server.payments.part import Part
from server.payments.ports import PaymentStore
from server.storage.documents import payment_from_document, payment_to_document
from server.storage.memory import memory_stores
from server.storage.mongo import connect
from server.storage.precision import kept
from tests.contract.storage.conftest import TWINS
from tests.contract.storage.strategies import history_events, payments, steps
from tests.support.emptied_databases import drop, own_database

SEALER = Keyring("k1", {"k1": b"1" * 32}, b"2" * 32)


class OneLoop:
    """Hypothesis calls a plain function many times; the stores live on one loop meanwhile."""

    def __init__(self, twin: str, uri: str) -> None:
        self._runner = asyncio.Runner()
        self._uri = own_database(uri)
        self._numbers = count(1)
        self._database = None if twin == "memory" else self.run(self._opened())
        self.payments: PaymentStore = (self._database.stores if self._database else memory_stores()).payments

    async def _opened(self) -> Any:
        database = connect(self._uri, SEALER)
        await database.prepare()
        return database

    def with_own_id(self, payment: Payment) -> Payment:
        """Hypothesis tries the same payment again and again; in one database each needs an id and claims of its own."""
        number = next(self._numbers)
        return replace(payment, id=f"ZF{number}", claims=tuple(f"{number}:{claim}" for claim in payment.claims))

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(work)

    def close(self) -> None:
        if self._database is not None:
            self._database.close()
            self.run(drop(self._uri))
        self._runner.close()


@pytest.fixture(params=TWINS)
def store(request: pytest.FixtureRequest, database_server: str) -> Iterator[OneLoop]:
    one = OneLoop(request.param, database_server)
    yield one
    one.close()


@given(payment=payments)
def test_any_payment_becomes_a_document_and_back(payment: Payment) -> None:
    document = payment_to_document(payment, SEALER)
    assert payment_from_document(document, SEALER) == kept(payment)
    assert ("claims" in document, "next_due" in document) == (bool(payment.claims), bool(payment.effects))


def as_asked(before: Payment, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """``parts`` of a step: as many as before, each with what its channel was asked."""
    news = (*parts, *before.parts[len(parts) :])
    asked = ("kind", "order_no", "undo_order", "request")
    return tuple(
        replace(new, **{name: getattr(old, name) for name in asked})
        for old, new in zip(before.parts, news, strict=False)
    )


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    payment=payments,
    changes=st.lists(steps, min_size=1, max_size=3),
    lines=st.lists(history_events, max_size=3),
    free=st.booleans(),
)
def test_steps_leave_what_a_replacement_would_leave(
    store: OneLoop, payment: Payment, changes: list[dict[str, Any]], lines: list[HistoryEvent], free: bool
) -> None:
    payment = store.with_own_id(payment)

    async def live() -> None:
        await store.payments.insert(payment)
        assert await store.payments.get(payment.hospital, payment.id) == kept(payment)
        before = payment
        for change in changes:
            told = {**change, "parts": as_asked(before, change.get("parts", before.parts))}
            after = replace(before, **told, version=before.version + 1, history=(*before.history, *lines))
            if free:
                after = replace(after, claims=after.claims[1:])
            await store.payments.save(before, after)
            stored = await store.payments.get(payment.hospital, payment.id)
            assert stored == kept(after)
            before = stored if free else after  # as read back, or as the caller still has it

    store.run(live())

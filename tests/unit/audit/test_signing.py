"""The audit chain is the second witness of the moment in which payments from before the MACs are signed."""

from __future__ import annotations

import pytest

from server.audit.model import signing
from tests.support.builders import HOSPITAL
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio


async def test_what_is_signed_stands_in_the_chain_and_is_verified_with_it() -> None:
    memory_app = InMemoryApp()
    event = signing(3, "ab" * 32, memory_app.clock.now())
    for _ in range(2):
        await memory_app.services.shared.audit.append(HOSPITAL, [event])
    (entry,) = await memory_app.stores.audit.latest(HOSPITAL, 10)
    assert (entry.what, dict(entry.detail)) == ("payments_signed", {"count": "3", "sha256": "ab" * 32})
    report = await memory_app.services.shared.audit_check.verify(HOSPITAL)
    assert report.problems == []

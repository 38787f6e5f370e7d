"""The audit chain is the second witness of the moment in which payments from before the MACs are signed."""

from __future__ import annotations

import pytest

from server.audit.model import signing
from tests.support.builders import HOSPITAL
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio


async def test_what_is_signed_stands_in_the_chain_and_is_verified_with_it() -> None:
    house = InMemoryApp()
    event = signing(3, "ab" * 32, house.clock.now())
    for _ in range(2):
        await house.services.shared.audit.append(HOSPITAL, [event])
    (entry,) = await house.stores.audit.latest(HOSPITAL, 10)
    assert (entry.what, dict(entry.detail)) == ("payments_signed", {"count": "3", "sha256": "ab" * 32})
    report = await house.services.shared.audit_check.verify(HOSPITAL)
    assert report.problems == []

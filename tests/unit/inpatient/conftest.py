"""A ward for the tests of stays."""

from __future__ import annotations

import pytest_asyncio

from tests.support.wards import Ward


@pytest_asyncio.fixture
async def ward() -> Ward:
    ward = Ward()
    await ward.enter()
    return ward

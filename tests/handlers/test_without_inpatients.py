"""A hospital whose HIS says nothing of stays has no pages about them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.handlers.conftest import Browser, text_of
from tests.handlers.doors import an_app
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.gen_test


class TestWithoutInpatients:
    """A hospital whose HIS does not have the functions."""

    @pytest.fixture
    def memory_app(self) -> InMemoryApp:
        return an_app()

    async def test_nothing_is_offered(self, browser: Browser, enter: Any) -> None:
        await enter("B1")
        assert "/h/demo/inpatient" not in text_of(await browser.get("/h/demo/"))
        assert "/h/demo/inpatient" not in text_of(await browser.get("/h/demo/cards"))
        closed = await browser.get("/h/demo/inpatient")
        assert (closed.code, "暂未开通住院服务" in text_of(closed)) == (404, True)

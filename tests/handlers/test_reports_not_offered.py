"""A hospital without ``[reports]`` has no such place."""

from __future__ import annotations

from typing import Any

import pytest

from tests.handlers.conftest import Browser, text_of

pytestmark = pytest.mark.gen_test


async def test_without_the_section_there_are_no_reports(browser: Browser, enter: Any) -> None:
    await enter("B1")
    answer = await browser.get("/h/demo/reports")
    assert (answer.code, "暂未开通报告查询" in text_of(answer)) == (404, True)
    assert "/h/demo/reports" not in text_of(await browser.get("/h/demo/"))

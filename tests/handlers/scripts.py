"""What the scripts of the pages send and get."""

from __future__ import annotations

import json
from typing import Any

from tornado.httpclient import HTTPResponse

from tests.handlers.conftest import Browser, text_of

JSON = {"Accept": "application/json"}
KNOWN = ("sms", "known")


def data_of(answer: HTTPResponse) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(answer.body)
    return data


async def begin(browser: Browser, *bill_nos: str) -> dict[str, Any]:
    page = await browser.get(f"/h/demo/bills/{bill_nos[0]}")
    form = [*(("bill_no", number) for number in bill_nos), KNOWN]
    answer = await browser.submit(page, "/h/demo/payments", form, **JSON)
    assert answer.code == 200, text_of(answer)
    return data_of(answer)

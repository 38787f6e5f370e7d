"""Whoever can't go on is led back to where they are: the page of an error knows whose page it is."""

from __future__ import annotations

from typing import Any

import pytest
from tornado.web import Application

from tests.handlers.conftest import Browser, text_of
from tests.handlers.doors import an_app, doors_of
from tests.support.builders import a_bill
from tests.support.hospital_systems import FaithfulHis
from tests.support.in_memory_app import InMemoryApp
from tests.support.registrations import an_offer

pytestmark = pytest.mark.gen_test
KEY = "0" * 20


@pytest.fixture
def memory_app() -> InMemoryApp:
    his = FaithfulHis(a_bill())
    return an_app(his=his, registration=an_offer(his))


@pytest.fixture
def app(memory_app: InMemoryApp) -> Application:
    return doors_of(memory_app)


@pytest.mark.parametrize(
    ("path", "url", "words"),
    [
        ("bills/none", "bills", "返回待缴费列表"),
        ("payments/none", "bills", "返回待缴费列表"),
        ("registration/departments/D99", "registration", "返回预约挂号"),
        ("registration/shifts/none", "registration", "返回预约挂号"),
        ("appointments/none/queue", "appointments", "返回我的预约"),
        (f"inpatient/{KEY}", "inpatient", "返回住院"),
        (f"inpatient/{KEY}/deposit", "inpatient", "返回住院"),
        (f"inpatient/{KEY}/discharge", "inpatient", "返回住院"),
        (f"reports/{KEY}", "reports", "返回报告列表"),
        (f"cards/{KEY}", "cards", "返回就诊卡"),
    ],
)
async def test_an_error_leads_back_to_where_the_person_is(
    browser: Browser, enter: Any, path: str, url: str, words: str
) -> None:
    await enter()
    answer = await browser.get(f"/h/demo/{path}")
    assert answer.code == 404
    assert f'href="/h/demo/{url}">{words}</a>' in answer.body.decode()
    assert "无法继续" in text_of(answer)

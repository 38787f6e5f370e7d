"""Looking for a department or a doctor on the pages, and the doctors whom a person has marked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from tornado.web import Application

from server.registration.ports import RegistrationOffer
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.doors import an_app, doors_of
from tests.support.builders import HOSPITAL, a_bill
from tests.support.hospital_systems import FaithfulHis
from tests.support.in_memory_app import InMemoryApp
from tests.support.registrations import an_offer

pytestmark = pytest.mark.gen_test
DOCTOR = "/h/demo/registration/departments/D01/doctors/1001"


@pytest.fixture
def memory_app() -> InMemoryApp:
    his = FaithfulHis(a_bill())
    return an_app(his=his, registration=an_offer(his))


@pytest.fixture
def app(memory_app: InMemoryApp) -> Application:
    return doors_of(memory_app)


async def test_departments_are_found_by_name_and_by_initials(browser: Browser, enter: Any) -> None:
    await enter()
    for typed, shown in (
        ("", {"测试内科", "测试外科"}),
        ("外科", {"测试外科"}),
        ("csn", {"测试内科"}),
        ("眼科", set()),
    ):
        page = text_of(await browser.get(f"/h/demo/registration?q={typed}"))
        assert {name for name in ("测试内科", "测试外科") if name in page} == shown, typed
    assert "没有找到这个科室或医生" in page


async def test_a_doctor_is_found_marked_and_stands_first_next_time(browser: Browser, enter: Any) -> None:
    await enter()
    assert "收藏的医生" not in text_of(await browser.get("/h/demo/registration"))
    for typed in ("李", "lxg", "测试内科"):
        assert DOCTOR in (await browser.get(f"/h/demo/registration?q={typed}")).body.decode(), typed
    page = await browser.get(DOCTOR)
    for shown in ("李虚构", "测试内科 主任医师", "11月24日 周二", "余 3 个号", "收藏这位医生"):
        assert shown in text_of(page)
    marked = await browser.submit(page, f"{DOCTOR}/favourite", {"favourite": "yes"})
    assert place(marked) == DOCTOR
    assert "已收藏，点此取消" in text_of(await browser.get(DOCTOR))
    first = await browser.get("/h/demo/registration")
    assert "收藏的医生" in text_of(first)
    assert DOCTOR in first.body.decode()
    await browser.submit(page, f"{DOCTOR}/favourite", {"favourite": "no"})
    assert "收藏的医生" not in text_of(await browser.get("/h/demo/registration"))


async def test_the_department_leads_to_its_doctors_where_they_are_listed(
    browser: Browser, enter: Any, memory_app: InMemoryApp
) -> None:
    await enter()
    words = "按医生查看和收藏"
    assert words in text_of(await browser.get("/h/demo/registration/departments/D01"))
    offers = cast(dict[str, RegistrationOffer], memory_app.offers)
    offers[HOSPITAL] = replace(offers[HOSPITAL], lists_doctors=False)
    assert words not in text_of(await browser.get("/h/demo/registration/departments/D01"))
    assert "李虚构" not in text_of(await browser.get("/h/demo/registration?q=李"))
    assert "找科室（名称或拼音首字母）" in text_of(await browser.get("/h/demo/registration"))


async def test_a_doctor_whom_the_hospital_does_not_list_has_no_page(browser: Browser, enter: Any) -> None:
    await enter()
    page = await browser.get("/h/demo/registration/departments/D01/doctors/9999")
    assert page.code == 404
    assert "没有找到这位医生" in text_of(page)

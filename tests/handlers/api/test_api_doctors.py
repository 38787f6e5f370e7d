"""Doctors by the API: found by name, each with their shifts, marked and unmarked."""

from __future__ import annotations

from typing import cast

import pytest

from tests.handlers.api.conftest import BothApps, Client, told
from tests.handlers.doors import an_app
from tests.support.builders import HOSPITAL, a_bill
from tests.support.hospital_systems import FaithfulHis
from tests.support.in_memory_app import InMemoryApp
from tests.support.mini_program import ObligingMiniProgram
from tests.support.registrations import PlayedRegistrations, an_offer

pytestmark = pytest.mark.gen_test
DOCTOR = "/registration/departments/D01/doctors/1001"


@pytest.fixture
def memory_app(mini: ObligingMiniProgram) -> InMemoryApp:
    his = FaithfulHis(a_bill())
    return an_app(his=his, registration=an_offer(his), channels={"wechat": BothApps()}, mini_program=mini)


@pytest.fixture
def system(memory_app: InMemoryApp) -> PlayedRegistrations:
    return cast(PlayedRegistrations, memory_app.offers[HOSPITAL].system)


async def names(client: Client, path: str) -> list[str]:
    return [one["name"] for one in told(await client.call("GET", path))["items"]]


async def test_a_doctor_is_found_by_name_or_initials_and_shown_with_the_shifts(client: Client) -> None:
    await client.log_in()
    assert await names(client, "/registration/doctors?q=lxg") == ["李虚构"]
    found = told(await client.call("GET", "/registration/doctors?q=%E6%9D%8E"))["items"]
    assert [(one["department_no"], one["doctor_no"], one["department"]) for one in found] == [
        ("D01", "1001", "测试内科")
    ]
    page = told(await client.call("GET", DOCTOR))
    assert (page["doctor"]["name"], page["is_favourite"]) == ("李虚构", False)
    assert [(one["doctor"], one["text"]) for one in page["shifts"]] == [("李虚构", "余 3 个号")]


async def test_a_marked_doctor_stands_in_the_list_until_unmarked(client: Client) -> None:
    await client.log_in()
    assert await names(client, "/registration/doctors") == []
    assert (await client.call("PUT", f"{DOCTOR}/favourite")).code == 204
    assert (await client.call("PUT", f"{DOCTOR}/favourite")).code == 204
    assert await names(client, "/registration/doctors") == ["李虚构"]
    assert told(await client.call("GET", DOCTOR))["is_favourite"]
    assert (await client.call("DELETE", f"{DOCTOR}/favourite")).code == 204
    assert await names(client, "/registration/doctors") == []


async def test_a_doctor_who_is_not_listed_is_not_found_and_not_marked(client: Client) -> None:
    await client.log_in()
    for answer in (await client.call("GET", f"{DOCTOR}X"), await client.call("PUT", f"{DOCTOR}X/favourite")):
        assert (answer.code, told(answer)["detail"]) == (404, "没有找到这位医生，请重新选择。")


async def test_a_search_for_departments_asks_for_no_doctors(client: Client, system: PlayedRegistrations) -> None:
    await client.log_in()
    system.calls.clear()
    await client.call("GET", "/registration/departments?q=csn")
    assert (len(system.named("departments")), len(system.named("doctors"))) == (1, 0)

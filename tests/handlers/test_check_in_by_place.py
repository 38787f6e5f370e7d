"""到院签到 by place on the page: offered where the hospital says so, the position is sent once and kept nowhere."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any, cast

import pytest
from tornado.web import Application

from server.registration.model import QueuePlace, QueueState
from server.registration.rules.being_here import Site
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.doors import an_app, doors_of
from tests.handlers.scripts import JSON, data_of
from tests.handlers.test_registration import NUMBER, form, with_card
from tests.support.builders import HOSPITAL, a_bill
from tests.support.hospital_systems import FaithfulHis
from tests.support.in_memory_app import InMemoryApp
from tests.support.registrations import PlayedRegistrations, an_offer

pytestmark = pytest.mark.gen_test
HERE = {"latitude": "39.9001234", "longitude": "116.4005678", "accuracy": "25.5"}


@pytest.fixture
def memory_app() -> InMemoryApp:
    his = FaithfulHis(a_bill())
    return an_app(his=his, registration=an_offer(his))


@pytest.fixture
def app(memory_app: InMemoryApp) -> Application:
    return doors_of(memory_app)


@pytest.fixture
def system(memory_app: InMemoryApp) -> PlayedRegistrations:
    return cast(PlayedRegistrations, memory_app.offers[HOSPITAL].system)


def opens_places(memory_app: InMemoryApp) -> None:
    site = Site(point="MAIN", latitude=39.9, longitude=116.4, metres=300)
    memory_app.offers[HOSPITAL] = replace(memory_app.offers[HOSPITAL], sites=(site,))


async def booked(browser: Browser, enter: Any, memory_app: InMemoryApp, system: PlayedRegistrations) -> str:
    await with_card(memory_app, enter)
    page = await browser.get(NUMBER)
    begun = data_of(await browser.submit(page, "/h/demo/registration/numbers", form(memory_app), **JSON))
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(begun["payment_id"]))
    await memory_app.work()
    number = str(begun["payment_id"])
    told = QueuePlace(state=QueueState.BOOKED, now_number=0, ahead=0, place="", can_check_in=True)
    system.places[number] = told
    return f"/h/demo/appointments/{number}"


async def test_the_page_offers_it_only_where_the_hospital_has_places(
    browser: Browser, enter: Any, memory_app: InMemoryApp, system: PlayedRegistrations
) -> None:
    own = await booked(browser, enter, memory_app, system)
    page = await browser.get(f"{own}/queue")
    assert "定位签到" not in text_of(page)
    assert "geolocation=()" in page.headers["Permissions-Policy"]
    opens_places(memory_app)
    page = await browser.get(f"{own}/queue")
    for shown in ("请扫分诊台的签到码签到，或定位签到", "即同意用手机现在的位置判断您是否在医院内。位置不保存"):
        assert shown in text_of(page)
    assert "geolocation=(self)" in page.headers["Permissions-Policy"]
    assert "camera=()" in page.headers["Permissions-Policy"]
    assert "/js/arrival.js" in page.body.decode()
    assert "geolocation=()" in (await browser.get("/h/demo/appointments")).headers["Permissions-Policy"]


async def test_who_is_here_is_checked_in_and_nothing_of_the_place_is_kept(
    browser: Browser, enter: Any, memory_app: InMemoryApp, system: PlayedRegistrations, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    own = await booked(browser, enter, memory_app, system)
    opens_places(memory_app)
    page = await browser.get(f"{own}/queue")
    answer = await browser.submit(page, f"{own}/check-in", HERE)
    assert place(answer) == f"{own}/queue"
    assert [point for _, point in system.named("check_in")] == ["MAIN"]
    kept = repr(await memory_app.payment(own.rpartition("/")[2])) + caplog.text
    assert not [digits for digits in ("39.9", "116.4", "1234", "5678") if digits in kept]
    page = await browser.get(f"{own}/queue")
    assert "定位签到" not in text_of(page)


@pytest.mark.parametrize(
    ("told", "code", "words"),
    [
        ({"latitude": "40.9"}, 403, "您还不在医院的签到范围内"),
        ({"accuracy": "900"}, 403, "定位不够准"),
        ({"latitude": "91"}, 400, "没有取到位置"),
        ({"longitude": "nan"}, 400, "没有取到位置"),
        ({"accuracy": "-1"}, 400, "没有取到位置"),
        ({"accuracy": "inf"}, 400, "没有取到位置"),
        ({"longitude": ""}, 400, "没有取到位置"),
    ],
)
async def test_who_is_not_surely_here_is_told_why(
    browser: Browser,
    enter: Any,
    memory_app: InMemoryApp,
    system: PlayedRegistrations,
    told: dict[str, str],
    code: int,
    words: str,
) -> None:
    own = await booked(browser, enter, memory_app, system)
    opens_places(memory_app)
    page = await browser.get(f"{own}/queue")
    answer = await browser.submit(page, f"{own}/check-in", {**HERE, **told})
    assert (answer.code, words in text_of(answer)) == (code, True)
    assert system.named("check_in") == []

"""Work for strangers that waits for a system outside holds no place that patients, staff or platforms need."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tornado.httpclient import AsyncHTTPClient
from tornado.web import Application

from handlers.base.admission import PERSON_AT_ONCE, Admission, Share
from handlers.base.limits import PER_PERSON
from handlers.operations import SharedLook
from handlers.patient import login_lane
from tests.handlers.conftest import Browser, text_of
from tests.handlers.console import another, sit_down
from tests.handlers.doors import a_paid_order, doors_of
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.played import Gate

RETURNS = 130
TURNS_MAX = 200_000


@pytest.fixture
def http_client(http_server: Any) -> Any:
    """As many connections as there are strangers."""
    client = AsyncHTTPClient(force_instance=True, max_clients=2 * RETURNS)
    yield client
    client.close()


async def a_return(stranger: Browser, code: str) -> Any:
    """Begins a login in a browser of its own and comes back with ``code``."""
    away = await stranger.get("/oauth/wechat/demo/start?to=/h/demo/bills")
    state = parse_qs(urlsplit(away.headers["Location"]).query)["state"][0]
    return await stranger.get(f"/oauth/wechat/demo/return?code={code}&state={state}")


async def until(true: Any) -> None:
    for _ in range(TURNS_MAX):
        if true():
            return
        await asyncio.sleep(0)
    raise AssertionError("it did not come about")


@pytest.mark.gen_test(timeout=60)
async def test_130_anonymous_returns_while_wechat_is_silent_close_nothing(
    memory_app: InMemoryApp, app: Application, browser: Browser, desk: Browser, enter: Any, post: Any
) -> None:
    payment_id = await a_paid_order(memory_app)
    cashier = await an_employee(memory_app)
    identity: Any = memory_app.hospital.identities["wechat"]
    gate = Gate()
    identity.will("identify", *[gate.passed] * RETURNS)
    admission: Admission = app.settings["admission"]
    strangers = [another(browser) for _ in range(RETURNS)]
    returns = [asyncio.ensure_future(a_return(one, "junk")) for one in strangers]
    at_once = admission.logins_at_once // 2  # all of them have one address
    await until(lambda: sum(one.done() for one in returns) == RETURNS - at_once)
    assert gate.waiting == admission.inside[Share.LOGINS] == at_once
    shed = [one.result() for one in returns if one.done()]
    assert {answer.code for answer in shed} == {503}
    assert all("请告诉工作人员编号" in text_of(answer) and answer.headers["Retry-After"] for answer in shed)
    await enter("B1")
    assert (await browser.get("/h/demo/bills")).code == 200
    told = await post("/notify/wechatpay/demo/payment", json.dumps({"out_trade_no": payment_id}), Signature="genuine")
    assert told.code == 200
    assert (await (await sit_down(memory_app, desk, cashier)).get("/console/payments")).code == 200
    assert (await desk.get("/readyz")).code == 200
    gate.opened.set()
    await asyncio.gather(*returns)
    assert (admission.within, sum(admission.inside.values())) == ({}, 0)


@pytest.mark.gen_test(timeout=60)
async def test_refused_codes_slow_an_address_down_and_no_browser_that_is_known(
    memory_app: InMemoryApp, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login_lane, "REFUSED_MAX", 3)
    monkeypatch.setattr(login_lane, "SLOWLY", 2)
    assert (await a_return(browser, "code-of-zhang")).code == 302  # known from now on
    identity: Any = memory_app.hospital.identities["wechat"]
    before = len(identity.named("identify"))
    codes = [(await a_return(another(browser), "junk")).code for _ in range(8)]
    assert codes == [401] * 5 + [429] * 3
    assert len(identity.named("identify")) == before + 5, "the platform is not asked for the rest"
    assert (await a_return(another(browser), "code-of-li")).code == 429
    assert (await a_return(browser, "code-of-zhang")).code == 302
    memory_app.clock.forward(60)
    assert (await a_return(another(browser), "code-of-li")).code == 302, "slowed down, not shut out"
    memory_app.clock.forward(login_lane.WITHIN_S)
    assert [(await a_return(another(browser), "junk")).code for _ in range(3)] == [401] * 3


@pytest.mark.gen_test(timeout=60)
async def test_a_known_browser_that_guesses_uses_up_its_own_count_only(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login_lane, "REFUSED_MAX", 3)
    guessing, honest = another(browser), another(browser)
    for one in (guessing, honest):
        assert (await a_return(one, "code-of-zhang")).code == 302
    guessing.cookies.pop("__Host-session-demo")
    assert [(await a_return(guessing, "junk")).code for _ in range(4)] == [401, 401, 401, 429]
    assert (await a_return(honest, "code-of-zhang")).code == 302
    assert (await a_return(another(browser), "code-of-li")).code == 302
    forged = another(browser)
    forged.cookies["__Host-known-demo"] = "k1.AAAA"
    assert (await a_return(forged, "code-of-li")).code == 302


@pytest.mark.gen_test(timeout=60)
async def test_one_session_has_few_requests_at_once_and_a_number_a_minute(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    await enter("B1")
    for number in range(PER_PERSON):
        assert (await browser.get("/h/demo/cards")).code == 200, number
    limited = await browser.get("/h/demo/cards")
    assert (limited.code, limited.headers["Retry-After"]) == (429, "60")
    await enter("B1", subject="openid-li")
    assert (await browser.get("/h/demo/cards")).code == 200


class TestOneSession:
    @pytest.fixture
    def app(self, memory_app: InMemoryApp) -> Application:
        app = doors_of(memory_app)
        app.settings["admission"] = Admission()
        return app

    @pytest.mark.gen_test(timeout=60)
    async def test_that_asks_a_hung_his_leaves_room_for_others(
        self, memory_app: InMemoryApp, app: Application, browser: Browser, enter: Any
    ) -> None:
        await enter("B1")
        gate = Gate()
        memory_app.his.will("bill", *[gate.passed] * PERSON_AT_ONCE)
        hanging = [asyncio.ensure_future(browser.get("/h/demo/bills")) for _ in range(PERSON_AT_ONCE)]
        await until(lambda: gate.waiting == PERSON_AT_ONCE)
        more = await browser.get("/h/demo/bills")
        assert (more.code, more.headers["Retry-After"]) == (429, "2")
        await enter("B1", subject="openid-li")
        assert (await browser.get("/h/demo/bills")).code == 200
        gate.opened.set()
        await asyncio.gather(*hanging)
        assert app.settings["admission"].within == {}


@pytest.mark.asyncio
async def test_whoever_asks_whether_we_are_ready_shares_one_look() -> None:
    looks, gate = [], Gate()

    async def ready() -> None:
        looks.append(1)
        await gate.passed()

    look = SharedLook(ready)
    asking = [asyncio.ensure_future(look.problem()) for _ in range(50)]
    await gate.reached.wait()
    gate.opened.set()
    assert await asyncio.gather(*asking) == [""] * 50
    assert await look.problem() == ""
    assert len(looks) == 1

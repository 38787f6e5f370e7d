"""Codes that were printed under a key that is gone: whoever scans one again gets no further, so the page says who prints a new one."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient

from server.infrastructure.sealing import Keyring
from server.patients.model import WRISTBAND
from tests.handlers.api.conftest import BothApps, Client, told
from tests.handlers.conftest import Browser, text_of
from tests.handlers.doors import an_app
from tests.support.builders import HOSPITAL
from tests.support.in_memory_app import InMemoryApp
from tests.support.inpatients import FaithfulInpatients
from tests.support.mini_program import ObligingMiniProgram
from tests.support.outside import FaithfulHis

pytestmark = pytest.mark.gen_test
GONE = Keyring("k0", {"k0": b"0" * 32}, b"2" * 32)
OF_BILLS = "二维码已停用或不完整，请再扫一次。还是打不开，请到收费窗口重新打印，或从医院的菜单进入缴费。"
OF_WRISTBANDS = "腕带上的二维码已停用或不完整，请再扫一次。还是打不开，请到护士站重新打印。"
DOORS = [("qr", "s", OF_BILLS), (WRISTBAND, "w", OF_WRISTBANDS)]


@pytest.fixture
def mini() -> ObligingMiniProgram:
    return ObligingMiniProgram()


@pytest.fixture
def memory_app(mini: ObligingMiniProgram) -> InMemoryApp:
    return an_app(his=FaithfulHis(inpatient=FaithfulInpatients()), channels={"wechat": BothApps()}, mini_program=mini)


def printed(memory_app: InMemoryApp, label: str) -> str:
    """A code of the hospital, good for another day but for its key."""
    ends = int((memory_app.clock.now() + timedelta(days=1)).timestamp())
    return GONE.seal(label, json.dumps([HOSPITAL, ends, "C1", "张测试", "", "", ["B1"], "", "", ""]).encode())


@pytest.mark.parametrize(("label", "door", "words"), DOORS, ids=["bill", "wristband"])
async def test_the_page_says_who_prints_a_new_one(
    memory_app: InMemoryApp, browser: Browser, label: str, door: str, words: str
) -> None:
    sealed = printed(memory_app, label)
    for broken in (sealed, sealed[:-4], "k1.AAAA", "nonsense"):
        page = await browser.get(f"/{door}/{broken}")
        assert (page.code, words in text_of(page)) == (403, True)
        assert browser.cookies.keys() <= {"__Host-xsrf"}, "nothing of it is kept"


async def test_so_does_the_page_that_the_code_had_led_to(memory_app: InMemoryApp, browser: Browser, enter: Any) -> None:
    """The key went between the scan and the login: the page says it once, and then shows what is there without the scan."""
    await enter()
    browser.cookies["__Host-scan-demo"] = printed(memory_app, "qr")
    page = await browser.get("/h/demo/bills")
    assert (page.code, OF_BILLS in text_of(page)) == (403, True)
    assert (await browser.get("/h/demo/bills")).code == 200
    browser.cookies["__Host-wristband-demo"] = printed(memory_app, WRISTBAND)
    page = await browser.get("/h/demo/wristband")
    assert (page.code, OF_WRISTBANDS in text_of(page)) == (403, True)


async def test_the_api_says_it_too(memory_app: InMemoryApp, http_client: AsyncHTTPClient, base_url: str) -> None:
    client = Client(http_client, base_url)
    await client.log_in()
    for path, label, words in (("/scans", "qr", OF_BILLS), ("/wristbands", WRISTBAND, OF_WRISTBANDS)):
        door = "s" if label == "qr" else "w"
        content = f"https://pay.example/{door}/{printed(memory_app, label)}"
        answer = await client.call("POST", path, {"content": content})
        assert (answer.code, told(answer)["detail"]) == (403, words)

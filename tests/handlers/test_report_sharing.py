"""A link to one report: seen without login, naming nobody, ended by time, by its owner, and by whatever ends the right to see it."""

from __future__ import annotations

from typing import Any

import pytest

from server.reports.model import ReportState
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.doors import an_app
from tests.handlers.report_pages import paths_of, viewed
from tests.support.builders import CARD, HOSPITAL
from tests.support.in_memory_app import InMemoryApp
from tests.support.reports import PNG, FaithfulReports, a_film, a_report, a_screening, an_offer

pytestmark = pytest.mark.gen_test


@pytest.fixture
def system() -> FaithfulReports:
    return FaithfulReports(a_report("R1"), a_film("R2"), a_screening("R3"))


@pytest.fixture
def memory_app(system: FaithfulReports) -> InMemoryApp:
    return an_app(reports={HOSPITAL: an_offer(system)})


@pytest.fixture
def bound(memory_app: InMemoryApp, enter: Any) -> Any:
    async def log_in() -> dict[str, str]:
        return await paths_of(memory_app, await enter())

    return log_in


async def test_a_shared_link_shows_one_report_without_login_until_it_is_stopped(
    memory_app: InMemoryApp, browser: Browser, desk: Browser, bound: Any
) -> None:
    path = (await bound())["R2"]
    page = await browser.get(path)
    assert "/shared/" not in text_of(page)
    done = await browser.submit(page, f"{path}/share", {})
    assert (done.code, place(done)) == (303, path)
    page = await browser.get(path)
    link = shared_path(text_of(page))
    shown = await desk.get(link)
    assert (shown.code, "请结合临床。" in text_of(shown)) == (200, True)
    assert "张测试" not in text_of(shown)
    assert (await desk.get(f"{link}/files/1")).body == PNG
    assert [one["part"] for one in await viewed(memory_app)][-2:] == ["shared_page", "shared_file"]
    await browser.submit(page, f"{path}/unshare", {})
    for gone in (link, f"{link}/files/1", f"{link}x", "/h/demo/shared/AAAA"):
        ended = await desk.get(gone)
        assert (ended.code, "请向分享的人再要一次" in text_of(ended)) == (410, True)
        assert "报告列表" not in text_of(ended), "whoever has a link only has no list of reports here"
    told = [entry.what for entry in await memory_app.stores.audit.page(HOSPITAL, -1, 100)]
    assert {"report_shared", "report_unshared"} <= set(told)


@pytest.mark.parametrize("ends", ["time", "unbound", "withdrawn", "sensitive", "anew"])
async def test_a_shared_link_ends(
    memory_app: InMemoryApp, browser: Browser, desk: Browser, bound: Any, system: FaithfulReports, ends: str
) -> None:
    path = (await bound())["R1"]
    page = await browser.get(path)
    await browser.submit(page, f"{path}/share", {})
    link = shared_path(text_of(await browser.get(path)))
    assert (await desk.get(link)).code == 200
    if ends == "time":
        memory_app.clock.forward(72 * 3600 + 1)
    elif ends == "unbound":
        [card] = await memory_app.stores.cards.of_card(HOSPITAL, CARD, 10)
        await memory_app.stores.cards.unbind(HOSPITAL, card.owner, CARD)
    elif ends == "anew":
        await browser.submit(page, f"{path}/share", {})
    else:
        system.changes("R1", **({"state": ReportState.WITHDRAWN} if ends == "withdrawn" else {"is_sensitive": True}))
    assert (await desk.get(link)).code == 410


async def test_a_sensitive_report_is_never_shared(memory_app: InMemoryApp, browser: Browser, bound: Any) -> None:
    path = (await bound())["R3"]
    closed = await browser.get(path)
    assert (await browser.submit(closed, f"{path}/share", {})).code == 400
    asked = await browser.submit(closed, f"{path}/code", {})
    await browser.submit(asked, f"{path}/open", {"code": memory_app.sms.sent[-1][1].values["code"]})
    assert "生成分享链接" not in text_of(await browser.get(path))
    assert (await browser.submit(closed, f"{path}/share", {})).code == 400


def shared_path(page: str) -> str:
    link: str = page.split('<p class="link">https://pay.hospital.example')[1].split("<")[0]
    assert link.startswith("/h/demo/shared/")
    return link

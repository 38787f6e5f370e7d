"""What holds for all doors: headers, errors without secrets, logs and metrics without people, limits."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient
from tornado.web import Application

from handlers.base.errors import STATUS, shown
from handlers.operations import is_inside
from server.core import errors
from server.payments.sms_choice import NO_SMS
from tests.handlers.conftest import Browser, text_of
from tests.handlers.doors import an_app, doors_of
from tests.support.builders import CARD, HOSPITAL, PHONE, a_bill, a_booking, a_scan
from tests.support.in_memory_app import InMemoryApp

CANARY = "金丝雀-13912345678"


@pytest.mark.gen_test
async def test_pages_carry_the_headers_that_keep_them_safe(browser: Browser, enter: Any) -> None:
    await enter("B1")
    for path in ("/h/demo/bills", "/h/demo/bills/B1", "/h/demo/cards", "/h/demo/nothing", "/s/forged"):
        headers = (await browser.get(path)).headers
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        frames = "frame-src weixin: weixinping: weixinpreinject: wvjbscheme:"
        assert frames in headers["Content-Security-Policy"], "WeChat's bridge speaks through them"
        assert "unsafe" not in headers["Content-Security-Policy"]
        directives = [part.split()[0] for part in headers["Content-Security-Policy"].split(";")]
        assert len(directives) == len(set(directives)), "of a directive that stands twice a browser obeys the first"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Strict-Transport-Security"] == "max-age=31536000"
        assert "camera=()" in headers["Permissions-Policy"]
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Etag" not in headers
        assert "Server" not in headers


@pytest.mark.gen_test
async def test_no_page_needs_an_inline_script_or_style(browser: Browser, enter: Any) -> None:
    await enter("B1")
    for path in ("/h/demo/bills", "/h/demo/bills/B1", "/h/demo/cards", "/h/demo/payments", "/h/demo/bills/none"):
        page = text_of(await browser.get(path))
        assert "<style" not in page
        assert " style=" not in page
        assert " on" + "click" not in page
        assert page.count("<script") == page.count('<script type="module" src="/static/')


@pytest.mark.gen_test
async def test_static_files_are_kept_for_ever_under_their_version_only(browser: Browser, app: Application) -> None:
    assets = app.settings["assets"]
    current = await browser.get(assets.url("css/pages.css"), Accept_Encoding="identity")
    assert current.code == 200
    assert "immutable" in current.headers["Cache-Control"]
    assert b"body" in current.body
    other = await browser.get("/static/0123456789ab/js/pay.js")
    assert (other.code, other.headers["Cache-Control"]) == (200, "no-cache")
    assert other.headers["Content-Type"].startswith("text/javascript")
    for path in ("/static/0123456789ab/../handlers/base/page.py", "/static/0123456789ab/none.css"):
        assert (await browser.get(path)).code == 404
    assert (await browser.get("/static/0/vendor/weui/LICENSE.txt")).code == 200


@pytest.mark.gen_test
async def test_an_unexpected_error_shows_and_logs_nothing_of_its_text(
    memory_app: InMemoryApp,
    browser: Browser,
    enter: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await enter("B1")

    async def break_down(*args: Any) -> None:
        raise KeyError(CANARY)

    monkeypatch.setattr(memory_app.bills, "unpaid", break_down)
    with caplog.at_level(logging.DEBUG):
        page = await browser.get("/h/demo/bills")
        told = json.loads((await browser.get("/h/demo/bills", Accept="application/json")).body)
    assert page.code == 500
    assert told["code"] == "internal_error"
    assert CANARY not in text_of(page) + caplog.text
    assert told["reference"] in caplog.text, "staff can find the line"
    assert "KeyError at" in caplog.text
    assert "break_down" in caplog.text


@pytest.mark.gen_test
async def test_logs_and_metrics_know_doors_and_no_people(
    memory_app: InMemoryApp, browser: Browser, enter: Any, caplog: pytest.LogCaptureFixture
) -> None:
    session = await enter("B1")
    seal = memory_app.scans.make(HOSPITAL, a_scan("B1")).url.rpartition("/")[2]
    with caplog.at_level(logging.DEBUG):
        await browser.get(f"/s/{seal}")
        await browser.get("/h/demo/bills?x=" + PHONE)
        await browser.get("/h/demo/bills/secret-bill")
        await browser.post("/notify/sms/demo/receipt-secret", [("a", "b")])
        metrics = text_of(await browser.get("/metrics"))
    assert 'zhenfu_requests_total{door="bills",status="200"} 1.0' in metrics
    assert 'zhenfu_request_seconds_count{door="scan"} 1.0' in metrics
    assert "door=scan" in caplog.text
    for secret in (seal, CARD, PHONE, "张测试", "secret-bill", "receipt-secret", session.id):
        assert secret not in caplog.text
        assert secret not in metrics


@pytest.mark.gen_test
async def test_metrics_are_for_those_inside(browser: Browser) -> None:
    assert (await browser.get("/metrics")).code == 200
    for forwarded in ("X_Forwarded_For", "X_Forwarded_Host", "X_Forwarded_Proto", "X_Real_Ip", "Forwarded", "Via"):
        assert (await browser.get("/metrics", **{forwarded: "203.0.113.9"})).code == 404


@pytest.mark.parametrize(
    ("address", "inside"), [("127.0.0.1", True), ("10.2.3.4", True), ("::1", True), ("8.8.8.8", False), ("", False)]
)
def test_only_addresses_of_the_hospital_are_inside(address: str, inside: bool) -> None:
    assert is_inside(address) is inside


@pytest.mark.gen_test
async def test_alive_and_ready(browser: Browser) -> None:
    assert (await browser.get("/healthz")).code == 200
    assert (await browser.get("/readyz")).code == 200


class TestNotReady:
    @pytest.fixture
    def app(self, memory_app: InMemoryApp) -> Application:
        async def ready() -> None:
            raise errors.StoreUnavailable("mongodb://user:pw@db")

        return doors_of(memory_app, ready)

    @pytest.mark.gen_test
    async def test_not_ready_is_said_without_details(self, http_client: AsyncHTTPClient, base_url: str) -> None:
        answer = await http_client.fetch(f"{base_url}/readyz", raise_error=False)
        assert answer.code == 503
        assert b"mongodb" not in answer.body
        assert (await http_client.fetch(f"{base_url}/healthz")).code == 200


class TestMarkupFromOutside:
    """A HIS, a hospital's file, a form may say anything: it is shown as text."""

    MARKUP = "\"'><img src=x onerror=alert(1)>"

    @pytest.fixture
    def memory_app(self) -> InMemoryApp:
        said = self.MARKUP
        item = replace(a_bill().items[0], name=said, category=said, spec=said, unit=said, quantity=said)
        fields = {"department": said, "doctor": said, "patient_name": said * 2, "items": (item,)}
        memory_app = an_app(a_bill("B1", 3720, **fields), a_bill("B2", 1, **fields), name=said, help_phone=said)
        memory_app.his.will(
            "confirm", replace(a_booking("HIS-1"), guide_text=said, receipt_no=said, receipt_url=f"javascript:{said}")
        )
        return memory_app

    @pytest.mark.gen_test
    async def test_is_shown_as_text(self, browser: Browser, memory_app: InMemoryApp, enter: Any) -> None:
        session = await enter("B1", "B2")
        begun = await memory_app.payments.start("bills", session, ["B1"], NO_SMS)
        await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(begun.payment_id))
        await memory_app.work()
        form = await browser.get("/h/demo/cards/new")
        typed = await browser.submit(form, "/h/demo/cards/code", {"card_no": self.MARKUP, "name": self.MARKUP})
        paths = (
            "bills",
            "bills/B2",
            "checkout?bill_no=B2",
            "payments",
            f"payments/{begun.payment_id}",
            "cards",
            "bills/none",
        )
        for answer in [typed, *[await browser.get(f"/h/demo/{path}") for path in paths]]:
            page = text_of(answer)
            assert "&gt;&lt;img src=x" in page
            assert "<img" not in page
            assert "javascript:" not in page


@pytest.mark.gen_test
async def test_forms_are_small(browser: Browser, enter: Any) -> None:
    await enter("B1")
    page = await browser.get("/h/demo/bills/B1")
    answer = await browser.submit(page, "/h/demo/payments", {"bill_no": "B" * 17000}, Accept="application/json")
    assert answer.code == 413
    assert json.loads(answer.body)["code"] == "too_large"


def _kinds(kind: type[errors.ZhenfuError]) -> list[type[errors.ZhenfuError]]:
    return [kind, *(found for below in kind.__subclasses__() for found in _kinds(below))]


@pytest.mark.parametrize("kind", _kinds(errors.ZhenfuError))
def test_every_error_has_a_status_and_words(kind: type[errors.ZhenfuError]) -> None:
    error = kind("detail") if not issubclass(kind, errors.OutsideRefusal) else kind("his", "CODE", "reason")
    told = shown(error)
    assert told.status in {status for _, status in STATUS}
    assert told.message == error.user_message
    assert "detail" not in told.message


def test_the_first_fitting_line_of_the_table_is_the_most_special() -> None:
    for place, (kind, _) in enumerate(STATUS):
        assert not any(issubclass(kind, earlier) for earlier, _ in STATUS[:place]), kind

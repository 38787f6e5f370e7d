"""No door answers a 5xx without a reference: not when it is shed before it opens, nor when its own error page fails."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.routing import URLSpec
from tornado.web import Application, RequestHandler

from handlers.base.admission import Admission
from handlers.base.handler import REFERENCE, BaseHandler
from server.app.routes import routes
from server.core.errors import Overloaded
from tests.handlers.conftest import Browser
from tests.handlers.doors import an_app, doors_of

KNOWN = {
    "hospital": "demo", "channel": "wechat", "sealed": "AAAA", "payment_id": "ZF1", "ticket": "T1", "bill_no": "B1",
    "secret": "receipt-secret", "function": "qr.make", "version": "0", "name": "css/pages.css", "code": "C1",
    "refund_no": "ZF1R01", "action": "agree", "act": "wait", "number": "1001", "card_key": "ab", "key": "0123456789abcdef0123", "department_no": "D01", "doctor_no": "1001", "file_no": "1", "item_no": "WBC", "schedule_no": "S01", "point": "A1", "slot_no": "N01", "day_id": "wechat-2026-11-22", "out_trade_no": "ZF1", "binding_key": "cd",
    "admission_key": "0123456789abcdef0123", "report_key": "0123456789abcdef0123", "balance_key": "0123456789abcdef0123", "day": "2026-11-23",
}  # fmt: skip
METHODS = ("GET", "POST", "PUT", "DELETE")
GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()\[\]]|\[[^\]]*\])*\)")
REFERENCE_SHAPE = re.compile(rb"[0-9A-Z]{8}")


def address_of(spec: URLSpec) -> str:
    """An address that this route answers."""
    choices = re.sub(r"\(\?:(\w+)\|[^)]*\)", r"\1", spec.regex.pattern)
    path = GROUP.sub(lambda found: KNOWN[found[1]], choices).replace("/?", "").replace("\\.", ".")
    path = path.replace(".*", "nothing").removesuffix("$") or "/"
    assert spec.regex.match(path), (spec.name, path)
    return path


def every_route() -> list[tuple[str, str, type[RequestHandler]]]:
    settings: Any = type("S", (), {"public_url": "https://pay.example", "qr_valid_days": 1, "pages_at_once": 4})()

    async def ready() -> None:
        return None

    specs = [(spec.name or "", address_of(spec), spec.handler_class) for spec in routes(settings, ready)]
    return [*specs, ("nothing_here", "/nothing", RequestHandler)]


def has_reference(answer: HTTPResponse) -> bool:
    return bool(REFERENCE_SHAPE.search(answer.body)) or REFERENCE in answer.headers


async def asked(client: AsyncHTTPClient, address: str, method: str) -> HTTPResponse:
    body = "x" if method in ("POST", "PUT") else None
    headers = {"User-Agent": "MicroMessenger", "Cookie": "__Host-xsrf=2|a|a|1"}
    return await client.fetch(
        address, method=method, body=body, headers=headers, raise_error=False, follow_redirects=False
    )


@pytest.fixture
def app() -> Application:
    return doors_of(an_app())


@pytest.mark.gen_test(timeout=60)
@pytest.mark.parametrize("broken", ["admission", "services"])
async def test_no_door_answers_a_server_error_without_its_reference(
    app: Application, http_client: AsyncHTTPClient, base_url: str, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shed(*args: Any) -> None:
        raise Overloaded("full")

    if broken == "admission":
        monkeypatch.setattr(Admission, "enter", shed)
    else:
        monkeypatch.setattr(BaseHandler, "prepare", lambda door: 1 / 0)
    failed = set()
    for name, address, _ in every_route():
        for method in METHODS:
            answer = await asked(http_client, base_url + address, method)
            if answer.code >= 500:
                failed.add(name)
                assert has_reference(answer), (name, method, answer.code, answer.body)
    assert len(failed) > 40, "the doors were not reached"
    assert "login_return" in failed


@pytest.mark.gen_test
async def test_an_error_page_that_fails_itself_still_says_the_reference(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise AttributeError("channel")

    monkeypatch.setattr("handlers.base.page.Page.show_error", fail)
    answer = await browser.get("/h/demo/nothing-such")
    assert answer.code == 404
    assert has_reference(answer)

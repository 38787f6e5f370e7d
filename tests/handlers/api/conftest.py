"""The mini-program's API: a client as thin as can be, over the app in memory."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.web import Application

from server.payments.part import ChannelRequest
from server.payments.ports import ClientCall
from tests.handlers.doors import MarkedChannel, an_app, doors_of
from tests.support.builders import (
    APP,
    HOSPITAL,
    MERCHANT,
    a_bill,
    a_scan,
)
from tests.support.in_memory_app import InMemoryApp
from tests.support.mini_program import MINI_APP, ObligingMiniProgram

KEY = "0123456789abcdef-first"


class BothApps(MarkedChannel):
    """The channel with the official account's app and the mini-program's."""

    def account(self, method: str) -> tuple[str, str]:
        return (MINI_APP if method == "miniprogram" else APP), MERCHANT

    def client_call(self, out_trade_no: str, request: ChannelRequest, order_ref: str) -> ClientCall:
        call = super().client_call(out_trade_no, request, order_ref)
        return ClientCall(bridge="weixin_miniprogram", params={**call.params, "signType": "RSA"})


class Client:
    """A mini-program's API client, as thin as can be."""

    def __init__(self, http: AsyncHTTPClient, base_url: str, hospital: str = HOSPITAL) -> None:
        self._http = http
        self._base = f"{base_url}/api/v1/{hospital}"
        self.tokens: dict[str, Any] = {}

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> HTTPResponse:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.tokens:
            sent.setdefault("Authorization", f"Bearer {self.tokens['access_token']}")
        raw = body if isinstance(body, str) or body is None else json.dumps(body)
        return await self._http.fetch(
            self._base + path,
            method=method,
            body=raw,
            headers=sent,
            raise_error=False,
            allow_nonstandard_methods=True,
        )

    async def log_in(self, subject: str = "openid-mini-zhang") -> HTTPResponse:
        answer = await self.call("POST", "/session", {"code": f"code-of-{subject}"})
        self.tokens = told(answer)
        return answer


def told(answer: HTTPResponse) -> Any:
    return json.loads(answer.body)


@pytest.fixture
def mini() -> ObligingMiniProgram:
    return ObligingMiniProgram()


@pytest.fixture
def memory_app(mini: ObligingMiniProgram) -> InMemoryApp:
    return an_app(
        a_bill("B1", 3720, settle_group="G"),
        a_bill("B3", 50, department="检验科"),
        channels={"wechat": BothApps()},
        mini_program=mini,
    )


@pytest.fixture
def app(memory_app: InMemoryApp) -> Application:
    return doors_of(memory_app)


@pytest.fixture
def client(http_client: AsyncHTTPClient, base_url: str) -> Client:
    return Client(http_client, base_url)


async def scanned(memory_app: InMemoryApp, client: Client, *bill_nos: str) -> HTTPResponse:
    url = memory_app.scans.make(HOSPITAL, a_scan(*bill_nos)).url
    return await client.call("POST", "/scans", {"content": url})


async def started(client: Client, amount_fen: int = 3720, key: str = KEY, **more: Any) -> HTTPResponse:
    asked = {"bill_nos": ["B1"], "amount_fen": amount_fen, "phone": None, **more}
    return await client.call("POST", "/payments", asked, Idempotency_Key=key)

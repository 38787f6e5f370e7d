"""The app of Alipay before a sandbox's process."""

from __future__ import annotations

from typing import Any

import requests

from tests.sandbox.alipay_app import AlipayApp, new_number
from tests.sandbox.process import PlayedApp, RunningSandbox
from tests.sandbox.standing import Standing

DOOR, GATEWAY = "/notify/alipay/demo", "/alipay/demo/gateway"


class RemoteApp(AlipayApp):
    """The same app before a sandbox's process."""

    def __init__(self, sandbox: RunningSandbox, app: PlayedApp) -> None:
        super().__init__(Standing(sandbox))  # type: ignore[arg-type]
        self.sandbox, self.app = sandbox, app

    def send(self, method: str, content: Any, **more: Any) -> requests.Response:
        params = self.params(method, content, **more)
        return requests.post(f"{self.sandbox.url}/gateway.do", params=params, timeout=10, allow_redirects=False)

    def made(self, **changed: Any) -> tuple[str, str]:
        """(our number, trade_no)."""
        number = new_number()
        answer = self.send("alipay.trade.create", self.order(number, **changed), notify_url=self.app.url + DOOR)
        return number, answer.json()["alipay_trade_create_response"]["trade_no"]

    def pay(self, number: str = "", result: str = "ok", expect: int = 200, **more: Any) -> Any:  # type: ignore[override]
        given = {"out_trade_no": number} if number else {}
        return self.sandbox.control("POST", "/sandbox/alipay/pay", {**given, "result": result, **more}, expect)


def money(sandbox: RunningSandbox) -> Any:
    return sandbox.control("GET", "/sandbox/money")["alipay"]

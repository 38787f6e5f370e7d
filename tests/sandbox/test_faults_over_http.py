"""Faults that are about time and sockets really do what sandbox/README.md says, on every platform."""

from __future__ import annotations

import json
import secrets
import socket
import time
from collections.abc import Iterator

import pytest
import requests

from tests.sandbox.customer import GOOD, Customer
from tests.sandbox.hospital import His
from tests.sandbox.process import PlayedApp, RunningSandbox
from tests.sandbox.standing import Standing


class App:
    """Asks the HIS and WeChat over HTTP, with a timeout of a third of a second."""

    TIMEOUT_S = 0.35

    def __init__(self, sandbox: RunningSandbox) -> None:
        self.sandbox = sandbox
        self.his = His(Standing(sandbox))  # type: ignore[arg-type]
        self.session = requests.Session()

    def his_answer(self, function: str, timeout: float = 5.0, **asked: object) -> requests.Response:
        request = self.his.request(function, asked)
        return self.session.post(
            self.sandbox.url + request.target, data=request.body, headers=dict(request.headers), timeout=timeout
        )

    def open_bills(self) -> list[dict[str, object]]:
        bills: list[dict[str, object]] = self.his_answer("bills.unpaid", card_no=self.his.card()).json()["data"][
            "bills"
        ]
        return bills

    def confirm(self, number: str, timeout: float = 5.0) -> requests.Response:
        return self.his_answer("bill.confirm", timeout, **self.his.confirmation(self.open_bills()[:1], number))

    def is_booked(self, number: str) -> bool:
        found: bool = self.his_answer("trade.check", out_trade_no=number).json()["data"]["found"]
        return found

    def token(self, timeout: float = 5.0) -> requests.Response:
        given = self.sandbox.credentials["wechat"]
        asked = {"grant_type": "client_credential", "appid": given["appid"], "secret": given["secret"]}
        return self.session.post(f"{self.sandbox.url}/cgi-bin/stable_token", json=asked, timeout=timeout)


@pytest.fixture
def client(sandbox: RunningSandbox) -> Iterator[App]:
    client = App(sandbox)
    yield client
    client.session.close()


@pytest.fixture
def number() -> str:
    return f"HTTP{secrets.token_hex(6).upper()}"


def test_timeout_after_work_has_done_the_work(sandbox: RunningSandbox, client: App, number: str) -> None:
    sandbox.faults({"where": "his.bill.confirm", "what": "timeout_after_work", "times": 1})
    with pytest.raises(requests.ReadTimeout):
        client.confirm(number, client.TIMEOUT_S)
    assert client.is_booked(number)


def test_timeout_before_work_has_not(sandbox: RunningSandbox, client: App, number: str) -> None:
    sandbox.faults({"where": "his.bill.confirm", "what": "timeout_before_work", "times": 1})
    with pytest.raises(requests.ReadTimeout):
        client.confirm(number, client.TIMEOUT_S)
    assert not client.is_booked(number)
    assert client.confirm(number).json()["code"] == "OK"


@pytest.mark.parametrize("what", ["down", "reset"])
def test_down_cuts_the_connection_at_once(sandbox: RunningSandbox, client: App, number: str, what: str) -> None:
    sandbox.faults({"where": "his.bill.confirm", "what": what, "times": 1})
    begun = time.monotonic()
    with pytest.raises(requests.ConnectionError):
        client.confirm(number)
    assert time.monotonic() - begun < 3
    assert not client.is_booked(number)


@pytest.mark.parametrize("status", [500, 503])
def test_error_5xx_does_nothing(sandbox: RunningSandbox, client: App, number: str, status: int) -> None:
    sandbox.faults({"where": "his.bill.confirm", "what": "error_5xx", "times": 1, "status": status})
    assert client.confirm(number).status_code == status
    assert not client.is_booked(number)


@pytest.mark.parametrize("what", ["garbled", "html"])
def test_garbled_does_the_work_and_answers_html(sandbox: RunningSandbox, client: App, number: str, what: str) -> None:
    sandbox.faults({"where": "his.bill.confirm", "what": what, "times": 1})
    answer = client.confirm(number)
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Zhenfu-Signature" not in answer.headers
    assert client.is_booked(number)


def test_slow_answer_is_done_at_once(sandbox: RunningSandbox, client: App, number: str) -> None:
    sandbox.faults({"where": "his.bill.confirm", "what": "slow_answer", "seconds": 30, "times": 1})
    with pytest.raises(requests.ReadTimeout):
        client.confirm(number, client.TIMEOUT_S)
    assert client.is_booked(number)


def test_delay_is_done_later(sandbox: RunningSandbox, client: App, number: str) -> None:
    sandbox.faults({"where": "his.bill.confirm", "what": "delay", "ms": 300, "times": 1})
    begun = time.monotonic()
    assert client.confirm(number).json()["code"] == "OK"
    assert time.monotonic() - begun >= 0.3


def test_a_wildcard_takes_the_whole_hospital_down_and_nobody_else(sandbox: RunningSandbox, client: App) -> None:
    sandbox.faults({"where": "his.*", "what": "down"})
    with pytest.raises(requests.ConnectionError):
        client.open_bills()
    assert "access_token" in client.token().json()
    sandbox.faults()
    assert client.open_bills()


@pytest.mark.parametrize(
    ("what", "raises"),
    [
        ("timeout_after_work", requests.ReadTimeout),
        ("timeout_before_work", requests.ReadTimeout),
        ("down", requests.ConnectionError),
    ],
)
def test_wechat_fails_the_same_way(sandbox: RunningSandbox, client: App, what: str, raises: type[Exception]) -> None:
    sandbox.faults({"where": "wechat.token", "what": what, "times": 1})
    with pytest.raises(raises):
        client.token(client.TIMEOUT_S)
    assert "access_token" in client.token().json()


def test_a_client_that_gives_up_does_not_hurt_the_next_one(sandbox: RunningSandbox, client: App) -> None:
    sandbox.faults({"where": "wechat.token", "what": "timeout_before_work", "times": 20})
    for _ in range(20):
        with pytest.raises(requests.ReadTimeout):
            client.token(0.02)
    assert "access_token" in client.token().json()


def test_everything_is_told_by_name(sandbox: RunningSandbox) -> None:
    told = sandbox.control("PUT", "/sandbox/faults", {"rules": [{"where": "nowhere", "what": "down"}]}, expect=400)
    assert set(told) == {"error", "message"}
    assert "wechatpay.order" in told["message"]


# ---- what the sandbox brings, over HTTP ------------------------------------------------------------------------------------------------------


def push(sandbox: RunningSandbox) -> str:
    told = sandbox.control("POST", "/sandbox/his/issue", {"person": 1, "own_fen": 1500})
    bill_no: str = told["bill_nos"][0]
    return bill_no


PUSH = "/his/v1/bill.push"


def test_doubled_arrives_twice(sandbox: RunningSandbox, app: PlayedApp) -> None:
    sandbox.faults({"where": "notify.his", "what": "doubled", "times": 1})
    bill_no = push(sandbox)
    told = [json.loads(each.body)["bill_no"] for each in app.wait_for(2, PUSH)]
    assert told == [bill_no, bill_no]
    assert len({each.headers["Zhenfu-Nonce"] for each in app.at(PUSH)}) == 2


def test_lost_arrives_with_the_next_try(sandbox: RunningSandbox, app: PlayedApp) -> None:
    sandbox.faults({"where": "notify.his", "what": "lost", "times": 2}, notify_time_scale=0.001)
    push(sandbox)
    assert len(app.wait_for(1, PUSH)) == 1


def test_late_arrives_late(sandbox: RunningSandbox, app: PlayedApp) -> None:
    sandbox.faults({"where": "notify.his", "what": "late", "ms": 400, "times": 1})
    begun = time.time()
    push(sandbox)
    (arrived,) = app.wait_for(1, PUSH)
    assert arrived.at - begun >= 0.4


def test_a_slow_app_is_asked_again(sandbox: RunningSandbox, app: PlayedApp) -> None:
    """No answer within the platform's patience counts as none, though the app may have understood."""
    sandbox.faults(notify_time_scale=0.001, settings={"sms_receipt_seconds": 0})
    slow = iter([1.0, 0.0])

    def answer(arrived: object) -> tuple[int, bytes]:
        time.sleep(next(slow, 0.0))
        return 200, b'{"code":0}'

    app.answer = answer
    customer = Customer(Standing(sandbox))  # type: ignore[arg-type]
    request = customer.request(
        "SendSms", "GET", PhoneNumbers=customer.phone, SignName=customer.given["sign_name"], TemplateParam=json.dumps(GOOD),
        TemplateCode=customer.given["templates"]["payment_returned"]["template_code"],
    )  # fmt: skip
    assert requests.get(sandbox.url + request.target, timeout=5).json()["Code"] == "OK"
    door = f"/notify/sms/demo/{sandbox.credentials['sms']['receipt_secret']}"
    assert len(app.wait_for(2, door)) == 2


def test_a_target_in_absolute_form_is_the_same_target(client: App) -> None:
    """An official SDK of Alipay sends it, and HTTP allows it."""
    host, port = client.sandbox.url.removeprefix("http://").split(":")
    for target in ("/gateway.do?charset=utf-8", f"{client.sandbox.url}/gateway.do?charset=utf-8"):
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            asked = f"POST {target} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            connection.sendall(asked.encode())
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"error_response" in answer

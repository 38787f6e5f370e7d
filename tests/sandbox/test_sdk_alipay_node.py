"""Alipay's own Node SDK as the app, in both key modes. ``make env-test`` installs it (scripts/install-node-tests)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests

from tests.sandbox.process import PlayedApp, RunningSandbox

NODE = Path(__file__).parent / "node"
DOOR = "/notify/alipay/demo"
_numbers = count(1)


class NodeSdk:
    """One process; each call is one line there and one line back."""

    def __init__(self) -> None:
        assert (NODE / "node_modules" / "alipay-sdk").is_dir(), "run scripts/install-node-tests (make env-test does)"
        self.process = subprocess.Popen(
            ["node", "client.mjs"], cwd=NODE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, name: str, *given: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([name, *given]) + "\n")
        self.process.stdin.flush()
        told: dict[str, Any] = json.loads(self.process.stdout.readline())
        return told

    def __call__(self, name: str, *given: Any) -> Any:
        told = self.ask(name, *given)
        assert "error" not in told, told
        return told["answer"]

    def do(self, method: str, app: PlayedApp | None = None, **content: Any) -> Any:
        more = {"notifyUrl": app.url + DOOR} if app else {}
        return self("exec", method, {"bizContent": content, **more})

    def stop(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@pytest.fixture(scope="module")
def node() -> Iterator[NodeSdk]:
    node = NodeSdk()
    yield node
    node.stop()


@pytest.fixture(params=["public_key", "certificate"])
def sdk(request: pytest.FixtureRequest, node: NodeSdk, sandbox: RunningSandbox) -> NodeSdk:
    given = sandbox.credentials["alipay"]
    config = {
        "appId": given["app_id"], "privateKey": given["app_private_key_pem"], "keyType": "PKCS8", "camelcase": False, "timeout": 10000,
        "gateway": sandbox.url + given["gateway_path"],
    }  # fmt: skip
    certificates = {
        "appCertContent": given["app_cert_pem"], "alipayPublicCertContent": given["alipay_cert_pem"],
        "alipayRootCertContent": given["alipay_root_cert_pem"],
    }  # fmt: skip
    in_mode = certificates if request.param == "certificate" else {"alipayPublicKey": given["alipay_public_key_pem"]}
    node("config", config | in_mode)
    return node


def create(sdk: NodeSdk, sandbox: RunningSandbox, app: PlayedApp) -> tuple[str, str]:
    """(our number, trade_no)."""
    number = f"NODE{next(_numbers):012d}"
    told = sdk.do(
        "alipay.trade.create", app, out_trade_no=number, total_amount="12.34", subject="门诊缴费", product_code="JSAPI_PAY",
        op_app_id=sandbox.credentials["alipay"]["app_id"], buyer_id=sandbox.credentials["people"][0]["alipay_user_id"],
    )  # fmt: skip
    assert told["code"] == "10000", told
    return number, told["trade_no"]


def pay(sdk: NodeSdk, sandbox: RunningSandbox, app: PlayedApp) -> str:
    number, _ = create(sdk, sandbox, app)
    sandbox.control("POST", "/sandbox/alipay/pay", {"out_trade_no": number, "result": "ok"})
    return number


def test_made_paid_told_asked_after(sdk: NodeSdk, sandbox: RunningSandbox, app: PlayedApp) -> None:
    number = pay(sdk, sandbox, app)
    posted = dict(parse_qsl(app.wait_for(1, DOOR)[0].body.decode()))
    assert sdk("checkNotifySign", posted) is True
    assert sdk("checkNotifySignV2", posted) is True
    assert sdk("checkNotifySign", posted | {"total_amount": "12.35"}) is False
    told = sdk.do("alipay.trade.query", out_trade_no=number)
    assert (told["trade_status"], told["total_amount"], told["subject"]) == ("TRADE_SUCCESS", "12.34", "门诊缴费")


def test_refunded_and_asked_after(sdk: NodeSdk, sandbox: RunningSandbox, app: PlayedApp) -> None:
    number = pay(sdk, sandbox, app)
    app.wait_for(1, DOOR)  # two notifications under way keep no order
    refund = {"out_trade_no": number, "refund_amount": "2.34", "out_request_no": "R01"}
    told = sdk.do("alipay.trade.refund", **refund)
    assert (told["fund_change"], told["refund_fee"]) == ("Y", "2.34")
    assert sdk.do("alipay.trade.refund", **refund)["fund_change"] == "N"
    different = sdk.do("alipay.trade.refund", **refund | {"refund_amount": "2.35"})
    assert different["sub_code"] == "ACQ.DISCORDANT_REPEAT_REQUEST"
    asked = sdk.do("alipay.trade.fastpay.refund.query", out_trade_no=number, out_request_no="R01")
    assert (asked["refund_status"], asked["refund_amount"]) == ("REFUND_SUCCESS", "2.34")
    posted = dict(parse_qsl(app.wait_for(2, DOOR)[1].body.decode()))
    assert (posted["refund_fee"], sdk("checkNotifySign", posted)) == ("2.34", True)


def test_closed_and_unknown(sdk: NodeSdk, sandbox: RunningSandbox, app: PlayedApp) -> None:
    number, trade_no = create(sdk, sandbox, app)
    assert sdk.do("alipay.trade.close", out_trade_no=number)["trade_no"] == trade_no
    assert sdk.do("alipay.trade.query", out_trade_no=number)["trade_status"] == "TRADE_CLOSED"
    assert sdk.do("alipay.trade.query", out_trade_no="NOBODYS")["sub_code"] == "ACQ.TRADE_NOT_EXIST"


def test_logged_in(sdk: NodeSdk, sandbox: RunningSandbox, app: PlayedApp) -> None:
    given = sandbox.credentials["alipay"]
    asked = {"app_id": given["app_id"], "scope": "auth_base", "redirect_uri": f"{app.url}/back", "sandbox_person": "3"}
    page = requests.get(sandbox.url + given["authorize_path"], params=asked, allow_redirects=False, timeout=10)
    code = dict(parse_qsl(page.headers["Location"].partition("?")[2]))["auth_code"]
    told = sdk("exec", "alipay.system.oauth.token", {"grantType": "authorization_code", "code": code})
    assert told["user_id"] == sandbox.credentials["people"][2]["alipay_user_id"]


def test_the_bill_of_a_day(sdk: NodeSdk, sandbox: RunningSandbox, app: PlayedApp) -> None:
    told = sdk.do("alipay.data.dataservice.bill.downloadurl.query", bill_type="trade", bill_date="2026-01-05")
    assert requests.get(told["bill_download_url"], timeout=10).content.startswith(b"PK")


def test_a_page_is_opened_by_its_form_or_address(sdk: NodeSdk, sandbox: RunningSandbox, app: PlayedApp) -> None:
    number = f"NODE{next(_numbers):012d}"
    content = {"out_trade_no": number, "total_amount": "12.34", "subject": "门诊缴费", "product_code": "QUICK_WAP_WAY"}
    address = sdk(
        "pageExecute", "alipay.trade.wap.pay", "GET", {"bizContent": content, "returnUrl": f"{app.url}/back?a=1"}
    )
    opened = requests.get(address, allow_redirects=False, timeout=10)
    assert (opened.status_code, opened.headers["Location"][:23]) == (302, "/cashier/mobilepay.htm?")
    assert sdk.do("alipay.trade.query", out_trade_no=number)["sub_code"] == "ACQ.TRADE_NOT_EXIST"


def test_answers_that_are_not_alipays_are_noticed(sdk: NodeSdk, sandbox: RunningSandbox) -> None:
    for what in ("wrong_signature", "garbled"):
        sandbox.faults({"where": "alipay.query", "what": what, "times": 1})
        assert "error" in sdk.ask("exec", "alipay.trade.query", {"bizContent": {"out_trade_no": "NOBODYS"}})

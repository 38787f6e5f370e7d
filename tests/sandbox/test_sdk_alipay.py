"""``python-alipay-sdk`` from PyPI as the app, in both key modes: it signs what the sandbox checks, and checks what the sandbox signs."""

from __future__ import annotations

from itertools import count
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
from alipay import AliPay, DCAliPay
from alipay.exceptions import AliPayException, AliPayValidationError

from tests.sandbox.process import Arrived, PlayedApp, RunningSandbox

DOOR = "/notify/alipay/demo"
_numbers = count(1)
pytestmark = pytest.mark.filterwarnings(
    "ignore:X509:DeprecationWarning", "ignore:.*pyca/cryptography:DeprecationWarning"
)


@pytest.fixture(params=["public_key", "certificate"])
def sdk(request: pytest.FixtureRequest, sandbox: RunningSandbox, app: PlayedApp) -> Any:
    """Its gateway is a private attribute; what it sends and reads is its own."""
    given = sandbox.credentials["alipay"]
    usual = {
        "appid": given["app_id"],
        "app_notify_url": app.url + DOOR,
        "app_private_key_string": given["app_private_key_pem"],
    }
    if request.param == "public_key":
        made = AliPay(**usual, alipay_public_key_string=given["alipay_public_key_pem"])
    else:
        made = DCAliPay(
            **usual,
            app_public_key_cert_string=given["app_cert_pem"],
            alipay_public_key_cert_string=given["alipay_cert_pem"],
            alipay_root_cert_string=given["alipay_root_cert_pem"],
        )
    made._gateway = sandbox.url + given["gateway_path"]
    return made


def call(sdk: Any, method: str, content: dict[str, Any] | None = None, **top: Any) -> Any:
    """What the SDK has no method of its own for: it signs, the test sends, it verifies."""
    query = sdk.client_api(method, biz_content=content, **top)
    raw = requests.get(f"{sdk._gateway}?{query}", timeout=10).content.decode()
    return sdk._verify_and_return_sync_response(raw, f"{method.replace('.', '_')}_response")


def create(sdk: Any, sandbox: RunningSandbox) -> tuple[str, str]:
    """(our number, trade_no)."""
    number = f"SDK{next(_numbers):012d}"
    content = {
        "out_trade_no": number, "total_amount": "12.34", "subject": "门诊缴费", "product_code": "JSAPI_PAY",
        "op_app_id": sandbox.credentials["alipay"]["app_id"], "buyer_id": sandbox.credentials["people"][0]["alipay_user_id"],
    }  # fmt: skip
    return number, call(sdk, "alipay.trade.create", content, notify_url=sdk._app_notify_url)["trade_no"]


def pay(sdk: Any, sandbox: RunningSandbox) -> str:
    number, trade_no = create(sdk, sandbox)
    told = sandbox.control("POST", "/sandbox/alipay/pay", {"trade_no": trade_no, "result": "ok"})
    assert (told["out_trade_no"], told["trade_status"]) == (number, "TRADE_SUCCESS")
    return number


def is_genuine(sdk: Any, arrived: Arrived) -> bool:
    fields = dict(parse_qsl(arrived.body.decode()))
    return bool(sdk.verify(fields, fields.pop("sign")))


def test_made_paid_told_asked_after(sdk: Any, sandbox: RunningSandbox, app: PlayedApp) -> None:
    number = pay(sdk, sandbox)
    arrived = app.wait_for(1, DOOR)[0]
    assert is_genuine(sdk, arrived)
    assert not is_genuine(sdk, Arrived(**{**arrived.__dict__, "body": arrived.body.replace(b"12.34", b"12.35")}))
    told = sdk.api_alipay_trade_query(out_trade_no=number)
    assert (told["trade_status"], told["total_amount"]) == ("TRADE_SUCCESS", "12.34")


def test_refunded_and_asked_after(sdk: Any, sandbox: RunningSandbox, app: PlayedApp) -> None:
    number = pay(sdk, sandbox)
    app.wait_for(1, DOOR)  # two notifications under way keep no order
    told = sdk.api_alipay_trade_refund("2.34", out_trade_no=number, out_request_no="R01")
    assert (told["fund_change"], told["refund_fee"]) == ("Y", "2.34")
    asked = sdk.api_alipay_trade_fastpay_refund_query("R01", out_trade_no=number)
    assert (asked["refund_status"], asked["refund_amount"]) == ("REFUND_SUCCESS", "2.34")
    assert is_genuine(sdk, app.wait_for(2, DOOR)[1])


def test_closed_and_cancelled(sdk: Any, sandbox: RunningSandbox) -> None:
    number, trade_no = create(sdk, sandbox)
    assert sdk.api_alipay_trade_close(out_trade_no=number)["trade_no"] == trade_no
    assert sdk.api_alipay_trade_query(out_trade_no=number)["trade_status"] == "TRADE_CLOSED"
    number, _ = create(sdk, sandbox)
    assert sdk.api_alipay_trade_cancel(out_trade_no=number)["action"] == "close"
    assert sdk.api_alipay_trade_query(out_trade_no="NOBODYS")["sub_code"] == "ACQ.TRADE_NOT_EXIST"


def test_a_scanned_code_is_paid(sdk: Any, sandbox: RunningSandbox) -> None:
    number = f"SDK{next(_numbers):012d}"
    qr_code = sdk.api_alipay_trade_precreate("门诊缴费", number, "5.00")["qr_code"]
    told = sandbox.control("POST", "/sandbox/alipay/scan", {"user_id": "2", "qr_code": qr_code})
    sandbox.control("POST", "/sandbox/alipay/pay", {"trade_no": told["trade_no"], "result": "ok"})
    assert sdk.api_alipay_trade_query(out_trade_no=number)["trade_status"] == "TRADE_SUCCESS"


def test_logged_in(sdk: Any, sandbox: RunningSandbox, app: PlayedApp) -> None:
    given = sandbox.credentials["alipay"]
    asked = {
        "app_id": given["app_id"],
        "scope": "auth_base",
        "redirect_uri": f"{app.url}/back",
        "state": "s",
        "sandbox_person": "2",
    }
    page = requests.get(sandbox.url + given["authorize_path"], params=asked, allow_redirects=False, timeout=10)
    code = dict(parse_qsl(page.headers["Location"].partition("?")[2]))["auth_code"]
    told = call(sdk, "alipay.system.oauth.token", grant_type="authorization_code", code=code)
    assert told["user_id"] == sandbox.credentials["people"][1]["alipay_user_id"]


def test_an_answer_with_a_wrong_signature_is_noticed(sdk: Any, sandbox: RunningSandbox) -> None:
    sandbox.faults({"where": "alipay.query", "what": "wrong_signature", "times": 1})
    with pytest.raises(AliPayValidationError):
        sdk.api_alipay_trade_query(out_trade_no="NOBODYS")
    sandbox.faults({"where": "alipay.query", "what": "garbled", "times": 1})
    with pytest.raises((AliPayException, ValueError)):
        sdk.api_alipay_trade_query(out_trade_no="NOBODYS")


def test_a_pay_code_is_scanned(sdk: Any, sandbox: RunningSandbox) -> None:
    person = sandbox.credentials["people"][0]
    code = sandbox.control("POST", "/sandbox/alipay/paycode", {"user_id": person["alipay_user_id"]})["auth_code"]
    order = {"out_trade_no": f"PAYCODE{next(_numbers):08d}", "total_amount": "12.00", "subject": "门诊缴费"}
    told = sdk.api_alipay_trade_pay(scene="bar_code", auth_code=code, **order)
    assert (told["code"], told["total_amount"]) == ("10000", "12.00")
    used = sdk.api_alipay_trade_pay(scene="bar_code", auth_code=code, **order | {"out_trade_no": "PAYCODEUSED"})
    assert used["sub_code"] == "ACQ.PAYMENT_AUTH_CODE_INVALID"

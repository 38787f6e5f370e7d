"""Calls that the app does not make yet, by the pages: native and h5 orders, a pay code, media, a reset key."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from sandbox.alipay.certificates import root_serial, serial
from sandbox.wechat.miniprogram.published import published_pages
from sandbox.wechatpay.errors import Refused
from sandbox.world.wire import Request
from tests.sandbox.account import Account
from tests.sandbox.alipay_app import AlipayApp
from tests.sandbox.alipay_app import new_number as new_trade
from tests.sandbox.merchant import TRADE, Merchant, new_number
from tests.sandbox.world import World, answer_of, error_of
from tests.support.alipay_roots import ROOTS, ROOTS_SN

BROWSER = {"payer_client_ip": "203.0.113.7", "h5_info": {"type": "Wap"}}


# ---- orders without a payer ----------------------------------------------------------------------------------------------------------


def test_whoever_scans_a_native_code_pays(world: World, merchant: Merchant) -> None:
    number = new_number()
    body = merchant.order_body(number, payer=...)
    old = answer_of(merchant.call("POST", f"{TRADE}/native", body))["code_url"]
    new = answer_of(merchant.call("POST", f"{TRADE}/native", body))["code_url"]
    assert new.startswith("weixin://wxpay/bizpayurl/up?pr=")
    assert "payer" not in answer_of(merchant.query(number))
    with pytest.raises(Refused, match="ORDER_CLOSED"):
        world.outside.wechatpay.pay_at(old, world.openid(2), "ok")
    world.outside.wechatpay.pay_at(new, world.openid(2), "ok")
    told = answer_of(merchant.query(number))
    assert (told["trade_state"], told["trade_type"], told["payer"]) == (
        "SUCCESS",
        "NATIVE",
        {"openid": world.openid(2)},
    )
    assert merchant.opened(world.bring()[0])[1]["payer"] == {"openid": world.openid(2)}


def test_a_native_code_lives_two_hours_and_an_h5_page_five_minutes(world: World, merchant: Merchant) -> None:
    native = answer_of(merchant.call("POST", f"{TRADE}/native", merchant.order_body(new_number(), payer=...)))[
        "code_url"
    ]
    h5_body = merchant.order_body(new_number(), payer=..., scene_info=BROWSER)
    h5 = answer_of(merchant.call("POST", f"{TRADE}/h5", h5_body))["h5_url"]
    world.time.pass_(minutes=5, seconds=1)
    with pytest.raises(Refused, match="ORDER_CLOSED"):
        world.outside.wechatpay.pay_at(h5, world.openid(), "ok")
    world.time.pass_(minutes=114)
    assert world.outside.wechatpay.pay_at(native, world.openid(), "cancel")["state"] == "NOTPAY"
    world.time.pass_(minutes=1)
    with pytest.raises(Refused, match="ORDER_CLOSED"):
        world.outside.wechatpay.pay_at(native, world.openid(), "ok")


def test_an_h5_order_is_paid_and_stands_in_the_statement_as_mweb(world: World, merchant: Merchant) -> None:
    number = new_number()
    asked = merchant.order_body(number, payer=..., scene_info=BROWSER)
    url = answer_of(merchant.call("POST", f"{TRADE}/h5", asked))["h5_url"]
    world.outside.wechatpay.pay_at(url, world.openid(), "ok")
    assert answer_of(merchant.query(number))["trade_type"] == "MWEB"


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("native", {"payer": {"openid": "x"}}), ("h5", {}), ("h5", {"scene_info": {"payer_client_ip": "203.0.113.7"}}),
        ("h5", {"scene_info": BROWSER | {"payer_client_ip": "127.0.0.1"}}), ("h5", {"scene_info": BROWSER | {"h5_info": {"type": "PC"}}}),
    ],
)  # fmt: skip
def test_what_such_an_order_must_have(merchant: Merchant, kind: str, changed: dict[str, Any]) -> None:
    asked = merchant.order_body(new_number(), **({"payer": ...} | changed))
    assert error_of(merchant.call("POST", f"{TRADE}/{kind}", asked)) == (400, "PARAM_ERROR")


def test_one_number_is_of_one_kind(merchant: Merchant) -> None:
    number = new_number()
    merchant.order(number)
    refused = merchant.call("POST", f"{TRADE}/native", merchant.order_body(number, payer=...))
    assert error_of(refused) == (403, "OUT_TRADE_NO_USED")


# ---- a pay code ------------------------------------------------------------------------------------------------------------------------


def shown_code(alipay: AlipayApp) -> str:
    return alipay.world.outside.alipay.pay_codes.shown_by(alipay.world.outside.scene.people[0])


def scanned(alipay: AlipayApp, code: str, number: str, total: str = "12.00") -> Any:
    content = {
        "out_trade_no": number,
        "total_amount": total,
        "subject": "门诊缴费",
        "auth_code": code,
        "scene": "bar_code",
    }
    return alipay.ask("alipay.trade.pay", content)


def test_a_pay_code_pays_at_once_and_once(alipay: AlipayApp) -> None:
    code, number = shown_code(alipay), new_trade()
    told = scanned(alipay, code, number)
    assert told.code == "10000"
    assert (told.told["total_amount"], told.told["buyer_user_id"]) == ("12.00", alipay.user_id())
    assert told.told["gmt_payment"]
    assert alipay.query(number)["trade_status"] == "TRADE_SUCCESS"
    again = scanned(alipay, code, new_trade())
    assert again.code == "40004 ACQ.PAYMENT_AUTH_CODE_INVALID"
    assert again.told["receipt_amount"] == "0.00"
    assert scanned(alipay, code, number).code == "40004 ACQ.TRADE_HAS_SUCCESS"


def test_a_pay_code_lives_a_minute(alipay: AlipayApp) -> None:
    code = shown_code(alipay)
    alipay.world.time.pass_(seconds=61)
    assert scanned(alipay, code, new_trade()).code == "40004 ACQ.PAYMENT_AUTH_CODE_INVALID"


def test_much_money_needs_the_password(alipay: AlipayApp) -> None:
    number = new_trade()
    told = scanned(alipay, shown_code(alipay), number, "1000.00")
    assert told.code == "10003"
    assert alipay.query(number)["trade_status"] == "WAIT_BUYER_PAY"
    alipay.pay(number)
    assert alipay.query(number)["trade_status"] == "TRADE_SUCCESS"


# ---- roots -----------------------------------------------------------------------------------------------------------------------------


def test_a_root_that_strict_readers_refuse_is_skipped(world: World) -> None:
    rsa = world.outside.scene.keys["alipay_root_certificates"]
    bad = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVegAwIBAgIIaeL+wBcKxnswDAYIKoEcz1UBg3UF\n-----END CERTIFICATE-----\n"
    assert root_serial(f"{bad}{_elliptic()}{rsa}{bad}") == root_serial(rsa) != ""


def test_a_bundle_of_every_kind_of_root_has_the_serials_of_two() -> None:
    assert root_serial(ROOTS.read_text("ascii")) == ROOTS_SN


def _elliptic() -> str:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an elliptic root")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
    made = made.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def test_one_root_has_the_serial_of_its_certificate(world: World) -> None:
    pem = world.outside.scene.keys["merchant_certificate"]
    assert root_serial(pem) == serial(pem)


# ---- media, codes, keys ------------------------------------------------------------------------------------------------------------------


def uploaded(world: World, kind: str, body: bytes, name: str = "media") -> Any:
    token = Account(world).token()
    disposition = f'form-data; name="{name}"; filename="bill.png"'
    raw = (
        f"--XX\r\nContent-Disposition: {disposition}\r\nContent-Type: image/png\r\n\r\n".encode()
        + body
        + b"\r\n--XX--\r\n"
    )
    headers = {"content-type": "multipart/form-data; boundary=XX"}
    target = f"/cgi-bin/media/upload?access_token={token}&type={kind}"
    return json.loads(world.ask(Request(method="POST", target=target, headers=headers, body=raw)).body)


def test_media_are_uploaded(world: World) -> None:
    told = uploaded(world, "image", b"\x89PNG\r\n")
    assert told["type"] == "image"
    assert told["media_id"]
    assert told["created_at"] == int(world.time().timestamp())
    assert "thumb_media_id" in uploaded(world, "thumb", b"JPEG")


@pytest.mark.parametrize(
    ("kind", "body", "name", "errcode"),
    [("picture", b"x", "media", 40004), ("image", b"", "media", 44001), ("image", b"x", "file", 41005)],
)
def test_media_that_are_refused(world: World, kind: str, body: bytes, name: str, errcode: int) -> None:
    assert uploaded(world, kind, body, name)["errcode"] == errcode


def mini_token(world: World) -> str:
    given = world.credentials["miniprogram"]
    asked = {"grant_type": "client_credential", "appid": given["appid"], "secret": given["secret"]}
    raw = world.ask(Request(method="POST", target="/cgi-bin/stable_token", body=json.dumps(asked).encode()))
    return str(json.loads(raw.body)["access_token"])


@pytest.mark.parametrize(
    ("asked", "errcode"),
    [({"page": "pages/nowhere/nowhere"}, 41030), ({"page": "pages/nowhere/nowhere", "check_path": False}, 0), ({"page": "pages/scan/scan"}, 0), ({}, 0)],
)  # fmt: skip
def test_a_code_leads_to_a_page_that_is_published(world: World, asked: dict[str, Any], errcode: int) -> None:
    target = f"/wxa/getwxacodeunlimit?access_token={mini_token(world)}"
    answer = world.ask(Request(method="POST", target=target, body=json.dumps({"scene": "a=1"} | asked).encode()))
    if errcode:
        assert json.loads(answer.body)["errcode"] == errcode
    else:
        assert (answer.headers["Content-Type"], answer.body[:4]) == ("image/png", b"\x89PNG")


def test_the_published_pages_are_those_of_the_mini_program() -> None:
    assert {"pages/home/home", "pages/payment/payment"} <= published_pages()


def test_a_session_key_is_reset(world: World) -> None:
    person = world.outside.scene.people[0]
    token, logins = mini_token(world), world.outside.miniprogram.logins
    given = world.credentials["miniprogram"]

    def ask(key: str, method: str = "hmac_sha256") -> Any:
        sign = hmac.new(key.encode(), b"", hashlib.sha256).hexdigest()
        query = f"access_token={token}&openid={person.mini_openid}&signature={sign}&sig_method={method}"
        return json.loads(world.ask(Request(method="GET", target=f"/wxa/resetusersessionkey?{query}")).body)

    assert ask("any")["errcode"] == 87007
    code = logins.code(person, "login")
    query = f"appid={given['appid']}&secret={given['secret']}&js_code={code}&grant_type=authorization_code"
    key = json.loads(world.ask(Request(method="GET", target=f"/sns/jscode2session?{query}")).body)["session_key"]
    assert ask(key, "md5")["errcode"] == 87008
    assert ask("another")["errcode"] == 87009
    reset = ask(key)
    assert (reset["errcode"], reset["openid"]) == (0, person.mini_openid)
    assert reset["session_key"] != key
    assert ask(key)["errcode"] == 87009

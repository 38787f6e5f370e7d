"""The gateway's door (docs/protocols/alipay.md sections 1 to 3, 5): what it checks, in which order, and how it answers."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest

from sandbox.alipay.certificates import root_serial, serial
from tests.sandbox.alipay_app import AlipayApp, Answer, new_number
from tests.sandbox.world import Record, World

QUERY = "alipay.trade.query"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"method": ...}, "40001 isv.missing-method"),
        ({"method": "alipay.trade.nothing"}, "40002 isv.invalid-method"),
        ({"app_id": ...}, "40001 isv.missing-app-id"),
        ({"app_id": "2021000000000009"}, "40002 isv.invalid-app-id"),
        ({"timestamp": ...}, "40001 isv.missing-timestamp"),
        ({"timestamp": "2024-01-02T03:04:05"}, "40002 isv.invalid-timestamp"),
        ({"timestamp": "2024-13-02 03:04:05"}, "40002 isv.invalid-timestamp"),
        ({"version": ...}, "40001 isv.missing-version"),
        ({"format": "XML"}, "40002 isv.invalid-format"),
        ({"encrypt_type": "AES"}, "40001 isv.missing-encrypt-key"),
        ({"sign_type": ...}, "40001 isv.missing-signature-type"),
        ({"sign_type": "MD5"}, "40002 isv.invalid-signature-type"),
        ({"sign_type": "RSA"}, "40003 isv.missing-signature-config"),
        ({"sign": ...}, "40001 isv.missing-signature"),
        ({"sign": "AAAA"}, "40002 isv.invalid-signature"),
        ({"sign": "not Base64!"}, "40002 isv.invalid-signature"),
        ({"app_cert_sn": "0" * 32}, "40001 isv.missing-alipay-root-cert-sn"),
        ({"alipay_root_cert_sn": "0" * 32}, "40001 isv.missing-app-cert-sn"),
        ({"app_cert_sn": "0" * 32, "alipay_root_cert_sn": "0" * 32}, "40002 isv.app-cert-expired"),
        # An earlier check wins.
        ({"method": ..., "app_id": ...}, "40001 isv.missing-method"),
        ({"app_id": "2021000000000009", "sign": ...}, "40002 isv.invalid-app-id"),
        ({"timestamp": ..., "sign": "AAAA"}, "40001 isv.missing-timestamp"),
    ],
)
def test_each_check_in_its_place(alipay: AlipayApp, changed: dict[str, Any], code: str) -> None:
    method = changed.pop("method", QUERY)
    answer = alipay.ask(method, {"out_trade_no": "T1"}, **changed)
    assert (answer.code, answer.sign) == (code, "")
    routed = method == QUERY and code != "40002 isv.invalid-method"
    assert answer.name == ("alipay_trade_query_response" if routed else "error_response")


@pytest.mark.parametrize("charset", [None, "", "latin-9"])
def test_a_charset_that_is_none(alipay: AlipayApp, charset: str | None) -> None:
    params = alipay.params(QUERY, {"out_trade_no": "T1"}) | ({} if charset is None else {"charset": charset})
    if charset is None:
        del params["charset"]
    assert b'"isv.invalid-charset"' in alipay.world.ask(alipay.request(params)).body


def test_a_wrong_signature_is_told_what_was_verified(alipay: AlipayApp) -> None:
    params = alipay.params(QUERY, {"out_trade_no": "T<1>"})
    params["timestamp"] = "2024-01-02 03:04:05"
    response = alipay.world.ask(alipay.request(params))
    said = response.body.decode()
    text = "&".join(f"{name}={params[name]}" for name in sorted(params) if name != "sign")
    assert "&amp;charset=utf-8&amp;" in said
    assert text in unescape(said).replace("\\/", "/").replace('\\"', '"')


@pytest.mark.parametrize("verb", ["GET", "POST"])
@pytest.mark.parametrize("charset", ["utf-8", "gbk"])
def test_any_split_and_charset(alipay: AlipayApp, verb: str, charset: str) -> None:
    number = new_number()
    order = alipay.order(number, subject="诊费")
    assert alipay.ask("alipay.trade.create", order, verb=verb, charset=charset).code == "10000"
    answer = alipay.ask(QUERY, {"out_trade_no": number}, verb=verb, charset=charset)
    assert answer.sign
    assert answer.told["subject"] == "诊费"


def test_text_that_is_not_in_its_charset(alipay: AlipayApp) -> None:
    params = alipay.params(QUERY, {"out_trade_no": "诊"})
    request = alipay.request(params, "GET", charset="gbk")
    assert b"isv.invalid-charset" in alipay.world.ask(request).body


def test_the_bytes_of_the_answer_are_what_is_signed(alipay: AlipayApp) -> None:
    """Slashes are escaped: who decodes and encodes again verifies another text."""
    answer = alipay.ask("alipay.trade.precreate", alipay.order(new_number(), product_code="QR_CODE_OFFLINE"))
    assert r"https:\/\/qr.alipay.com\/" in answer.raw
    assert answer.told["qr_code"].startswith("https://qr.alipay.com/bax")


@pytest.mark.parametrize("content", ["[]", "{", '"text"', '{"a": "\\ud800"}'])
def test_content_that_is_no_object(alipay: AlipayApp, content: str) -> None:
    answer = alipay.ask(QUERY, content)
    assert (answer.code, answer.sign) == ("40002 isv.illegal-json", "")


def test_certificate_mode(world: World, keys: Record) -> None:
    serials = serial(keys["alipay_app_certificate"]), root_serial(keys["alipay_root_certificates"])
    app = AlipayApp(world, serials)
    answer = app.ask(QUERY, {"out_trade_no": "T1"})
    assert (answer.code, answer.cert_sn) == ("40004 ACQ.TRADE_NOT_EXIST", serial(keys["alipay_certificate"]))
    assert AlipayApp(world).ask(QUERY, {"out_trade_no": "T1"}).cert_sn == ""
    told = app.ask("alipay.open.app.alipaycert.download", {"alipay_cert_sn": answer.cert_sn}).told
    assert told["alipay_cert_content"]


def test_a_page_method_shows_its_errors_as_a_page_in_gbk(alipay: AlipayApp) -> None:
    for params in (
        alipay.params("alipay.trade.wap.pay", {}, sign="AAAA"),
        alipay.params("alipay.trade.wap.pay", alipay.order(new_number())),
    ):
        response = alipay.world.ask(alipay.request(params, "GET"))
        assert (response.status, response.headers["Content-Type"]) == (200, "text/html;charset=GBK")
        assert "错误代码" in response.body.decode("gbk")


@pytest.mark.parametrize(
    ("rule", "code", "is_signed"),
    [
        ({"what": "refuse"}, "20000 aop.ACQ.SYSTEM_ERROR", True),
        ({"what": "refuse", "code": "ACQ.SYSTEM_ERROR", "message": "系统错误"}, "40004 ACQ.SYSTEM_ERROR", True),
        ({"what": "refuse", "code": "isv.app-call-limited", "status": "40001"}, "40001 isv.app-call-limited", True),
    ],
)
def test_refused_on_request(alipay: AlipayApp, rule: Record, code: str, is_signed: bool) -> None:
    alipay.world.faults({"where": "alipay.query", "times": 1, **rule})
    answer = alipay.ask(QUERY, {"out_trade_no": "T1"})
    assert (answer.code, bool(answer.sign)) == (code, is_signed)
    assert alipay.ask(QUERY, {"out_trade_no": "T1"}).code == "40004 ACQ.TRADE_NOT_EXIST"


def test_answers_as_seen_are_gbk_and_say_what_to_do(alipay: AlipayApp) -> None:
    alipay.world.outside.scene.faults.settings["alipay_answers"] = "seen"
    params = alipay.params("alipay.trade.query", {"out_trade_no": "NOBODY0001"})
    refused = Answer(alipay.world.ask(alipay.request(params)), "gbk")
    alipay.verify(refused.raw.encode("gbk"), refused.sign)
    assert refused.code == "40004 ACQ.TRADE_NOT_EXIST"
    assert refused.told["sub_msg"].startswith("交易不存在，解决方案：https://")


def test_what_looks_like_an_attack_is_refused(alipay: AlipayApp) -> None:
    assert alipay.create("ATTACK000001", subject="<script>门诊").code == "40002 isv.suspected-attack"

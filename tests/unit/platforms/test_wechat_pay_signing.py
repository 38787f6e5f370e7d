"""Signatures of WeChat Pay v3 on the official vectors, and every way in which theirs must not be believed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from server.core.errors import Forged
from server.platforms.wechat.pay.account import WechatPayAccount
from server.platforms.wechat.pay.sealed import open_sealed
from server.platforms.wechat.pay.signing import MerchantSigner, PlatformVerifier
from tests.support.clock_and_ids import MORNING
from tests.unit.platforms import wechat_pay_vectors as vectors
from tests.unit.platforms.played import public_pem, signed_headers

PUBLIC_ID = "PUB_KEY_ID_0119000000012026000000000001"
CERT_SERIAL = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"


def a_signer(private_key_pem: str = vectors.PRIVATE_KEY_PEM) -> MerchantSigner:
    return MerchantSigner(
        WechatPayAccount(
            mch_id=vectors.MCH_ID,
            app_id=vectors.T1_APP_ID,
            serial_no=vectors.SERIAL_NO,
            private_key_pem=private_key_pem,
            apiv3_key="0123456789abcdef0123456789abcdef",
            verify_keys={},
            notify_base="https://pay.example.org",
            hospital="demo",
        )
    )


def a_verifier() -> PlatformVerifier:
    return PlatformVerifier({CERT_SERIAL: public_pem("certificate"), PUBLIC_ID: public_pem("public")})


def test_t1_pay_sign_of_jsapi() -> None:
    package = f"prepay_id={vectors.T1_PREPAY_ID}"
    signed = a_signer().pay_sign(vectors.T1_APP_ID, str(vectors.TIMESTAMP), vectors.NONCE, package)
    assert signed == vectors.T1_PAY_SIGN


def test_t2_pay_sign_of_an_app() -> None:
    signed = a_signer().pay_sign(vectors.T1_APP_ID, str(vectors.TIMESTAMP), vectors.NONCE, vectors.T1_PREPAY_ID)
    assert signed == vectors.T2_APP_SIGN


def test_t3_request_with_a_body() -> None:
    header = a_signer().authorization("POST", vectors.T3_PATH, vectors.T3_BODY, vectors.TIMESTAMP, vectors.NONCE)
    assert header == (
        f'WECHATPAY2-SHA256-RSA2048 mchid="{vectors.MCH_ID}",nonce_str="{vectors.NONCE}",'
        f'timestamp="{vectors.TIMESTAMP}",serial_no="{vectors.SERIAL_NO}",signature="{vectors.T3_SIGNATURE}"'
    )


def test_t4_request_without_a_body() -> None:
    header = a_signer().authorization("GET", vectors.T4_PATH, "", vectors.TIMESTAMP, vectors.NONCE)
    assert f'signature="{vectors.T4_SIGNATURE}"' in header


def test_t5_order_of_the_header_and_the_signed_query() -> None:
    path = "/v3/pay/transactions/id/1217752501201407033233368018?mchid=1230000109"
    nonce = "eBYqCOxa0QudMnPvVilkTzOg3gHh5Z3u"
    signer = a_signer()
    header = signer.authorization("GET", path, "", 1652750623, nonce)
    assert re.findall(r'(\w+)="', header) == ["mchid", "nonce_str", "timestamp", "serial_no", "signature"]
    assert signer.sign("GET", path, "1652750623", nonce, "") in header


@pytest.mark.parametrize(
    ("vector", "plain"), [(vectors.T6, vectors.T6_PLAIN), (vectors.T7, vectors.T7_PLAIN.encode())], ids=["T6", "T7"]
)
def test_sealed_resources_open(vector: tuple[str, str, str, str], plain: bytes) -> None:
    key, nonce, associated_data, ciphertext = vector
    assert open_sealed(key.encode(), nonce, associated_data, ciphertext) == plain


@pytest.mark.parametrize(
    "changed",
    [
        {"key": b"b" * 32},
        {"nonce": "uluk4a9R25RX"},
        {"associated_data": ""},
        {"ciphertext": "AAAA"},
        {"ciphertext": "?"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_seal_that_does_not_hold_is_forged(changed: dict[str, bytes | str]) -> None:
    key, nonce, associated_data, ciphertext = vectors.T6
    facts = {"key": key.encode(), "nonce": nonce, "associated_data": associated_data, "ciphertext": ciphertext}
    with pytest.raises(Forged):
        open_sealed(**{**facts, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("key", "serial"), [("public", PUBLIC_ID), ("certificate", CERT_SERIAL), ("certificate", CERT_SERIAL.lower())]
)
def test_both_keys_are_live_at_once(key: str, serial: str) -> None:
    a_verifier().check(signed_headers(b"{}", MORNING, key, serial), b"{}", MORNING)


def test_the_answer_to_a_close_has_no_body_and_is_signed() -> None:
    a_verifier().check(signed_headers(b"", MORNING, "public", PUBLIC_ID), b"", MORNING)


def test_public_key_mode_is_asked_for_where_we_have_the_key() -> None:
    assert a_verifier().preferred_id == PUBLIC_ID
    assert PlatformVerifier({CERT_SERIAL: public_pem("certificate")}).preferred_id == CERT_SERIAL


@pytest.mark.parametrize(
    "changed",
    [
        {"wechatpay-serial": "PUB_KEY_ID_0000"},
        {"wechatpay-serial": CERT_SERIAL},
        {"wechatpay-serial": ""},
        {"wechatpay-nonce": "another"},
        {"wechatpay-nonce": ""},
        {"wechatpay-timestamp": "soon"},
        {"wechatpay-timestamp": "1" * 400},
        {"wechatpay-timestamp": "²"},
        {"wechatpay-signature": ""},
        {"wechatpay-signature": "not base64"},
        {"wechatpay-signature": "WECHATPAY/SIGNTEST/AAAAAAAAAAAA"},
        {"wechatpay-signature-type": "WECHATPAY2-SM2-WITH-SM3"},
    ],
    ids=str,
)
def test_a_wrong_header_is_forged(changed: dict[str, str]) -> None:
    headers = {**signed_headers(b"{}", MORNING, "public", PUBLIC_ID), **changed}
    with pytest.raises(Forged):
        a_verifier().check(headers, b"{}", MORNING)


def test_another_body_is_forged() -> None:
    with pytest.raises(Forged):
        a_verifier().check(signed_headers(b"{}", MORNING, "public", PUBLIC_ID), b"{ }", MORNING)


@pytest.mark.parametrize(
    ("age_s", "good"), [(0, True), (299, True), (-299, True), (300, False), (-300, False), (86400, False)]
)
def test_only_fresh_signatures_count(age_s: int, good: bool) -> None:
    headers = signed_headers(b"{}", MORNING - timedelta(seconds=age_s), "public", PUBLIC_ID)
    if good:
        a_verifier().check(headers, b"{}", MORNING)
    else:
        with pytest.raises(Forged):
            a_verifier().check(headers, b"{}", MORNING)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"wechatpay-nonce": ""}, "header missing"),
        ({"wechatpay-signature": ""}, "header missing"),
        ({"wechatpay-serial": "x" * 1024}, "unknown key"),
        ({"wechatpay-serial": "x" * 1025}, "header missing"),
        ({"wechatpay-timestamp": "9" * 12}, "timestamp out of range"),
        ({"wechatpay-timestamp": "9" * 13}, "timestamp$"),
        ({"wechatpay-signature": "AAAA"}, "signature$"),
    ],
)
def test_what_is_wrong_with_a_header_is_said(changed: dict[str, str], why: str) -> None:
    headers = {**signed_headers(b"{}", MORNING, "public", PUBLIC_ID), **changed}
    with pytest.raises(Forged, match=why):
        a_verifier().check(headers, b"{}", MORNING)


def test_keys_of_another_kind_are_refused_before_anything_is_signed() -> None:
    key = generate_private_key(SECP256R1())
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    known = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with pytest.raises(TypeError, match="must be RSA"):
        a_signer(secret)
    with pytest.raises(TypeError, match="must be RSA"):
        PlatformVerifier({PUBLIC_ID: known})

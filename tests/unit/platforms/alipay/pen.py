"""Alipay, played: its key, its certificates, its answers and forms; and an app that talks to it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from server.core.ports import HttpRequest, HttpResponse, RawRequest
from server.platforms.alipay.openapi.account import AlipayApp
from server.platforms.alipay.openapi.certificates import first_certificate, serial_of
from server.platforms.alipay.openapi.client import AlipayClient
from server.platforms.alipay.openapi.keys import AlipayVerifier
from server.platforms.alipay.pay.account import AlipayMerchant
from server.platforms.alipay.pay.channel import AlipayChannel
from server.platforms.alipay.pay.notifications import AlipayNotifications
from tests.support.clock_and_ids import MORNING, FakeClock
from tests.unit.platforms.alipay.vectors import ANT, APP_PRIVATE_KEY_PEM
from tests.unit.platforms.played import Answer, ScriptedTransport, plain, platform_key, public_pem

APP_ID = "2021000000000001"
SELLER = "2088000000000001"
USER = "2088000000000011"
GATEWAY = "https://openapi.alipay.com/gateway.do"
ALIPAY = "alipay"
MERCHANT = AlipayMerchant(seller_id=SELLER, public_url="https://pay.example.org", hospital="demo")
_OIDS = {
    "C": NameOID.COUNTRY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "CN": NameOID.COMMON_NAME,
}


@cache
def certificate(key: str, common_name: str = "Invented Authority R1", serial: int = 4711, issuer: Any = ANT) -> str:
    """PEM of a certificate that says what we like, signed by ``key`` itself."""
    name = x509.Name([x509.NameAttribute(_OIDS[kind], text) for kind, text in (*issuer, ("CN", common_name))])
    private = platform_key(key)
    day = timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, private.public_key(), serial, MORNING - day, MORNING + day)
    return builder.sign(private, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def sn(pem: str) -> str:
    return serial_of(first_certificate(pem))


def an_app(**fields: Any) -> AlipayApp:
    facts: dict[str, Any] = {
        "app_id": APP_ID,
        "private_key_pem": APP_PRIVATE_KEY_PEM,
        "alipay_keys": (public_pem(ALIPAY),),
    }
    return AlipayApp(**{**facts, **fields})


def a_certified_app(*alipay_keys: str) -> AlipayApp:
    return an_app(
        alipay_keys=alipay_keys or (certificate(ALIPAY),),
        app_certificate_pem=certificate("app", "Invented Class 1", 815),
        root_certificates_pem=certificate("root", "Invented Root", 42),
    )


def a_client(*answers: Answer, app: AlipayApp | None = None) -> tuple[AlipayClient, ScriptedTransport]:
    transport = ScriptedTransport(*answers)
    return AlipayClient(app or an_app(), transport, FakeClock()), transport


def a_channel(*answers: Answer) -> tuple[AlipayChannel, ScriptedTransport]:
    client, transport = a_client(*answers)
    return AlipayChannel(client, MERCHANT), transport


def signature(text: bytes, key: str = ALIPAY) -> str:
    private: rsa.RSAPrivateKey = platform_key(key)
    return base64.b64encode(private.sign(text, PKCS1v15(), hashes.SHA256())).decode()


def sealed(method: str, node: Mapping[str, object] | str, *, key: str = ALIPAY, cert_sn: str = "") -> HttpResponse:
    """A signed answer; ``node`` as text stands there byte for byte."""
    raw = node if isinstance(node, str) else json.dumps(node, ensure_ascii=False, separators=(",", ":"))
    name = method.replace(".", "_") + "_response"
    cert = f'"alipay_cert_sn":"{cert_sn}",' if cert_sn else ""
    return plain(f'{{"{name}":{raw},{cert}"sign":"{signature(raw.encode(), key)}"}}'.encode())


def success(method: str, **fields: object) -> HttpResponse:
    return sealed(method, {"code": "10000", "msg": "Success", **fields})


def failure(method: str, sub_code: str, code: str = "40004") -> HttpResponse:
    """A business refusal: signed, as all of them are."""
    return sealed(method, {"code": code, "msg": "Business Failed", "sub_code": sub_code, "sub_msg": "测试"})


def unsigned(node: Mapping[str, object], name: str = "error_response") -> HttpResponse:
    return plain({name: node})


def sent(request: HttpRequest) -> dict[str, str]:
    """All that was sent, from address and body."""
    pairs = parse_qsl(request.url.partition("?")[2]) + parse_qsl(request.body.decode())
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def biz(request: HttpRequest) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(sent(request)["biz_content"])
    return content


def form(
    fields: Mapping[str, str],
    *,
    left_out: Sequence[str] = ("sign", "sign_type"),
    key: str = ALIPAY,
    charset: str = "utf-8",
) -> RawRequest:
    """``fields`` signed and posted; rule V1 unless ``left_out`` says otherwise."""
    text = "&".join(f"{name}={fields[name]}" for name in sorted(fields) if name not in left_out and fields[name])
    return posted({**fields, "sign": signature(text.encode(charset), key)}, charset)


def posted(fields: Mapping[str, str], charset: str = "utf-8") -> RawRequest:
    return RawRequest(method="POST", path="/x", query={}, headers={}, body=urlencode(fields, encoding=charset).encode())


QUERY = "alipay.trade.query"
NODE = "alipay_trade_query_response"
OK = {"code": "10000", "msg": "Success", "trade_no": "1"}


async def answered(response: HttpResponse) -> Any:
    client, _ = a_client(response)
    return json.loads(await client.call(QUERY, {"out_trade_no": "T1"}))


def notifications(*pems: str) -> AlipayNotifications:
    return AlipayNotifications(AlipayVerifier(pems or (public_pem(ALIPAY),)), APP_ID)

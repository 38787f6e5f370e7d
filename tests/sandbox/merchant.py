"""A WeChat Pay merchant written from docs/protocols/wechat_pay_v3.md sections 2 to 4, sharing no line with the sandbox's signing or the app's."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

from sandbox.world.wire import Outbound, Request, Response
from tests.sandbox.world import APP, Record, World, answer_of
from tests.support.rsa_keys import private_key

TRADE = "/v3/pay/transactions"
BACK = "/v3/refund/domestic/refunds"
REFUND_NOTICES = "https://app.invalid/notify/refund"  # https only (section 6)
_numbers = count(1)


def new_number() -> str:
    return f"TEST{next(_numbers):012d}"


class Merchant:
    """Signs what it asks and verifies every 2xx it gets."""

    def __init__(self, world: World) -> None:
        given = world.credentials["wechatpay"]
        self.world = world
        self.mchid: str = given["mchid"]
        self.appid: str = world.credentials["wechat"]["appid"]
        self.serial: str = given["serial_no"]
        self.apiv3_key: str = given["apiv3_key"]
        public = load_pem_public_key(given["public_key_pem"].encode())
        certified = load_pem_x509_certificate(given["platform_certificate_pem"].encode()).public_key()
        assert isinstance(public, RSAPublicKey)
        assert isinstance(certified, RSAPublicKey)
        self._key = private_key(given["private_key_pem"])
        self._theirs = {given["public_key_id"]: public, given["platform_serial_no"]: certified}

    # ---- asking ----------------------------------------------------------------------------------------------------------------------

    def sign(self, method: str, target: str, timestamp: int, nonce: str, body: bytes) -> str:
        message = f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"
        return base64.b64encode(self._key.sign(message, PKCS1v15(), SHA256())).decode()

    def request(
        self, method: str, target: str, body: object = None, *, seconds_off: int = 0, **headers: str
    ) -> Request:
        raw = (
            b"" if body is None else body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        )
        timestamp, nonce = int(self.world.time().timestamp()) + seconds_off, f"NONCE{next(_numbers):020d}"
        signature = self.sign(method, target, timestamp, nonce, raw)
        told = {
            "accept": "application/json",
            "content-type": "application/json",
            "user-agent": "a merchant",
            "authorization": (
                f'WECHATPAY2-SHA256-RSA2048 mchid="{self.mchid}",nonce_str="{nonce}",signature="{signature}",'
                f'timestamp="{timestamp}",serial_no="{self.serial}"'
            ),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return Request(method=method, target=target, headers=told, body=raw, host="sandbox.invalid:8889")

    def call(self, method: str, target: str, body: object = None, **headers: str) -> Response:
        response = self.world.ask(self.request(method, target, body, **headers))
        if response.status < 300 and "/billdownload/" not in target:
            self.verify(response.headers, response.body)
        return response

    def verify(self, headers: Any, body: bytes) -> str:
        """Raises InvalidSignature; returns the serial that it was signed with."""
        now = self.world.time().timestamp()
        assert abs(now - int(headers["Wechatpay-Timestamp"])) < 300
        message = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n".encode() + body + b"\n"
        signature = base64.b64decode(headers["Wechatpay-Signature"], validate=True)
        serial: str = headers["Wechatpay-Serial"]
        self._theirs[serial].verify(signature, message, PKCS1v15(), SHA256())
        return serial

    def opened(self, outbound: Outbound) -> tuple[Record, Record]:
        """(envelope, plaintext) of a notification whose signature holds."""
        self.verify(outbound.headers, outbound.body)
        envelope: Record = json.loads(outbound.body)
        return envelope, self.unsealed(envelope["resource"])

    def unsealed(self, resource: Record) -> Any:
        assert resource["algorithm"] == "AEAD_AES_256_GCM"
        assert len(resource["nonce"]) == 12
        sealed = base64.b64decode(resource["ciphertext"], validate=True)
        plain = AESGCM(self.apiv3_key.encode()).decrypt(
            resource["nonce"].encode(), sealed, resource["associated_data"].encode()
        )
        return json.loads(plain) if plain.startswith(b"{") else plain.decode()

    # ---- the usual calls ---------------------------------------------------------------------------------------------------------------

    def order_body(self, number: str, total: int = 1200, **more: Any) -> Record:
        body = {
            "appid": self.appid, "mchid": self.mchid, "description": "门诊缴费", "out_trade_no": number,
            "notify_url": f"{APP}/notify/payment", "amount": {"total": total, "currency": "CNY"},
            "payer": {"openid": self.world.openid()},
        }  # fmt: skip
        return {name: value for name, value in (body | more).items() if value is not ...}

    def order(self, number: str, total: int = 1200, **more: Any) -> Response:
        return self.call("POST", f"{TRADE}/jsapi", self.order_body(number, total, **more))

    def query(self, number: str) -> Response:
        return self.call("GET", f"{TRADE}/out-trade-no/{number}?mchid={self.mchid}")

    def close(self, number: str) -> Response:
        return self.call("POST", f"{TRADE}/out-trade-no/{number}/close", {"mchid": self.mchid})

    def refund(self, number: str, refund_no: str, refund: int, total: int = 1200, **more: Any) -> Response:
        body = {
            "out_trade_no": number, "out_refund_no": refund_no, "notify_url": REFUND_NOTICES,
            "amount": {"refund": refund, "total": total, "currency": "CNY"},
        }  # fmt: skip
        asked = {name: value for name, value in (body | more).items() if value is not ...}
        return self.call("POST", BACK, asked)

    def refund_state(self, refund_no: str) -> Record:
        response = self.call("GET", f"{BACK}/{refund_no}")
        assert response.status == 200
        told: Record = json.loads(response.body)
        return told

    def paid(self, total: int = 1200, **more: Any) -> str:
        """An order, placed and paid; its number."""
        number = new_number()
        response = self.order(number, total, **more)
        assert response.status == 200, response.body
        self.world.outside.wechatpay.pay(json.loads(response.body)["prepay_id"], "ok")
        return number


def in_minutes(now: Callable[[], datetime], minutes: float) -> str:
    return (now() + timedelta(minutes=minutes)).isoformat(timespec="seconds")


def state(merchant: Merchant, number: str) -> str:
    told: str = answer_of(merchant.query(number))["trade_state"]
    return told

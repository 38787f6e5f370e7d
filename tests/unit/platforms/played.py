"""Played parts for the adapters: a transport that answers by script, and WeChat Pay's own pen."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.core.errors import ZhenfuError
from server.core.ports import HttpRequest, HttpResponse, RawRequest
from tests.support.receiving import handed_over

Answer = HttpResponse | ZhenfuError | Callable[[HttpRequest], HttpResponse]


class ScriptedTransport:
    """Answers calls one after another as told, remembers what was sent, and fails the test on a call too many."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.sent: list[HttpRequest] = []

    async def send(self, request: HttpRequest) -> HttpResponse:
        self.sent.append(request)
        assert self.answers, f"unexpected call {request.method} {request.url.partition('?')[0]}"
        answer = self.answers.pop(0)
        if isinstance(answer, ZhenfuError):
            raise answer
        return await handed_over(request, answer(request) if callable(answer) else answer)


def plain(body: Any = b"", status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return HttpResponse(status=status, headers=headers or {}, body=raw)


@cache
def platform_key(name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_pem(name: str) -> str:
    return platform_key(name).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signed_headers(body: bytes, at: datetime, key: str, serial: str, nonce: str = "answer-nonce") -> dict[str, str]:
    """As WeChat Pay signs answers and notifications."""
    timestamp = str(int(at.timestamp()))
    text = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
    return {
        "wechatpay-timestamp": timestamp,
        "wechatpay-nonce": nonce,
        "wechatpay-serial": serial,
        "wechatpay-signature": base64.b64encode(platform_key(key).sign(text, PKCS1v15(), SHA256())).decode(),
    }


def sealed_notification(apiv3_key: str, event_type: str, resource: Mapping[str, object] | bytes) -> bytes:
    text = resource if isinstance(resource, bytes) else json.dumps(resource).encode()
    nonce, associated_data = "abcdefghijkl", "transaction"
    cipher = AESGCM(apiv3_key.encode()).encrypt(nonce.encode(), text, associated_data.encode())
    envelope = {
        "id": "EV-2026112300000001",
        "create_time": "2026-11-23T09:30:00+08:00",
        "resource_type": "encrypt-resource",
        "event_type": event_type,
        "resource": {
            "original_type": "transaction",
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(cipher).decode(),
            "associated_data": associated_data,
            "nonce": nonce,
        },
    }
    return json.dumps(envelope).encode()


def raw_request(
    body: bytes, headers: Mapping[str, str] | None = None, query: Mapping[str, str] | None = None, path: str = "/x"
) -> RawRequest:
    return RawRequest(method="POST", path=path, query=query or {}, headers=headers or {}, body=body)

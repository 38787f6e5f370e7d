"""The HMAC of docs/his-interface.md section 1, from the HIS's side."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

from sandbox.world.wire import Outbound, Request

SKEW_S = 300


def _signed(secret: str, kind: str, path: str, timestamp: str, nonce: str, body: bytes) -> str:
    text = f"{kind}\n{path}\n{timestamp}\n{nonce}\n{hashlib.sha256(body).hexdigest()}\n"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def request_signature(secret: str, path: str, timestamp: str, nonce: str, body: bytes) -> str:
    return _signed(secret, "REQUEST", path, timestamp, nonce, body)


def answer_signature(secret: str, path: str, timestamp: str, nonce: str, body: bytes) -> str:
    return _signed(secret, "ANSWER", path, timestamp, nonce, body)


def request_headers(key_id: str, secret: str, path: str, timestamp: int, nonce: str, body: bytes) -> dict[str, str]:
    return {
        "Content-Type": "application/json; charset=utf-8",
        "Zhenfu-Key-Id": key_id,
        "Zhenfu-Timestamp": str(timestamp),
        "Zhenfu-Nonce": nonce,
        "Zhenfu-Signature": request_signature(secret, path, str(timestamp), nonce, body),
    }


def is_signed(request: Request, keys: Mapping[str, str], now_s: float) -> bool:
    headers = request.headers
    secret, timestamp = keys.get(headers.get("zhenfu-key-id", "")), headers.get("zhenfu-timestamp", "")
    nonce = headers.get("zhenfu-nonce", "")
    if secret is None or not timestamp.isdecimal() or abs(now_s - int(timestamp)) > SKEW_S:
        return False
    if not (16 <= len(nonce) <= 64 and nonce.isascii() and nonce.isalnum()):
        return False
    right = request_signature(secret, request.target, timestamp, nonce, request.body)
    return hmac.compare_digest(right.encode(), headers.get("zhenfu-signature", "").encode())


def answer_headers(request: Request, secret: str, now_s: float, body: bytes) -> dict[str, str]:
    timestamp, nonce = str(int(now_s)), request.headers.get("zhenfu-nonce", "")
    signature = answer_signature(secret, request.target, timestamp, nonce, body)
    return {"Zhenfu-Timestamp": timestamp, "Zhenfu-Signature": signature}


def is_answer_signed(secret: str, asked: Outbound, headers: Mapping[str, str], body: bytes, now_s: float) -> bool:
    """The app's answer to our request. ``headers`` have lower-case names."""
    timestamp = headers.get("zhenfu-timestamp", "")
    if not timestamp.isdecimal() or abs(now_s - int(timestamp)) > SKEW_S:
        return False
    right = answer_signature(secret, urlsplit(asked.url).path, timestamp, asked.headers["Zhenfu-Nonce"], body)
    return hmac.compare_digest(right.encode(), headers.get("zhenfu-signature", "").encode())

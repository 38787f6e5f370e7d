"""HMAC signatures of the HIS interface, for both directions (docs/his-interface.md section 1)."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime

from server.core.errors import Forged

AGE_MAX_S = 300
KEY_ID = "Zhenfu-Key-Id"
TIMESTAMP = "Zhenfu-Timestamp"
NONCE = "Zhenfu-Nonce"
SIGNATURE = "Zhenfu-Signature"
_NONCE = re.compile(r"[0-9A-Za-z]{16,64}", re.ASCII)
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE = re.compile(r"[0-9a-f]{64}", re.ASCII)


def request_signature(secret: str, path: str, timestamp: str, nonce: str, body: bytes) -> str:
    """``path`` as sent, with the query, without the host."""
    return _sign(secret, "REQUEST", path, timestamp, nonce, body)


def answer_signature(secret: str, path: str, timestamp: str, nonce: str, body: bytes) -> str:
    """``path`` and ``nonce`` are the request's, ``timestamp`` the answer's own."""
    return _sign(secret, "ANSWER", path, timestamp, nonce, body)


def check_age(timestamp: str, now: datetime) -> None:
    """Raises Forged for a timestamp that is none, or more than 300 s away from ``now``."""
    if _TIMESTAMP.fullmatch(timestamp) is None or abs(now.timestamp() - int(timestamp)) > AGE_MAX_S:
        raise Forged("timestamp")


def check_answer(secret: str, path: str, nonce: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Raises Forged unless ``headers`` (lower-case names) sign ``body`` as the answer to this very question."""
    timestamp = headers.get(TIMESTAMP.lower(), "")
    check_age(timestamp, now)
    _compare(answer_signature(secret, path, timestamp, nonce, body), headers.get(SIGNATURE.lower(), ""))


def check_request(
    keys: Mapping[str, str], path: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> tuple[str, str]:
    """(key id, nonce) of a request that holds. Whether the nonce was seen before is not known here. Raises Forged."""
    key_id, timestamp, nonce, given = (headers.get(name.lower(), "") for name in (KEY_ID, TIMESTAMP, NONCE, SIGNATURE))
    check_age(timestamp, now)
    secret = keys.get(key_id)
    if secret is None or _NONCE.fullmatch(nonce) is None:
        raise Forged("key or nonce")
    _compare(request_signature(secret, path, timestamp, nonce, body), given)
    return key_id, nonce


def _sign(secret: str, kind: str, path: str, timestamp: str, nonce: str, body: bytes) -> str:
    lines = (kind, path, timestamp, nonce, hashlib.sha256(body).hexdigest())
    text = "".join(f"{line}\n" for line in lines).encode()
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def _compare(right: str, given: str) -> None:
    if _SIGNATURE.fullmatch(given) is None or not hmac.compare_digest(right, given):
        raise Forged("signature")

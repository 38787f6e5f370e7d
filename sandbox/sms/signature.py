"""Signature v1 of Aliyun's RPC calls (section 2), checked from the platform's side."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote


def encoded(text: str) -> str:
    """RFC 3986: unreserved stay, everything else %XX."""
    return quote(text, safe="-_.~")


def text_to_sign(method: str, params: Mapping[str, str]) -> str:
    """``params``: query and form together, without Signature."""
    pairs = sorted((key, value) for key, value in params.items() if key != "Signature")
    canonical = "&".join(f"{encoded(key)}={encoded(value)}" for key, value in pairs)
    return f"{method}&%2F&{encoded(canonical)}"


def signature(secret: str, method: str, params: Mapping[str, str]) -> str:
    digest = hmac.new(f"{secret}&".encode(), text_to_sign(method, params).encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()

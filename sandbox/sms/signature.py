"""Aliyun's signatures, checked from the platform's side: v1 of RPC calls (section 2) and v3, ACS3 (section 3)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote


def encoded(text: str) -> str:
    """RFC 3986: unreserved stay, everything else %XX."""
    return quote(text, safe="-_.~")


def _canonical(params: Mapping[str, str]) -> str:
    pairs = sorted((key, value) for key, value in params.items())
    return "&".join(f"{encoded(key)}={encoded(value)}" for key, value in pairs)


def text_to_sign(method: str, params: Mapping[str, str]) -> str:
    """v1. ``params``: query and form together; Signature is left out."""
    signed = {key: value for key, value in params.items() if key != "Signature"}
    return f"{method}&%2F&{encoded(_canonical(signed))}"


def signature(secret: str, method: str, params: Mapping[str, str]) -> str:
    digest = hmac.new(f"{secret}&".encode(), text_to_sign(method, params).encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def acs3_canonical(
    method: str, query: Mapping[str, str], headers: Mapping[str, str], names: list[str], body: bytes
) -> str:
    """v3's canonical request. ``headers`` have lower-case names, ``names`` are those that are signed, sorted."""
    lines = "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in names)
    return "\n".join([method, "/", _canonical(query), lines, ";".join(names), hashlib.sha256(body).hexdigest()])


def acs3_signature(
    secret: str, method: str, query: Mapping[str, str], headers: Mapping[str, str], names: list[str], body: bytes
) -> str:
    canonical = acs3_canonical(method, query, headers, names, body)
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()

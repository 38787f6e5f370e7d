"""A request and an answer as values, so that the whole world runs without sockets; the HTTP shell converts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """``target`` is path and raw query as sent; header names are lower-case."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    host: str = ""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    def json(self) -> Any:
        """The body as JSON, or None when it is none."""
        try:
            return read_json(self.body)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """A request that the sandbox makes to the app."""

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 5.0


def read_json(text: bytes | str) -> Any:
    """Raises ValueError, too for what no platform keeps: half a character (``\\ud800``), nesting without an end."""
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if ("\\u" if isinstance(text, str) else b"\\u") in text:  # type: ignore[operator]
        json.dumps(value, ensure_ascii=False).encode()
    return value


def split_address(text: str) -> SplitResult | None:
    """The parts of an absolute http(s) URL, or None."""
    try:
        parts = urlsplit(text)
        return parts if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def json_response(data: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(
        status=status, body=body, headers={"Content-Type": "application/json; charset=utf-8", **(headers or {})}
    )

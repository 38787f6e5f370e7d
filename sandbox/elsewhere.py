"""Refuses what a page from elsewhere makes a browser on this machine send: a strange host name, and posts of other origins.

The sandbox listens on this machine alone, and every browser here reaches it. A name of somebody's own that leads to 127.0.0.1 (DNS
rebinding) would make its pages theirs, and a form on any page could pay, reset or say things.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher
from tornado.web import RequestHandler

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})
READING = frozenset({"GET", "HEAD", "OPTIONS"})
OPAQUE = "null"
"""What a browser sends as ``Origin`` with a form of a page whose referrer policy is ``no-referrer``, as the app's pages have it."""
OWN_SITES = frozenset({"same-origin", "same-site"})
"""``Sec-Fetch-Site`` of a request that no page of another site has caused; no page can write this header."""


class FromElsewhere(Matcher):
    """Matches what is refused. ``app_urls`` are the app's own addresses here: its pages send forms to the platforms."""

    def __init__(self, *app_urls: str) -> None:
        self._app_ports = {_port(url) for url in app_urls}

    def match(self, request: HTTPServerRequest) -> dict[str, object] | None:
        if not _is_here(request.host_name):
            return {}
        origin = request.headers.get("Origin")
        if (
            request.method in READING or origin is None
        ):  # a platform's client sends none; a browser does, with every post
            return None
        if origin == OPAQUE:
            return None if request.headers.get("Sec-Fetch-Site") in OWN_SITES else {}
        own_port = _port(f"{request.protocol}://{request.host}")
        is_ours = _is_here(_host(origin)) and _port(origin) in {own_port, *self._app_ports}
        return None if is_ours else {}


class ElsewhereHandler(RequestHandler):
    def check_xsrf_cookie(self) -> None:
        return None

    def _refuse(self) -> None:
        self.set_status(403)
        self.finish({"error": "ELSEWHERE", "message": "the sandbox answers this machine's own pages and programs only"})

    get = head = post = put = patch = delete = options = _refuse


def _is_here(name: str) -> bool:
    return name in LOOPBACK or name.endswith(".localhost")


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _port(url: str) -> int | None:
    try:
        parts = urlsplit(url)
        return parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None

"""Which phone a host name means, and which hosts are the app's or the platforms' own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher

_PHONE_HOST = re.compile(r"(?P<kind>[a-z]{2,20})-(?P<number>[1-9][0-9]{0,2})\.localhost")
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneKind:
    """What is special about the phones of one platform.

    ``user_agent`` is what its in-app browser tells the app; ``page`` the file of the phone's own page; ``bridge`` the
    files that, one after the other, are the
    script which the real client injects into every page; ``static`` the folder behind ``/phone/assets/{name}/``, with ``desk.js``
    in it, which says what the desk shows of the platform; ``platform_paths`` are never the app's, on no phone.
    """

    name: str
    title: str
    user_agent: str
    page: Path
    bridge: tuple[Path, ...]
    static: Path
    platform_paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Phone:
    """Phone ``number`` (from 1) of a kind: it belongs to the world's person of that number."""

    kind: PhoneKind
    number: int


def phone_of(host_name: str, kinds: Mapping[str, PhoneKind]) -> Phone | None:
    """The phone whose host this is, None for every other host. ``host_name`` is without the port."""
    found = _PHONE_HOST.fullmatch(host_name.lower())
    if found is None or found["kind"] not in kinds:
        return None
    return Phone(kinds[found["kind"]], int(found["number"]))


class OnPhone(Matcher):
    """Tornado rule: the request came to a phone's host; its path is ``only`` (if given) and begins with none of
    ``apart_from``.
    """

    def __init__(self, kinds: Mapping[str, PhoneKind], only: str = "", apart_from: tuple[str, ...] = ()) -> None:
        self._kinds = kinds
        self._only = only
        self._apart_from = apart_from

    def match(self, request: HTTPServerRequest) -> dict[str, object] | None:
        path = request.path
        if phone_of(request.host_name, self._kinds) is None or path.startswith(self._apart_from):
            return None
        return {} if path == (self._only or path) else None


def origin_of(url: str) -> str:
    """``scheme://host:port`` of a URL, default ports left out as browsers do. Raises ValueError for a URL without a
    host.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not an absolute http(s) URL")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + ("" if parts.port in (None, default) else f":{parts.port}")


def with_loopback_names(origin: str) -> frozenset[str]:
    """The origin, and if it is this machine, the same under each of its names: settings may spell it either way."""
    parts: SplitResult = urlsplit(origin)
    host = parts.netloc.removesuffix(f":{parts.port}") if parts.port else parts.netloc
    if host not in LOOPBACK_NAMES:
        return frozenset({origin})
    port = f":{parts.port}" if parts.port else ""
    return frozenset(f"{parts.scheme}://{name}{port}" for name in LOOPBACK_NAMES)

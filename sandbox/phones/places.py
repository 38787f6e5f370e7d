"""Where the app and the sandbox are, and how an address of theirs looks from inside a phone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from sandbox.phones.hosts import origin_of, with_loopback_names


@dataclass(frozen=True, slots=True)
class Places:
    """``app`` is where the proxy connects to, ``app_public`` the origin under which the app knows itself, ``at_home``
    every origin that a phone shows as its own.
    """

    app: str
    app_public: str
    at_home: frozenset[str]

    @classmethod
    def make(cls, *, app_url: str, app_public_url: str, sandbox_port: int) -> Places:
        """Raises ValueError if a URL is no absolute http(s) URL, or if the app would be the sandbox itself."""
        app, public = origin_of(app_url), origin_of(app_public_url)
        sandbox = with_loopback_names(f"http://localhost:{sandbox_port}")
        if app in sandbox:
            raise ValueError("the app's address is the sandbox's own: the phones would proxy themselves")
        return cls(app, public, with_loopback_names(app) | with_loopback_names(public) | sandbox)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Places:
        """``ZHENFU_APP_URL`` (or ``ZHENFU_PORT`` on this machine), ``ZHENFU_PUBLIC_URL`` and ``ZHENFU_SANDBOX_PORT``."""
        port = environ.get("ZHENFU_PORT") or "8888"
        return cls.make(
            app_url=environ.get("ZHENFU_APP_URL") or f"http://127.0.0.1:{port}",
            app_public_url=environ.get("ZHENFU_PUBLIC_URL") or f"http://localhost:{port}",
            sandbox_port=int(environ.get("ZHENFU_SANDBOX_PORT") or 8889),
        )

    def on_phone(self, url: str, phone_origin: str) -> str:
        """The same address on the phone's host. An address elsewhere, or one without a host, stays as it is."""
        try:
            if origin_of(url) not in self.at_home:
                return url
        except ValueError:
            return url
        parts = urlsplit(url)
        return phone_origin + parts._replace(scheme="", netloc="", path=parts.path or "/").geturl()

    def for_app(self, url: str, phone_origin: str) -> str:
        """An ``Origin`` or ``Referer`` that a browser sent from the phone's host, as the app would see it on its
        public address.
        """
        if url == phone_origin or url.startswith(phone_origin + "/"):
            return self.app_public + url[len(phone_origin) :]
        return url

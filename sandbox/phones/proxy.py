"""The phone's way to the app: every path that is not the platforms' or the phone's own is the app's, at its real
path.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from html import escape
from pathlib import Path

from tornado.http1connection import HTTP1Connection
from tornado.httputil import HTTPHeaders
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler, stream_request_body

from sandbox.phones.csp import nonce_of
from sandbox.phones.headers import request_headers, response_headers
from sandbox.phones.hosts import PhoneKind, phone_of
from sandbox.phones.injection import Injection
from sandbox.phones.places import Places
from sandbox.phones.upstream import AnswerCutShort, AppUnreachable, Exchange

REQUEST_BYTES_MAX = 8 * 1024 * 1024
BRIDGE_PATH = "/phone/bridge.js"
TEMPLATES = Path(__file__).resolve().parent / "templates"
_log = logging.getLogger(__name__)


@stream_request_body
class ProxyHandler(RequestHandler):
    """Passes one request to the app and streams the answer back. It connects to the app's address only, whatever the
    request says.
    """

    def initialize(self, places: Places, kinds: Mapping[str, PhoneKind]) -> None:
        self._places = places
        self._kinds = kinds
        self._exchange = Exchange(places.app)
        self._body = bytearray()
        self._injection: Injection | None = None

    def prepare(self) -> None:
        if not (self.request.uri or "").startswith("/"):
            raise HTTPError(400, "not an origin-form request")
        if int(self.request.headers.get("Content-Length") or 0) > REQUEST_BYTES_MAX:
            raise HTTPError(413)
        if isinstance(self.request.connection, HTTP1Connection):
            self.request.connection.set_max_body_size(REQUEST_BYTES_MAX)  # for bodies that come in chunks

    def data_received(self, chunk: bytes) -> None:
        self._body += chunk

    def on_connection_close(self) -> None:
        super().on_connection_close()
        self._exchange.cancel()

    def compute_etag(self) -> None:
        """The app's own ETag passes through; the proxy adds none."""

    async def _pass(self) -> None:
        phone = phone_of(self.request.host_name, self._kinds)
        if phone is None:  # the route lets only phones in
            raise HTTPError(404)
        headers = request_headers(
            self.request.headers,
            places=self._places,
            phone_origin=self._phone_origin,
            user_agent=phone.kind.user_agent,
            client_ip=self.request.remote_ip or "127.0.0.1",
        )
        if self._body or self.request.method in ("POST", "PUT", "PATCH"):
            headers["Content-Length"] = str(len(self._body))
        try:
            await self._exchange.run(
                self.request.method or "GET", self.request.uri or "/", headers, bytes(self._body), self
            )
        except AppUnreachable:
            self._say_unreachable()
            return
        except AnswerCutShort:
            _log.warning("the app's answer to %s broke off", self.request.path)
            self.detach().close()  # the browser must see it broken too, not complete
            return
        await self._end()

    get = head = post = put = patch = delete = options = _pass

    @property
    def _phone_origin(self) -> str:
        return f"{self.request.protocol}://{self.request.host}"

    async def begin(self, status: int, reason: str, headers: HTTPHeaders) -> None:
        """See ``upstream.Sink``."""
        policy = ",".join(headers.get_list("Content-Security-Policy"))
        is_page = self._is_page(headers)
        if is_page:
            self._injection = Injection(_tag(nonce_of(policy)))
        passed = response_headers(
            headers,
            places=self._places,
            phone_origin=self._phone_origin,
            script_url=self._phone_origin + BRIDGE_PATH,
            rewritten_body=is_page,
        )
        for name in list(self._headers):
            self.clear_header(name)
        self.set_status(status, reason)
        for name, value in passed.get_all():
            self.add_header(name, value)
        await self.flush()

    async def piece(self, data: bytes) -> None:
        """See ``upstream.Sink``."""
        out = self._injection.feed(data) if self._injection else data
        if out:
            self.write(out)
            await self.flush()

    async def _end(self) -> None:
        if self._injection and self.request.method != "HEAD":
            self.write(self._injection.end())
        try:
            await self.finish()
        except StreamClosedError:
            _log.debug("the browser left before the end of %s", self.request.path)

    def _is_page(self, headers: HTTPHeaders) -> bool:
        """A document that the browser shows, not a fragment that a script fetches."""
        if (
            not headers.get("Content-Type", "").lower().startswith("text/html")
            or headers.get("Content-Encoding", "identity") != "identity"
        ):
            return False
        return self.request.headers.get("Sec-Fetch-Dest", "document") in ("document", "iframe", "frame")

    def _say_unreachable(self) -> None:
        self.set_status(502)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.render("offline.html", app=self._places.app)

    def get_template_path(self) -> str:
        return str(TEMPLATES)


def _tag(nonce: str) -> bytes:
    carried = f' nonce="{escape(nonce)}"' if nonce else ""
    return f'<script src="{BRIDGE_PATH}"{carried}></script>'.encode()

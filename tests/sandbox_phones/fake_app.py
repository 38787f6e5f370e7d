"""A tiny app behind the phones: it answers as the tests ask and remembers what reached it."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from tornado.httputil import HTTPServerRequest
from tornado.web import Application, RequestHandler

PAGE = '<!doctype html>\n<html lang="zh"><HEAD data-a="1"><title>缴费</title></HEAD><body>好</body></html>'
POLICY = "default-src 'self'; script-src 'self'; frame-ancestors 'none'"


class FakeApp:
    """``origin`` is set once it listens; ``seen`` holds every request in order; ``gates`` lets a stream go on piece
    by piece.
    """

    def __init__(self) -> None:
        self.origin = ""
        self.seen: list[HTTPServerRequest] = []
        self.gate = asyncio.Event()
        self.stream_closed = asyncio.Event()

    def application(self) -> Application:
        return Application(
            [
                (r"/page", _Page, {"fake": self}),
                (r"/go", _Redirect, {"fake": self}),
                (r"/cookies", _Cookies, {"fake": self}),
                (r"/events", _Events, {"fake": self}),
                (r"/broken", _Broken, {"fake": self}),
                (r"/nothing", _Nothing, {"fake": self}),
                (r"/.*", _Echo, {"fake": self}),
            ]
        )


class _Remembering(RequestHandler):
    def initialize(self, fake: FakeApp) -> None:
        self.fake = fake

    def prepare(self) -> None:
        self.fake.seen.append(self.request)


class _Page(_Remembering):
    def get(self) -> None:
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("X-Frame-Options", "DENY")
        self.set_header("Referrer-Policy", "no-referrer")
        self.write(PAGE)

    head = get


class _Redirect(_Remembering):
    def get(self) -> None:
        self.set_status(302)
        self.set_header("Location", self.get_query_argument("to"))


class _Cookies(_Remembering):
    def get(self) -> None:
        self.add_header("Set-Cookie", "a=1; Domain=pay.example.org; Path=/; HttpOnly; SameSite=Lax")
        self.add_header("Set-Cookie", "__Host-b=2; Path=/; Secure; HttpOnly")


class _Events(_Remembering):
    async def get(self) -> None:
        self.set_header("Content-Type", "text/event-stream")
        self.write("data: first\n\n")
        await self.flush()
        await self.fake.gate.wait()
        self.write("data: second\n\n")

    def on_connection_close(self) -> None:
        self.fake.stream_closed.set()
        self.fake.gate.set()


class _Broken(_Remembering):
    async def get(self) -> None:
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Content-Length", "100")
        self.write(b"only this")
        await self.flush()
        self.detach().close()


class _Nothing(_Remembering):
    def delete(self) -> None:
        self.set_status(204)


class _Echo(_Remembering):
    def get(self) -> None:
        self.set_header("Connection", "X-Private")
        self.set_header("X-Private", "for this hop only")
        self.set_header("X-Kept", "yes")
        self.write(
            {
                "method": self.request.method,
                "uri": self.request.uri,
                "body": self.request.body.decode(),
                "headers": dict(self.request.headers),
            }
        )

    post = put = patch = delete = options = get


def go(to: str) -> str:
    return f"/go?to={quote(to, safe='')}"

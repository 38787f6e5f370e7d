"""The platforms' APIs over HTTP: bytes in, the world's answer out, and the faults that are about time and sockets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace

from tornado.web import RequestHandler

from sandbox.controls.courier import Courier
from sandbox.outside import Outside
from sandbox.phones.hosts import phone_of
from sandbox.phones.places import Places
from sandbox.phones.routes import KINDS
from sandbox.world.faults import seconds_of
from sandbox.world.people import Person
from sandbox.world.wire import Record, Request, Response, split_address

NEVER_S = 120.0
HTML = Response(headers={"Content-Type": "text/html"}, body=b"<html><body><h1>502 Bad Gateway</h1></body></html>")


def as_request(handler: RequestHandler) -> Request:
    """Of a target in absolute form (``POST http://host/gateway.do``), which an official SDK sends, the path counts."""
    request = handler.request
    target = request.uri or "/"
    whole = split_address(target)
    if whole is not None:
        target = f"{whole.path or '/'}{f'?{whole.query}' if whole.query else ''}"
    return Request(
        method=request.method or "GET",
        target=target,
        headers={name.lower(): value for name, value in request.headers.get_all()},
        body=request.body,
        host=request.host,
    )


class PlatformHandler(RequestHandler):
    """Every platform's API. A call that is cut off here may or may not have been done, as in life."""

    def initialize(self, outside: Outside, courier: Courier) -> None:
        self._outside = outside
        self._courier = courier
        self._gone = asyncio.Event()

    def check_xsrf_cookie(self) -> None:
        return None

    async def _serve(self) -> None:
        request = as_request(self)
        struck = self._outside.strike(request)
        if struck is None:
            if request.path == "/":
                self.redirect("/sandbox/")
                return
            self.set_status(404)
            self.finish({"error": "NOT_FOUND", "message": "no platform has this path; see sandbox/README.md"})
            return
        what = struck.fault["what"] if struck.fault else ""
        if await self._before(what, struck.fault or {}):
            return
        response = self._outside.handle(struck, request)
        self._courier.wake()
        if what == "timeout_after_work":
            await self._never()
            return
        if what == "slow_answer":
            await asyncio.sleep(min(seconds_of(struck.fault or {}, 1.0), NEVER_S))
        self._send(HTML if what == "garbled" else response)

    async def _before(self, what: str, fault: Record) -> bool:
        """True when the call ends here, undone."""
        if what == "delay":
            await asyncio.sleep(min(seconds_of(fault, 1.0), NEVER_S))
        if what == "timeout_before_work":
            await self._never()
        elif what == "down":
            self._cut()
        elif what == "error_5xx":
            self._send(
                Response(
                    status=int(fault.get("status", 500)),
                    headers={"Content-Type": "application/json"},
                    body=b'{"code":"SYSTEM_ERROR","message":"system error"}',
                )
            )
        return what in {"timeout_before_work", "down", "error_5xx"}

    async def _never(self) -> None:
        """Silence until the other side gives up."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._gone.wait(), NEVER_S)
        self._cut()

    def on_connection_close(self) -> None:
        self._gone.set()

    def _cut(self) -> None:
        self.detach().close()

    def _send(self, response: Response) -> None:
        self.set_status(response.status)
        if response.status == 204:
            self.clear_header("Content-Type")
        for name, value in response.headers.items():
            self.set_header(name, value)
        self.finish(response.body if response.status != 204 else None)

    get = post = put = delete = _serve


class PersonsPageHandler(RequestHandler):
    """A platform's page for a person: the host says whose phone it is. On another platform's phone it is nobody's."""

    def initialize(
        self, outside: Outside, places: Places, kind: str, page: Callable[[Request, Person | None], Response]
    ) -> None:
        self._outside = outside
        self._places = places
        self._kind = kind
        self._page = page

    def get(self) -> None:
        phone = phone_of(self.request.host_name, KINDS)
        is_theirs = phone is not None and phone.kind.name == self._kind
        person = self._outside.scene.person(str(phone.number)) if phone and is_theirs else None
        response = self._page(self._as_on_the_app(as_request(self)), person)
        self.set_status(response.status)
        for name, value in response.headers.items():
            self.set_header(name, value)
        self.finish(response.body)

    def _as_on_the_app(self, request: Request) -> Request:
        """A page of the app that a phone shows on its own host is the app's: so the Referer says."""
        came_from = request.headers.get("referer", "")
        here = f"{self.request.protocol}://{self.request.host}"
        return replace(request, headers={**request.headers, "referer": self._places.for_app(came_from, here)})

"""A fake app and a phone in front of it, on free ports."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest_asyncio
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.routing import PathMatches, Rule
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from sandbox.phones.hosts import OnPhone
from sandbox.phones.places import Places
from sandbox.phones.proxy import ProxyHandler
from sandbox.phones.staying import stay_on_phone
from sandbox.phones.wechat import WECHAT
from tests.sandbox_phones.fake_app import FakeApp

KINDS = {WECHAT.name: WECHAT}


@dataclass
class PhoneClient:
    """Asks the phone as a browser would: by its host name, on loopback, following no redirect."""

    port: int
    fake: FakeApp
    client: AsyncHTTPClient
    app_server: HTTPServer

    async def stop_app(self) -> None:
        self.app_server.stop()
        await self.app_server.close_all_connections()

    @property
    def origin(self) -> str:
        return f"http://wechat-1.localhost:{self.port}"

    def request(
        self,
        path: str,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        on_piece: Callable[[bytes], None] | None = None,
    ) -> HTTPRequest:
        return HTTPRequest(
            f"http://127.0.0.1:{self.port}{path}",
            method=method,
            body=body,
            headers={"Host": f"wechat-1.localhost:{self.port}", **(headers or {})},
            follow_redirects=False,
            allow_nonstandard_methods=True,
            decompress_response=False,
            streaming_callback=on_piece,
        )

    async def ask(
        self, path: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes | None = None
    ) -> HTTPResponse:
        return await self.client.fetch(self.request(path, method, headers, body), raise_error=False)


class _Platform(RequestHandler):
    """A platform's page that sends the patient back, as OAuth does."""

    def get(self) -> None:
        self.redirect(self.get_query_argument("redirect_uri") + "?code=c&state=s")


@pytest_asyncio.fixture
async def phone() -> AsyncIterator[PhoneClient]:
    fake = FakeApp()
    app_socket, app_port = bind_unused_port()
    fake.origin = f"http://127.0.0.1:{app_port}"
    app_server = HTTPServer(fake.application())
    app_server.add_socket(app_socket)

    sandbox_socket, port = bind_unused_port()
    places = Places.make(app_url=fake.origin, app_public_url="https://pay.example.org", sandbox_port=port)
    sandbox = HTTPServer(
        Application(
            [
                Rule(PathMatches("/connect/oauth2/authorize"), _Platform),
                Rule(OnPhone(KINDS), ProxyHandler, {"places": places, "kinds": KINDS}),
            ],
            transforms=[stay_on_phone(places, KINDS)],
        )
    )
    sandbox.add_socket(sandbox_socket)

    client = AsyncHTTPClient(force_instance=True)
    phone = PhoneClient(port, fake, client, app_server)
    yield phone
    client.close()
    sandbox.stop()
    await sandbox.close_all_connections()
    await phone.stop_app()

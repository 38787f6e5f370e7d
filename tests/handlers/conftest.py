"""pytest-tornado's fixtures over the doors, and a browser that keeps cookies."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.ioloop import IOLoop
from tornado.web import Application

from server.patients.model import Session
from tests.handlers.doors import WECHAT, an_app, doors_of
from tests.support.builders import a_bill, a_scan, a_session
from tests.support.in_memory_app import InMemoryApp

TOKEN = re.compile(r'name="_xsrf" value="([^"]+)"')
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0"
Form = Sequence[tuple[str, str]] | Mapping[str, str]


class Browser:
    """Keeps cookies, never follows a redirect by itself."""

    def __init__(self, client: AsyncHTTPClient, base_url: str, user_agent: str = WECHAT) -> None:
        self._client = client
        self._base_url = base_url
        self.user_agent = user_agent
        self.cookies: dict[str, str] = {}
        self.set_cookie_headers: list[str] = []

    def another(self) -> Browser:
        """The same kind of browser, of somebody else."""
        return Browser(self._client, self._base_url, self.user_agent)

    async def get(self, path: str, **headers: str) -> HTTPResponse:
        return await self._fetch(path, "GET", None, headers)

    async def post(self, path: str, form: Form, **headers: str) -> HTTPResponse:
        return await self._fetch(path, "POST", urlencode(form), headers)

    async def submit(self, page: HTTPResponse, path: str, form: Form, **headers: str) -> HTTPResponse:
        """As the form on ``page`` does it: with its token."""
        found = TOKEN.search(text_of(page))
        assert found is not None, "there is no form on this page"
        pairs = list(form.items()) if isinstance(form, Mapping) else list(form)
        return await self.post(path, [*pairs, ("_xsrf", found[1])], **headers)

    async def send_bytes(self, path: str, body: bytes, content_type: str) -> HTTPResponse:
        """A form with a file, as a browser has encoded it."""
        return await self._fetch(path, "POST", body, {"Content-Type": content_type})

    async def _fetch(
        self, path: str, method: str, body: str | bytes | None, headers: Mapping[str, str]
    ) -> HTTPResponse:
        sent = {"User-Agent": self.user_agent, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = await self._client.fetch(
            self._base_url + path, method=method, body=body, headers=sent, follow_redirects=False, raise_error=False
        )
        for header in answer.headers.get_list("Set-Cookie"):
            self.set_cookie_headers.append(header)
            for name, morsel in SimpleCookie(header).items():
                if morsel.value and not morsel["expires"]:
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)
        return answer


def text_of(answer: HTTPResponse) -> str:
    return answer.body.decode()


def place(answer: HTTPResponse) -> str:
    """Where a redirect leads, without the host."""
    return urlsplit(answer.headers["Location"])._replace(scheme="", netloc="").geturl()


@pytest.fixture
def io_loop() -> Iterator[IOLoop]:
    """pytest-tornado's own fixture makes its loop in a way that Tornado has deprecated."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    io_loop = IOLoop(asyncio_loop=loop, make_current=False)
    yield io_loop
    io_loop.close(all_fds=True)
    asyncio.set_event_loop(None)


@pytest.fixture
def memory_app() -> InMemoryApp:
    return an_app(
        a_bill("B1", 3720, settle_group="G"),
        a_bill("B2", 1000, settle_group="G"),
        a_bill("B3", 50, department="检验科"),
    )


@pytest.fixture
def app(memory_app: InMemoryApp) -> Application:
    return doors_of(memory_app)


@pytest.fixture
def browser(http_client: AsyncHTTPClient, base_url: str) -> Browser:
    return Browser(http_client, base_url)


@pytest.fixture
def desk(http_client: AsyncHTTPClient, base_url: str) -> Browser:
    """A computer of the hospital's staff."""
    return Browser(http_client, base_url, DESK)


@pytest.fixture
def enter(memory_app: InMemoryApp, browser: Browser) -> Any:
    """Logs the browser in: with the bills of a scan unless told otherwise."""

    async def log_in(*bill_nos: str, subject: str = "openid-zhang-ceshi", **fields: Any) -> Session:
        scans = (a_scan(*bill_nos),) if bill_nos else ()
        session = a_session(subject, *scans, **fields)
        await memory_app.stores.sessions.put(session)
        browser.cookies["__Host-session-demo"] = session.id
        return session

    return log_in


@pytest.fixture
def post(http_client: AsyncHTTPClient, base_url: str) -> Any:
    async def send(path: str, body: bytes | str, **headers: str) -> HTTPResponse:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await http_client.fetch(base_url + path, method="POST", body=body, headers=sent, raise_error=False)

    return send

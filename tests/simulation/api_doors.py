"""The JSON doors without a socket: the real Tornado handlers of one process, from the request's bytes to the answer's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from tornado.concurrent import Future
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine, ResponseStartLine
from tornado.web import Application

from handlers import api
from handlers.api.doors import BASE
from handlers.base import cookies
from handlers.base.admission import Admission
from handlers.base.limits import RateLimits
from handlers.patient.login_lane import RefusedCodes
from server.app.wiring import Composition

HOST = "app.example"
ADDRESS = "203.0.113.9"


@dataclass(frozen=True, slots=True)
class Asked:
    """``path`` is below the hospital's address, ``sender`` the name of the phone. ``token`` and ``key`` become headers."""

    sender: str
    method: str
    path: str
    body: Mapping[str, Any] | None = None
    token: str = ""
    key: str = ""

    @property
    def door(self) -> str:
        """What is asked for, without the numbers in it."""
        return f"{self.method} /{self.path.split('/')[1]}"

    @property
    def content(self) -> bytes:
        return b"" if self.body is None else json.dumps(self.body, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    @property
    def good(self) -> bool:
        return 200 <= self.status <= 299

    @property
    def code(self) -> str:
        """Of a problem, else empty."""
        return "" if self.good or not isinstance(self.body, dict) else str(self.body.get("code", ""))


class ApiDoors:
    """Of one life of a process: its limits begin anew with it."""

    def __init__(self, parts: Composition, hospital_id: str) -> None:
        self._base = f"{BASE}/{hospital_id}"
        self._application = Application(
            [(pattern, handler, {"door": name}) for name, pattern, handler in api.doors()],
            services=parts.services,
            rate_limits=RateLimits(),
            refused_codes=RefusedCodes(),
            admission=Admission(),
            log_function=lambda handler: None,
            **cookies.xsrf_settings(f"https://{HOST}"),
        )

    async def answer(self, asked: Asked) -> Answered:
        connection = _Connection()
        request = HTTPServerRequest(
            start_line=RequestStartLine(asked.method, f"{self._base}{asked.path}", "HTTP/1.1"),
            headers=_headers(asked),
            body=asked.content,
            connection=connection,  # type: ignore[arg-type]
        )
        found = self._application.find_handler(request)
        handler = found.handler_class(self._application, request, **found.handler_kwargs)
        await handler._execute([], *found.path_args, **found.path_kwargs)  # noqa: SLF001 - what Tornado itself calls
        return connection.answered()


def _headers(asked: Asked) -> HTTPHeaders:
    headers = HTTPHeaders({"Host": HOST, "Content-Type": "application/json", "Accept": "application/json"})
    if asked.token:
        headers["Authorization"] = f"Bearer {asked.token}"
    if asked.key:
        headers["Idempotency-Key"] = asked.key
    return headers


class _Connection:
    """What Tornado writes an answer to."""

    def __init__(self) -> None:
        self.context = SimpleNamespace(remote_ip=ADDRESS, protocol="https")
        self._status = 0
        self._headers: HTTPHeaders = HTTPHeaders()
        self._body = b""

    def set_close_callback(self, callback: Any) -> None:
        """Nobody hangs up here: a phone that gives up is not heard of."""

    def write_headers(self, start: ResponseStartLine, headers: HTTPHeaders, chunk: bytes | None = None) -> Future[None]:
        self._status, self._headers = start.code, headers
        return self.write(chunk or b"")

    def write(self, chunk: bytes) -> Future[None]:
        self._body += chunk
        done: Future[None] = Future()
        done.set_result(None)
        return done

    def finish(self) -> None:
        """Everything is written."""

    def answered(self) -> Answered:
        headers = {name.lower(): value for name, value in self._headers.get_all()}
        return Answered(self._status, headers, json.loads(self._body) if self._body else None)

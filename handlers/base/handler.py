"""What every door has: limits, headers, one way to fail, one line in the log, one count in the metrics."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Any, ClassVar

from tornado.web import RequestHandler

from handlers.base.admission import Admission, Share
from handlers.base.cookies import is_secure
from handlers.base.errors import described, shown
from handlers.base.limits import PER_PERSON, Allowance, RateLimits
from server.app.services import Services
from server.core.errors import TooLarge, TooManyTries
from server.core.ports import RawReply, RawRequest
from server.patients.model import Session

log = logging.getLogger("zhenfu.doors")

JSON_TYPE = "application/json; charset=utf-8"
PROBLEM_TYPE = "application/problem+json; charset=utf-8"
SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
HTTPS_ONLY = "max-age=31536000"
"""One year for this host alone: what else the hospital has below its domain is its own."""
REFERENCE_LENGTH = 8
REFERENCE = "Zhenfu-Reference"
"""Header with the reference number, where the platform says what the body must be."""


class BaseHandler(RequestHandler):
    """``door`` is this route's name in logs and metrics: never a path, which may hold a seal or a secret. ``of_route`` is what else
    the route table says of it."""

    body_bytes_max: ClassVar[int] = 16 * 1024
    share: ClassVar[Share | None] = Share.PAGES
    allowance: Allowance | None = None
    _admitted = False
    _person_inside = ""

    def initialize(self, door: str, **of_route: Any) -> None:
        self.door = door
        self.of_route = of_route

    @property
    def services(self) -> Services:
        services: Services = self.application.settings["services"]
        return services

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        for name, value in SECURITY_HEADERS.items():
            self.set_header(name, value)
        if is_secure(self.application.settings.get("public_url", "")):
            self.set_header("Strict-Transport-Security", HTTPS_ONLY)

    def prepare(self) -> Any:  # None; a door that must wait for something overrides it with a coroutine
        if self.share is not None:
            self._admission.enter(self.share, self.door, self.request.remote_ip or "")
            self._admitted = True
        if len(self.request.body) > self.body_bytes_max:
            raise TooLarge("body")

    def on_finish(self) -> None:
        if self._admitted and self.share is not None:
            self._admission.leave(self.share, self.door, self.request.remote_ip or "")
        if self._person_inside:
            self._admission.leave_person(self._person_inside)

    def admit(self, session: Session) -> None:
        """This person does not crowd others out, neither at once nor in a minute. Raises TooManyTries."""
        person = f"{session.hospital}:{session.identity.key}"
        self._admission.enter_person(person)
        self._person_inside = person
        self.spend(person, self.application.settings.get("requests_per_person", PER_PERSON))

    def spend(self, caller: str, most: int) -> None:
        """One of ``most`` requests that this caller has in a minute. Raises TooManyTries."""
        limits: RateLimits = self.application.settings["rate_limits"]
        self.allowance = limits.spend(caller, most, self.services.clock.now().timestamp())
        if self.allowance.remaining < 0:
            raise TooManyTries("rate limit", wait_seconds=self.allowance.reset_s)

    @property
    def _admission(self) -> Admission:
        admission: Admission = self.application.settings["admission"]
        return admission

    def compute_etag(self) -> str | None:
        """No ETag: personal answers are never kept, and hashing them costs time."""
        return None

    def raw_request(self) -> RawRequest:
        """The request as it came, for a verifier."""
        query = {name: values[0].decode("utf-8", "replace") for name, values in self.request.query_arguments.items()}
        headers = {name.lower(): value for name, value in self.request.headers.items()}
        return RawRequest(
            method=self.request.method or "",
            path=self.request.uri or "",
            query=query,
            headers=headers,
            body=self.request.body,
        )

    def send(self, reply: RawReply) -> None:
        self.set_status(reply.status)
        self.set_header("Content-Type", reply.content_type)
        self.finish(reply.body)

    def send_json(self, data: Mapping[str, object], status: int = HTTPStatus.OK) -> None:
        body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
        self.send(RawReply(status=status, body=body, content_type=JSON_TYPE))

    # ---- failing ---------------------------------------------------------------------------------------------------------------

    @property
    def reference(self) -> str:
        """The number under which this request's error is found in the log."""
        if not hasattr(self, "_reference"):
            self._reference = self.services.ids.text(REFERENCE_LENGTH)
        return self._reference

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """One line, without the address, the body or the text of foreign exceptions."""
        level = logging.ERROR if shown(value).status >= 500 else logging.INFO
        log.log(level, "failed door=%s reference=%s why=%s", self.door, self.reference, described(value))

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Tornado's way to an error, with the status of our own table."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        super().send_error(shown(error).status if error is not None else status_code, **kwargs)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """The door's own way to say it, or the plainest one where even that fails: nobody is answered with nothing."""
        try:
            self.show_error(status_code, **kwargs)
        except Exception as error:
            log.error("error page failed door=%s reference=%s why=%s", self.door, self.reference, described(error))
            BaseHandler.show_error(self, status_code, **kwargs)

    def show_error(self, status_code: int, **kwargs: Any) -> None:
        """What this kind of door answers to a failed request, always with its reference. A door may override it."""
        error = shown(kwargs.get("exc_info", (None, None, None))[1])
        if error.wait_seconds:
            self.set_header("Retry-After", str(error.wait_seconds))
        self.send_json(error.as_json(self.reference), status_code)


class PlatformHandler(BaseHandler):
    """A door for machines: they prove themselves by signature, so the pages' XSRF token is not asked."""

    body_bytes_max: ClassVar[int] = 64 * 1024
    share: ClassVar[Share | None] = Share.PLATFORMS

    def initialize(self, door: str, **of_route: Any) -> None:
        super().initialize(door, **of_route)
        # or else Tornado takes a form apart, before anybody has verified it
        self.request.headers.pop("Content-Type", None)

    def check_xsrf_cookie(self) -> None:
        return None

"""What a client asks its platform: it knows whose phone asks, because the host says it, as a real client knows its own user."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tornado.web import HTTPError, RequestHandler

from sandbox.phones.hosts import PhoneKind, phone_of
from sandbox.phones.places import Places

_BODY_BYTES_MAX = 16_384


@dataclass(frozen=True, slots=True)
class PageParts:
    kinds: Mapping[str, PhoneKind]
    places: Places


class OfThisPhone(RequestHandler):
    def initialize_phone(self, kind: str, page: PageParts) -> None:
        self._kind = kind
        self._page = page

    def prepare(self) -> None:
        self.set_header("Cache-Control", "no-store")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        told = error.log_message if isinstance(error, HTTPError) and error.log_message else "支付系统繁忙"
        self.finish({"message": told})

    def number(self) -> int:
        """Of this phone; 404 on a host that is none of this platform's."""
        phone = phone_of(self.request.host_name, self._page.kinds)
        if phone is None or phone.kind.name != self._kind:
            raise HTTPError(404, "没有这部手机")
        return phone.number

    def body(self) -> dict[str, object]:
        if len(self.request.body) > _BODY_BYTES_MAX:
            raise HTTPError(413)
        try:
            body = json.loads(self.request.body)
        except ValueError:
            raise HTTPError(400) from None
        if not isinstance(body, dict):
            raise HTTPError(400)
        return body

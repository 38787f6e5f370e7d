"""Keeps the platforms' redirects on the phone's host: an OAuth answer leads to the app's public address, which is
home there.
"""

from __future__ import annotations

from collections.abc import Mapping

from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import OutputTransform

from sandbox.phones.hosts import PhoneKind, phone_of
from sandbox.phones.places import Places


def stay_on_phone(places: Places, kinds: Mapping[str, PhoneKind]) -> type[OutputTransform]:
    """For ``Application(transforms=[…])``: it sees every answer of the sandbox, whichever handler wrote it."""

    class StayOnPhone(OutputTransform):
        def __init__(self, request: HTTPServerRequest) -> None:
            on_phone = phone_of(request.host_name, kinds) is not None
            self._origin = f"{request.protocol}://{request.host}" if on_phone else ""

        def transform_first_chunk(
            self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
        ) -> tuple[int, HTTPHeaders, bytes]:
            if self._origin and "Location" in headers:
                headers["Location"] = places.on_phone(headers["Location"], self._origin)
            return status_code, headers, chunk

    return StayOnPhone

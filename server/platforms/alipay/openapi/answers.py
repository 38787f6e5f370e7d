"""An answer of the gateway: cut, verified, then read (docs/protocols/alipay.md section 3).

The signature covers the raw bytes of the answer's object. They are found by a JSON scanner, which knows strings from braces.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from server.core.errors import Forged, OutcomeUnknown
from server.core.ports import HttpResponse
from server.platforms.alipay.openapi.errors import SUCCESS, Said, error_of
from server.platforms.alipay.openapi.forms import GBK, UTF_8
from server.platforms.alipay.openapi.keys import AlipayVerifier

ERROR_NODE = "error_response"
_WITHOUT_CODE = frozenset({"alipay.system.oauth.token"})
"""Whose success carries no code; of any other call an answer without one says nothing."""
_SPACE = " \t\r\n"
_MEMBERS_MAX = 16
_decoder = json.JSONDecoder()


def encoding_of(body: bytes) -> str:
    """UTF-8, else GBK, in which the gateway may answer although UTF-8 was asked for. Raises ValueError for what is neither, byte for
    byte: the signature is checked over the bytes that came.
    """
    with suppress(UnicodeDecodeError):
        body.decode()
        return UTF_8
    if body.decode(GBK).encode(GBK) != body:
        raise ValueError("no text of one encoding")
    return GBK


def members_of(body: bytes, encoding: str = UTF_8) -> dict[str, str]:
    """The members of a JSON object, each value as it stands there, byte for byte. Raises ValueError; a name twice is one."""
    text = body.decode(encoding)
    at = _behind(text, 0, "{")
    found: dict[str, str] = {}
    while len(found) < _MEMBERS_MAX:
        name, at = _value(text, at)
        begins = _behind(text, at, ":")
        _, at = _value(text, begins)
        if not isinstance(name, str) or name in found:
            raise ValueError("no name, or one twice")
        found[name] = text[begins:at]
        at = _space(text, at)
        if text[at : at + 1] == "}":
            _nothing_behind(text, at + 1)
            return found
        at = _behind(text, at, ",")
    raise ValueError("too many members")


def _value(text: str, at: int) -> tuple[Any, int]:
    """The JSON value that begins at ``at``, and where it ends."""
    try:
        return _decoder.raw_decode(text, at)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _space(text: str, at: int) -> int:
    while text[at : at + 1] and text[at] in _SPACE:
        at += 1
    return at


def _nothing_behind(text: str, at: int) -> None:
    if _space(text, at) != len(text):
        raise ValueError("more than one JSON object")


def _behind(text: str, at: int, mark: str) -> int:
    """Where the next thing begins behind ``mark`` and the space around it."""
    at = _space(text, at)
    if text[at : at + 1] != mark:
        raise ValueError("no JSON object")
    return _space(text, at + 1)


def read_answer(response: HttpResponse, method: str, verifier: AlipayVerifier, system: str) -> bytes:
    """The verified object of a success, in UTF-8. Raises OutcomeUnknown, NotSent, OutsideRefusal."""
    if response.status != 200:
        raise OutcomeUnknown(system, f"HTTP {response.status}")
    own = method.replace(".", "_") + "_response"
    try:
        encoding = encoding_of(response.body)
        members = members_of(response.body, encoding)
        (node,) = {own, ERROR_NODE} & members.keys()
        said = Said.model_validate_json(members[node])
        sign, cert_sn = (_text(members.get(name)) for name in ("sign", "alipay_cert_sn"))
    except (ValueError, ValidationError) as error:
        raise OutcomeUnknown(system, "unreadable answer") from error
    if sign:
        try:
            verifier.check(members[node].encode(encoding), sign, cert_sn)
        except Forged as error:
            raise OutcomeUnknown(system, "answer whose signature does not hold") from error
    if node == own and sign and (said.code == SUCCESS or (method in _WITHOUT_CODE and not said.code)):
        return members[node].encode()
    raise error_of(said, system, signed=bool(sign))


def _text(raw: str | None) -> str:
    value: Any = json.loads(raw) if raw is not None else ""
    if not isinstance(value, str):
        raise ValueError("no text")
    return value

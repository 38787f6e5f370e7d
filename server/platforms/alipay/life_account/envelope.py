"""The XML of the life account's gateway (docs/protocols/alipay.md section 10), read without entities and written without surprises."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from xml.etree.ElementTree import ParseError, fromstring

from server.core.characters import readable_xml
from server.core.errors import BadInput
from server.platforms.alipay.openapi.forms import GBK
from server.platforms.alipay.openapi.keys import AppSigner

_ROOT_AT_ONCE = re.compile(r"\s*(?:<\?xml [^<>]*\?>\s*)?(<XML>.*)", re.DOTALL)
"""Declarations (and with them entities) can only stand before the root element: there is no room for them."""


def read_message(xml: str) -> dict[str, str]:
    """The fields of ``<XML>…</XML>`` by name, those one level down as ``Text/Content``; characters that XML forbids, which
    clients send, are dropped. Raises BadInput."""
    found = _ROOT_AT_ONCE.fullmatch(readable_xml(xml))
    if found is None:
        raise BadInput("no message, or something before it")
    try:
        root = fromstring(found[1])  # noqa: S314 - no declarations, see above
    except (ParseError, ValueError) as error:
        raise BadInput("unreadable message") from error
    fields = {child.tag: (child.text or "").strip() for child in root}
    inner = {f"{child.tag}/{below.tag}": (below.text or "").strip() for child in root for below in child}
    return {**fields, **inner}


def acknowledgement(app_id: str, to: str, at: datetime) -> str:
    """收到: shows nothing."""
    fields = {"ToUserId": to, "AppId": app_id, "CreateTime": str(int(at.timestamp() * 1000)), "MsgType": "ack"}
    return f"<XML>{_cdata(fields)}</XML>"


def address_proof(public_key: str) -> str:
    """The answer to ``verifygw``: this address has the app's private key."""
    return f"<success>true</success><biz_content>{public_key}</biz_content>"


def enveloped(content: str, signer: AppSigner) -> bytes:
    """``content`` signed by the app, in GBK, as every answer of the gateway is."""
    sign = signer.sign(content.encode(GBK))
    return (
        f'<?xml version="1.0" encoding="GBK"?><alipay><response>{content}</response>'
        f"<sign>{sign}</sign><sign_type>RSA2</sign_type></alipay>"
    ).encode(GBK)


def _cdata(fields: Mapping[str, str]) -> str:
    """Each value is of our own making or was checked: none can close its CDATA."""
    return "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items())

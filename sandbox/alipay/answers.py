"""The gateway's answers: the object's very bytes are signed (section 3)."""

from __future__ import annotations

import json
from html import escape

from sandbox.alipay.signing import Signatures
from sandbox.world.wire import Record, Response

ERROR = "error_response"


def name_of(method: str) -> str:
    return f"{method.replace('.', '_')}_response"


def as_text(told: Record) -> str:
    """As Alipay writes it: slashes escaped, so that only who keeps the bytes can verify them."""
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")


def answer(name: str, told: Record, charset: str, sign: str = "", certificate: str = "") -> Response:
    """``sign`` of the object's bytes, or none; in certificate mode with the serial number of Alipay's certificate."""
    parts = [f'"{name}":{as_text(told)}']
    if certificate:
        parts.append(f'"alipay_cert_sn":"{certificate}"')
    if sign:
        parts.append(f'"sign":"{sign}"')
    body = "{" + ",".join(parts) + "}"
    headers = {"Content-Type": f"text/html;charset={charset}"}
    return Response(headers=headers, body=body.encode(charset, "replace"))


def signed_answer(
    signatures: Signatures, name: str, told: Record, charset: str, *, certificate: bool, spoilt: bool
) -> Response:
    sign = signatures.sign(as_text(told).encode(charset, "replace"), spoilt=spoilt)
    return answer(name, told, charset, sign, signatures.alipay_cert_sn if certificate else "")


def error_page(told: Record) -> Response:
    """What page methods show instead: HTML in GBK."""
    html = (
        '<!doctype html><meta charset="gbk"><meta name="viewport" content="width=device-width"><title>支付宝</title>'
        f"<h1>抱歉，系统出了点问题</h1><p>错误代码 {told['sub_code']}</p><p>{escape(str(told['sub_msg']))}</p>"
    )
    return Response(headers={"Content-Type": "text/html;charset=GBK"}, body=html.encode("gbk", "xmlcharrefreplace"))

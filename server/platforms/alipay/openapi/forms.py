"""Signed forms that Alipay posts to us: notifications and the life account's messages (docs/protocols/alipay.md sections 4 and 10)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from server.core.errors import BadInput, Forged
from server.platforms.alipay.openapi.keys import SIGN_TYPE, AlipayVerifier

UTF_8 = "utf-8"
GBK = "gb18030"  # which GBK and GB2312 are parts of
_CHARSETS = {"utf-8": UTF_8, "utf8": UTF_8, "gbk": GBK, "gb2312": GBK, "gb18030": GBK}
_FIELDS_MAX = 80
_BYTE_FOR_BYTE = "latin-1"
V1 = frozenset({b"sign", b"sign_type"})
"""What rule V1 leaves out of the signed text; V2 keeps ``sign_type``."""
V2 = frozenset({b"sign"})


def read_form(body: bytes, verifier: AlipayVerifier, *rules: frozenset[bytes], charset: str = UTF_8) -> dict[str, str]:
    """The fields of a form that Alipay signed by one of ``rules``; ``charset`` counts where the form names none.
    Bytes that are no text in it become U+FFFD, so that what a person typed never keeps the rest from being read.

    Raises Forged, or BadInput for what is genuine and can't be read.
    """
    raw = _fields(body)
    _check(raw, verifier, rules)
    try:
        encoding = _CHARSETS[raw.get(b"charset", charset.encode()).decode(_BYTE_FOR_BYTE).lower()]
    except KeyError as error:
        raise BadInput("charset of a form") from error
    return {name.decode(_BYTE_FOR_BYTE): value.decode(encoding, "replace") for name, value in raw.items()}


def _fields(body: bytes) -> dict[bytes, bytes]:
    """The bytes of each field. Raises Forged for what is no form, or has a field twice."""
    pairs = body.split(b"&", _FIELDS_MAX)
    if len(pairs) > _FIELDS_MAX or not body.isascii():
        raise Forged("no form of Alipay's")
    raw: dict[bytes, bytes] = {}
    for pair in filter(None, pairs):
        name, _, value = (unquote_to_bytes(each) for each in pair.replace(b"+", b" ").partition(b"="))
        if name in raw:
            raise Forged("a field twice")
        raw[name] = value
    return raw


def _check(raw: Mapping[bytes, bytes], verifier: AlipayVerifier, rules: tuple[frozenset[bytes], ...]) -> None:
    """Raises Forged unless Alipay signed the fields: sorted, byte for byte, without what is empty or the rule leaves out."""
    if raw.get(b"sign_type") != SIGN_TYPE.encode():
        raise Forged("sign_type")
    signature, cert_sn = (raw.get(name, b"").decode(_BYTE_FOR_BYTE) for name in (b"sign", b"alipay_cert_sn"))
    for left_out in rules:
        signed = b"&".join(name + b"=" + raw[name] for name in sorted(raw) if name not in left_out and raw[name])
        try:
            verifier.check(signed, signature, cert_sn)
        except Forged:
            continue
        return
    raise Forged("signature")

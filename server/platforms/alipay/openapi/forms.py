"""Signed forms that Alipay posts to us: notifications and the life account's messages (docs/protocols/alipay.md sections 4 and 10)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from server.core.errors import BadInput, Forged
from server.platforms.alipay.openapi.keys import SIGN_TYPE, AlipayVerifier

UTF_8 = "utf-8"
GBK = "gb18030"  # which GBK and GB2312 are parts of
_CHARSETS = {"utf-8": UTF_8, "utf8": UTF_8, "gbk": GBK, "gb2312": GBK, "gb18030": GBK}
_FIELDS_MAX = 80
_BYTE_FOR_BYTE = "latin-1"
V1 = frozenset({"sign", "sign_type"})
"""What rule V1 leaves out of the signed text; V2 keeps ``sign_type``."""
V2 = frozenset({"sign"})


def read_form(body: bytes, verifier: AlipayVerifier, *rules: frozenset[str], charset: str = UTF_8) -> dict[str, str]:
    """The fields of a form that Alipay signed by one of ``rules``; ``charset`` counts where the form names none.
    Bytes that are no text in it become U+FFFD, so that what a person typed never keeps the rest from being read.

    Raises Forged, or BadInput for what is genuine and can't be read.
    """
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, encoding=_BYTE_FOR_BYTE, max_num_fields=_FIELDS_MAX
        )
    except ValueError as error:
        raise Forged("no form of Alipay's") from error
    raw = dict(pairs)
    if len(raw) != len(pairs):
        raise Forged("a field twice")
    _check(raw, verifier, rules)
    try:
        encoding = _CHARSETS[raw.get("charset", charset).lower()]
        return {name: value.encode(_BYTE_FOR_BYTE).decode(encoding, "replace") for name, value in raw.items()}
    except (KeyError, ValueError) as error:
        raise BadInput("charset of a form") from error


def _check(raw: Mapping[str, str], verifier: AlipayVerifier, rules: tuple[frozenset[str], ...]) -> None:
    """Raises Forged unless Alipay signed the fields: sorted, byte for byte, without what is empty or the rule leaves out."""
    if raw.get("sign_type") != SIGN_TYPE:
        raise Forged("sign_type")
    signature, cert_sn = raw.get("sign", ""), raw.get("alipay_cert_sn", "")
    for left_out in rules:
        signed = "&".join(f"{name}={raw[name]}" for name in sorted(raw) if name not in left_out and raw[name])
        try:
            verifier.check(signed.encode(_BYTE_FOR_BYTE), signature, cert_sn)
        except Forged:
            continue
        return
    raise Forged("signature")

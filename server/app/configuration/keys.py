"""Keys and certificates in files, as the platforms' own tools and people write them: PEM with anything around it, bare Base64, DER, with a
BOM, CRLF or ``\\n`` spelled out, PKCS#1 and PKCS#8 in either frame. What can't be used is a sentence that says what to do.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)
from cryptography.x509 import load_der_x509_certificate
from pydantic import AfterValidator, ValidationInfo

from server.app.configuration.fields import nobody_else_reads, read_bytes, surroundings

_FRAME = re.compile(r"-----BEGIN ([A-Z0-9 ]+?)-----(.*?)-----END \1-----", re.DOTALL)
_BEGINS = re.compile(r"-----BEGIN ")
_LOCKED = re.compile(r"-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type:\s*4,\s*ENCRYPTED")
_HEADER = re.compile(r"^[A-Za-z0-9-]+:.*$", re.MULTILINE)
_BOM = "\ufeff"
_PRIVATE, _PUBLIC, _CERTIFICATE = "private", "public", "certificate"
_CUT = "points to a file that is cut off or damaged: copy it again, from the line -----BEGIN to the line -----END"
_LOCKED_KEY = (
    "points to a private key with a password, which nobody can type when the server starts; take it away: "
    "openssl pkey -in key.pem -out key-open.pem"
)
_NOT_PRIVATE = {
    _PUBLIC: "points to a public key, but the private key is wanted (apiclient_key.pem of WeChat Pay, 应用私钥 of Alipay)",
    _CERTIFICATE: "points to a certificate, but the private key is wanted, which lies beside it "
    "(apiclient_key.pem of WeChat Pay, 应用私钥 of Alipay)",
}
_NOT_PUBLIC = (
    "points to a private key, but the platform's public key or certificate is wanted (微信支付公钥, 支付宝公钥); "
    "a private key belongs into private_key_file only"
)


def private_key_pem(data: bytes) -> str:
    """The RSA private key in a file's ``data``, as PKCS#8 in PEM. Raises ValueError with a sentence."""
    text = _text(data)
    if text is not None and _LOCKED.search(text):
        raise ValueError(_LOCKED_KEY)
    for der in _blocks(data, text):
        kind, key = _read(der)
        if isinstance(key, RSAPrivateKey):
            return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        if kind in _NOT_PRIVATE:
            raise ValueError(_NOT_PRIVATE[kind])
    raise ValueError(_unusable(text, "points to a file that is no RSA private key (PEM, without password)"))


def public_key_pem(data: bytes) -> str:
    """The RSA public key, or the first certificate with one, in a file's ``data``, in PEM. Raises ValueError with a sentence."""
    text = _text(data)
    if text is not None and _LOCKED.search(text):
        raise ValueError(_NOT_PUBLIC)
    for der in _blocks(data, text):
        kind, key = _read(der)
        if kind == _PRIVATE:
            raise ValueError(_NOT_PUBLIC)
        if isinstance(key, RSAPublicKey):
            return _pem("CERTIFICATE", der) if kind == _CERTIFICATE else _spki(key)
    raise ValueError(_unusable(text, "points to a file that is neither an RSA public key nor a certificate (PEM)"))


def certificates_pem(data: bytes) -> str:
    """All certificates in a file's ``data``, those of unknown kinds too, in PEM. Raises ValueError where none can be read."""
    text = _text(data)
    blocks = _blocks(data, text)
    if not any(_read(der)[0] == _CERTIFICATE for der in blocks):
        raise ValueError(_unusable(text, "points to a file that holds no certificate (PEM)"))
    return "".join(_pem("CERTIFICATE", der) for der in blocks)


def same_key(private_pem: str, public_or_certificate_pem: str) -> bool:
    """Do these two (as read above) belong together?"""
    private, public = (_read(_blocks(b"", pem)[0])[1] for pem in (private_pem, public_or_certificate_pem))
    return isinstance(private, RSAPrivateKey) and private.public_key() == public


def serial_hex(certificate_pem: str) -> str:
    """The serial number by which WeChat Pay names a certificate, in capitals; empty for a bare public key."""
    if "CERTIFICATE" not in certificate_pem:
        return ""
    return f"{load_der_x509_certificate(_blocks(b'', certificate_pem)[0]).serial_number:X}"


def _text(data: bytes) -> str | None:
    """``data`` as text, with line ends as lines; None for DER."""
    encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return text.lstrip(_BOM).replace("\\r", "").replace("\\n", "\n").replace("\r\n", "\n").replace("\r", "\n")


def _blocks(data: bytes, text: str | None) -> list[bytes]:
    """The DER inside: of every PEM frame, of the whole text as Base64, or the file itself."""
    if text is None:
        return [data]
    framed = [_decoded(_HEADER.sub("", body)) for _, body in _FRAME.findall(text)]
    found = framed if framed else [_decoded(text)]
    return [der for der in found if der]


def _decoded(body: str) -> bytes:
    bare = re.sub(r"[\s\"']", "", body)
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except ValueError:
        return b""


@cache
def _read(der: bytes) -> tuple[str, object]:
    """(kind, key) of what ``der`` holds; the kind is empty for what nobody here reads. Read once in a process: a private key's primes
    are checked, which takes a thirtieth of a second, and a hospital's file asks for the same key a dozen times."""
    readers: tuple[tuple[str, Callable[[bytes], object]], ...] = (
        (_PRIVATE, lambda raw: load_der_private_key(raw, None)),
        (_CERTIFICATE, lambda raw: load_der_x509_certificate(raw).public_key()),
        (_PUBLIC, load_der_public_key),
    )
    for kind, reader in readers:
        try:
            return kind, reader(der)
        except Exception:  # noqa: S112 - the library raises what it likes for foreign bytes
            continue
    return "", None


def _unusable(text: str | None, otherwise: str) -> str:
    if text is not None and _BEGINS.search(text) and not _FRAME.search(text):
        return _CUT
    return otherwise


def _spki(key: RSAPublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _pem(label: str, der: bytes) -> str:
    lines = re.findall(r".{1,64}", base64.b64encode(der).decode())
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""))


def _file(reader: Callable[[bytes], str], *, secret: bool = False) -> Callable[[Path, ValidationInfo], Path]:
    def resolve(value: Path, info: ValidationInfo) -> Path:
        around = surroundings(info)
        path = around.folder / value
        reader(read_bytes(path))
        if secret:
            nobody_else_reads(path, around)
        return path

    return resolve


PrivateKeyFile = Annotated[Path, AfterValidator(_file(private_key_pem, secret=True))]
PublicKeyFile = Annotated[Path, AfterValidator(_file(public_key_pem))]
CertificateFile = Annotated[Path, AfterValidator(_file(certificates_pem))]

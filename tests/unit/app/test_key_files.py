"""Keys as the platforms' own tools and people write them are read, or refused with the sentence that says what to do."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Callable
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from cryptography.x509.oid import NameOID

from server.app.configuration.keys import certificates_pem, private_key_pem, public_key_pem, same_key, serial_hex

PKCS8, PKCS1 = PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL
SPKI, BARE = PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "invented")])
    day = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key().public_key())
    made = made.serial_number(0x0408B0).not_valid_before(day).not_valid_after(day + datetime.timedelta(days=365))
    return made.sign(key(), hashes.SHA256()).public_bytes(Encoding.PEM)


def private(shape: PrivateFormat, encoding: Encoding = Encoding.PEM) -> bytes:
    return key().private_bytes(encoding, shape, NoEncryption())


def public(shape: PublicFormat, encoding: Encoding = Encoding.PEM) -> bytes:
    return key().public_key().public_bytes(encoding, shape)


def framed(label: str, der: bytes, per_line: int = 64) -> bytes:
    text = base64.b64encode(der).decode()
    lines = [text[at : at + per_line] for at in range(0, len(text), per_line)]
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", "")).encode()


WRITINGS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda pem: pem,
    "BOM": lambda pem: b"\xef\xbb\xbf" + pem,
    "CRLF": lambda pem: pem.replace(b"\n", b"\r\n"),
    "old Mac": lambda pem: pem.replace(b"\n", b"\r"),
    "escaped": lambda pem: pem.replace(b"\n", b"\\n"),
    "quoted": lambda pem: b'"' + pem.replace(b"\n", b"\\n") + b'"',
    "UTF-16": lambda pem: pem.decode().encode("utf-16"),
    "in one line": lambda pem: pem.replace(b"\n", b" "),
    "blanks": lambda pem: b"\n\n  " + pem.replace(b"\n", b"\n  ") + b"\n",
    "bag attributes": lambda pem: b"Bag Attributes\n    friendlyName: Tenpay Certificate\nsubject=/CN=invented\n" + pem,
}


@pytest.mark.parametrize("writing", WRITINGS)
@pytest.mark.parametrize(
    "shape", ["PKCS#8", "PKCS#1", "PKCS#8 in an RSA frame", "PKCS#1 in a bare frame", "one long line"]
)
def test_a_private_key_is_read(writing: str, shape: str) -> None:
    pem = {
        "PKCS#8": private(PKCS8),
        "PKCS#1": private(PKCS1),
        "PKCS#8 in an RSA frame": framed("RSA PRIVATE KEY", private(PKCS8, Encoding.DER)),
        "PKCS#1 in a bare frame": framed("PRIVATE KEY", private(PKCS1, Encoding.DER)),
        "one long line": framed("PRIVATE KEY", private(PKCS8, Encoding.DER), per_line=9999),
    }[shape]
    read = load_pem_private_key(private_key_pem(WRITINGS[writing](pem)).encode(), None)
    assert isinstance(read, rsa.RSAPrivateKey)
    assert read.private_numbers() == key().private_numbers()


@pytest.mark.parametrize("shape", [PKCS8, PKCS1])
def test_a_private_key_without_a_frame_is_read(shape: PrivateFormat) -> None:
    """As Alipay's 密钥工具 writes it: one line of Base64."""
    der = private(shape, Encoding.DER)
    for written in (base64.b64encode(der), base64.b64encode(der).rstrip(b"="), base64.encodebytes(der), der):
        assert private_key_pem(written) == private(PKCS8).decode()


@pytest.mark.parametrize("writing", WRITINGS)
@pytest.mark.parametrize("shape", ["SPKI", "PKCS#1", "PKCS#1 in a bare frame", "certificate"])
def test_a_public_key_is_read(writing: str, shape: str) -> None:
    pem = {
        "SPKI": public(SPKI),
        "PKCS#1": public(BARE),
        "PKCS#1 in a bare frame": framed("PUBLIC KEY", public(BARE, Encoding.DER)),
        "certificate": certificate(),
    }[shape]
    assert same_key(private(PKCS8).decode(), public_key_pem(WRITINGS[writing](pem)))


def test_a_public_key_without_a_frame_is_read() -> None:
    """As Alipay's console shows 支付宝公钥."""
    for shape in (SPKI, BARE):
        der = public(shape, Encoding.DER)
        for written in (base64.b64encode(der), base64.encodebytes(der), der):
            assert load_pem_public_key(public_key_pem(written).encode()) == key().public_key()
    der = base64.b64decode(b"".join(certificate().splitlines()[1:-1]))
    assert public_key_pem(der) == certificate().decode()


def test_certificates_keep_their_order_and_lose_what_stands_around_them() -> None:
    two = WRITINGS["bag attributes"](certificate()) + b"subject=x\n" + certificate()
    assert certificates_pem(two.replace(b"\n", b"\r\n")) == certificate().decode() * 2
    assert serial_hex(certificate().decode()) == "408B0"
    assert serial_hex(public(SPKI).decode()) == ""


LOCKED8 = BestAvailableEncryption(b"invented")
REFUSED: dict[str, tuple[Callable[[bytes], str], Callable[[], bytes], str]] = {
    "locked PKCS#8": (private_key_pem, lambda: key().private_bytes(Encoding.PEM, PKCS8, LOCKED8), "openssl pkey -in"),
    "locked PKCS#1": (private_key_pem, lambda: key().private_bytes(Encoding.PEM, PKCS1, LOCKED8), "openssl pkey -in"),
    "public for private": (private_key_pem, lambda: public(SPKI), "points to a public key, but the private key is wanted"),
    "bare public for private": (private_key_pem, lambda: base64.b64encode(public(SPKI, Encoding.DER)), "points to a public key"),
    "certificate for private": (private_key_pem, certificate, "which lies beside it (apiclient_key.pem"),
    "private for public": (public_key_pem, lambda: private(PKCS8), "a private key belongs into private_key_file only"),
    "bare private for public": (public_key_pem, lambda: base64.b64encode(private(PKCS1, Encoding.DER)), "points to a private key"),
    "locked private for public": (public_key_pem, lambda: key().private_bytes(Encoding.PEM, PKCS8, LOCKED8), "private_key_file"),
    "cut off": (private_key_pem, lambda: private(PKCS8)[:-40], "cut off or damaged"),
    "cut off certificate": (certificates_pem, lambda: certificate()[:-30], "cut off or damaged"),
    "another kind": (
        private_key_pem,
        lambda: ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PKCS8, NoEncryption()),
        "no RSA private key",
    ),
    "nothing": (private_key_pem, lambda: b"", "no RSA private key"),
    "words": (public_key_pem, lambda: "这里没有密钥".encode(), "neither an RSA public key nor a certificate"),
    "a bundle": (private_key_pem, lambda: b"\x30\x82\x0a\x00\x02\x01\x03\xff", "no RSA private key"),
    "a key for a certificate": (certificates_pem, lambda: public(SPKI), "holds no certificate"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_used_is_a_sentence_without_the_key(name: str) -> None:
    reader, data, sentence = REFUSED[name]
    with pytest.raises(ValueError, match="points to") as told:
        reader(data())
    assert sentence in str(told.value)
    assert "MII" not in str(told.value)

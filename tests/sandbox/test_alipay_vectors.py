"""Alipay's side of the vectors (docs/protocols/alipay.md sections 5 and 14): what the sandbox signs, checks and counts is what the platform does."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from sandbox.alipay.certificates import root_serial, serial
from sandbox.alipay.life_account import NOTIFY, Said
from sandbox.alipay.signing import Signatures, SignError, text_to_sign
from tests.sandbox import alipay_vectors as vectors
from tests.sandbox.vectors import T0_KEY_PEM
from tests.sandbox.world import Record, new_world


@pytest.fixture
def of_t0(keys: Record) -> Record:
    """The app and Alipay both sign with T0."""
    return keys | {"alipay_app_key": T0_KEY_PEM.strip(), "alipay_key": T0_KEY_PEM.strip()}


def params_of(text: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in text.split("&"))


def test_a_request_is_checked(of_t0: Record) -> None:
    params = params_of(vectors.REQUEST_TEXT) | {"sign": vectors.REQUEST_SIGN}
    assert text_to_sign(params) == vectors.REQUEST_TEXT
    signatures = Signatures(of_t0)
    signatures.check_request(params, "utf-8")
    with pytest.raises(SignError, match="2022"):
        signatures.check_request(params | {"app_id": "2022"}, "utf-8")
    assert signatures.sign(vectors.REQUEST_TEXT.encode()) == vectors.REQUEST_SIGN


def test_a_notice_is_signed_without_sign_type() -> None:
    key = load_der_public_key(base64.b64decode(vectors.NOTICE_KEY))
    assert isinstance(key, RSAPublicKey)
    sign = base64.b64decode(vectors.NOTICE_SIGN)
    text = text_to_sign(vectors.NOTICE, without=("sign", "sign_type")).encode()
    key.verify(sign, text, PKCS1v15(), SHA256())
    with pytest.raises(InvalidSignature):
        key.verify(sign, text_to_sign(vectors.NOTICE).encode(), PKCS1v15(), SHA256())


def test_a_push_keeps_sign_type_and_speaks_gbk(of_t0: Record) -> None:
    account = new_world(of_t0).outside.alipay.life_account
    fields = dict(parse_qsl(account.outbound(Said("x", NOTIFY, vectors.PUSH_XML)).body.decode(), encoding="gbk"))
    assert fields == {
        "service": NOTIFY, "sign_type": "RSA2", "charset": "GBK", "biz_content": vectors.PUSH_XML, "sign": vectors.PUSH_SIGN,
    }  # fmt: skip


def test_an_envelope_is_checked(of_t0: Record) -> None:
    account = new_world(of_t0).outside.alipay.life_account
    envelope = (
        f'<?xml version="1.0" encoding="GBK"?><alipay><response>{vectors.REPLY_TEXT}</response>'
        f"<sign>{vectors.REPLY_SIGN}</sign><sign_type>RSA2</sign_type></alipay>"
    )
    assert account.opened(200, envelope.encode("gbk")) == {"success": "true", "biz_content": "MIIB"}
    assert account.opened(200, envelope.replace("MIIB", "MIIC").encode("gbk")) is None
    assert account.opened(500, envelope.encode("gbk")) is None


def certificate(common: str, unit: str, organisation: str, number: int, *, by_ecdsa: bool = False) -> str:
    """The page gives issuer and serial number; the certificate around them is made here."""
    parts = ((NameOID.COUNTRY_NAME, "CN"), (NameOID.ORGANIZATION_NAME, organisation),
             (NameOID.ORGANIZATIONAL_UNIT_NAME, unit), (NameOID.COMMON_NAME, common))  # fmt: skip
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])
    key = generate_private_key(SECP256R1()) if by_ecdsa else load_pem_private_key(T0_KEY_PEM.encode(), None)
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())  # type: ignore[arg-type]
    made = made.serial_number(number).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return made.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()  # type: ignore[arg-type]


@pytest.mark.parametrize(("common", "unit", "organisation", "number", "sn"), vectors.SERIALS)
def test_serial_numbers(common: str, unit: str, organisation: str, number: int, sn: str) -> None:
    assert serial(certificate(common, unit, organisation, number)) == sn


def test_the_roots_without_those_of_another_algorithm() -> None:
    first, second = (certificate(*root[:4]) for root in vectors.SERIALS[:2])
    other = certificate("SM", "Certification Authority", "Ant Financial", 7, by_ecdsa=True)
    assert root_serial("\n".join([first, other, second])) == f"{vectors.SERIALS[0][4]}_{vectors.SERIALS[1][4]}"


def test_the_keys_of_a_machine_belong_together(keys: Record) -> None:
    """Certificates of the very keys that sign, issued by the bundle's root."""
    roots = x509.load_pem_x509_certificates(keys["alipay_root_certificates"].encode())
    for name, key_name in (("alipay_app_certificate", "alipay_app_key"), ("alipay_certificate", "alipay_key")):
        leaf = x509.load_pem_x509_certificate(keys[name].encode())
        leaf.verify_directly_issued_by(roots[0])
        key = load_pem_private_key(keys[key_name].encode(), None).public_key()
        forms = [
            each.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) for each in (leaf.public_key(), key)
        ]
        assert forms[0] == forms[1]

"""The key that signs for a channel: parsed once, RSA or refused, and its signatures hold."""

from __future__ import annotations

import base64

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as elliptic_key
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from server.infrastructure.rsa_signing import private_key, rsa_sign


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@pytest.mark.parametrize("shape", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_key_is_parsed_once_and_its_signature_holds(key: RSAPrivateKey, shape: PrivateFormat) -> None:
    pem = key.private_bytes(Encoding.PEM, shape, NoEncryption()).decode()
    parsed = private_key(pem)
    assert private_key(pem) is parsed
    signed = base64.b64decode(rsa_sign(parsed, "一笔".encode()), validate=True)
    key.public_key().verify(signed, "一笔".encode(), PKCS1v15(), SHA256())
    with pytest.raises(InvalidSignature):
        key.public_key().verify(signed, "两笔".encode(), PKCS1v15(), SHA256())


def test_a_key_of_another_kind_is_refused() -> None:
    pem = elliptic_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(TypeError, match="must be RSA"):
        private_key(pem)


def test_what_is_no_key_is_refused() -> None:
    with pytest.raises(ValueError, match="deserialize"):
        private_key("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----")

"""A certificate authority of this machine: a root bundle like a platform's own, and certificates that a chain leads to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.x509.oid import NameOID

YEARS = timedelta(days=5 * 365)


def _name(common: str) -> x509.Name:
    attributes = (
        (NameOID.COUNTRY_NAME, "CN"),
        (NameOID.ORGANIZATION_NAME, "Zhenfu Sandbox"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "Certification Authority"),
        (NameOID.COMMON_NAME, common),
    )
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])


def _certificate(
    subject: str, of: RSAPublicKey | EllipticCurvePrivateKey, issuer: str, by: RSAPrivateKey | EllipticCurvePrivateKey, *, is_authority: bool
) -> str:  # fmt: skip
    now = datetime.now(UTC)
    public = of if isinstance(of, RSAPublicKey) else of.public_key()
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + YEARS)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .sign(by, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


class Authority:
    """``roots`` is the bundle: an RSA root, one of another algorithm that serial numbers must skip, a second RSA root."""

    def __init__(self, key: RSAPrivateKey, other: EllipticCurvePrivateKey) -> None:
        self._key = key
        first, skipped, second = (f"Zhenfu Sandbox Certification Authority {name}" for name in ("R1", "E1", "R2"))
        self._root = first
        self.roots = "\n".join(  # an empty line between them, as in the platform's own file
            [
                _certificate(first, key.public_key(), first, key, is_authority=True),
                _certificate(skipped, other, skipped, other, is_authority=True),
                _certificate(second, key.public_key(), second, key, is_authority=True),
            ]
        )

    def issue(self, subject: str, of: RSAPublicKey) -> str:
        return _certificate(subject, of, self._root, self._key, is_authority=False)

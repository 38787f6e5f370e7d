"""Serial numbers (SN) by which certificate mode names certificates (docs/protocols/alipay.md section 5)."""

from __future__ import annotations

import base64
import hashlib
import re

from cryptography.x509 import Certificate, load_pem_x509_certificate

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_RSA_SIGNED = "1.2.840.113549.1.1."
"""Signature algorithms of RSA; Alipay's bundle also has SM2 and ECDSA roots, which do not count."""
_RSA_SIGNED_DER = bytes.fromhex("2a864886f70d0101")
"""The same, as it stands in a certificate."""


def is_certificate(pem: str) -> bool:
    return _PEM.search(pem) is not None


def first_certificate(pem: str) -> Certificate:
    """The first certificate of a file that may hold a chain or text around it. Raises ValueError."""
    found = _PEM.search(pem)
    if found is None:
        raise ValueError("no certificate")
    return load_pem_x509_certificate(found[0].encode())


def serial_of(certificate: Certificate) -> str:
    """MD5 over the issuer, last attribute first, and the decimal serial number."""
    issuer = ",".join(f"{name.rfc4514_attribute_name}={name.value!s}" for name in reversed(list(certificate.issuer)))
    return hashlib.md5(f"{issuer}{certificate.serial_number}".encode()).hexdigest()  # noqa: S324 - a name, no proof


def serial_of_roots(bundle: str) -> str:
    """The SN of every RSA-signed root in the file's order, joined by ``_``; however the file separates them. Raises ValueError."""
    roots = [root for pem in _PEM.findall(bundle) if (root := _root(pem)) is not None]
    return "_".join(serial_of(root) for root in roots)


def _root(pem: str) -> Certificate | None:
    """A root that counts. The others are of kinds that not every version of `cryptography` agrees to read. Raises ValueError."""
    try:
        root = load_pem_x509_certificate(pem.encode())
    except Exception as error:  # InvalidVersion and UnsupportedAlgorithm are no ValueError
        if _RSA_SIGNED_DER in base64.b64decode("".join(pem.splitlines()[1:-1])):
            raise ValueError("a root of RSA that can't be read") from error
        return None
    return root if root.signature_algorithm_oid.dotted_string.startswith(_RSA_SIGNED) else None

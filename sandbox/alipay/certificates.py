"""Serial numbers of certificates as Alipay counts them (section 5)."""

from __future__ import annotations

import hashlib
import re

from cryptography.x509 import Certificate, load_pem_x509_certificate

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
RSA_SIGNATURES = "1.2.840.113549.1.1"


def _issuer(certificate: Certificate) -> str:
    return ",".join(f"{part.rfc4514_attribute_name}={part.value!s}" for part in reversed(list(certificate.issuer)))


def serial_of(certificate: Certificate) -> str:
    """Lower hex MD5 of the issuer's name, reversed, and the decimal serial number."""
    text = f"{_issuer(certificate)}{certificate.serial_number}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def serial(pem: str) -> str:
    return serial_of(load_pem_x509_certificate(pem.encode()))


def root_serial(bundle: str) -> str:
    """Of the RSA certificates only, in the file's order; Alipay's own bundle has one that strict readers refuse."""
    certificates = (_read(pem) for pem in _PEM.findall(bundle))
    counted = (
        each
        for each in certificates
        if each is not None and each.signature_algorithm_oid.dotted_string.startswith(RSA_SIGNATURES)
    )
    return "_".join(serial_of(each) for each in counted)


def _read(pem: str) -> Certificate | None:
    try:
        return load_pem_x509_certificate(pem.encode())
    except Exception:  # a strict reader has more refusals than ValueError
        return None

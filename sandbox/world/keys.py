"""Keys and secrets of the sandbox: made once per machine, kept in one file that only its owner reads."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.x509.oid import NameOID

from sandbox.world.authority import Authority
from sandbox.world.chance import real_secret
from sandbox.world.rsa import private_key
from sandbox.world.wire import Record

NAMES = {"wechatpay_key", "his_secret", "alipay_root_certificates"}
"""Without these a file is not whole."""


def load_keys(file: Path | None) -> Record:
    """The keys of ``file``, made now if it is not there; without a file they live as long as the process."""
    kept: Record = json.loads(file.read_text("utf-8")) if file is not None and file.exists() else {}
    if kept.keys() >= NAMES:
        return kept
    keys = make_keys(kept)  # an older file lacks what was added since
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(".new")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            json.dump(keys, out)
        fresh.replace(file)
    return keys


def make_keys(kept: Record | None = None) -> Record:
    """Keys and secrets: those of ``kept``, and new ones for what it lacks."""
    keys = _secrets() | (kept or {})
    return keys if "alipay_root_certificates" in keys else keys | _alipay_certificates(keys)


def _alipay_certificates(keys: Record) -> Record:
    """Certificates of the app's key and of Alipay's, and the roots above them."""
    authority = Authority(generate_private_key(65537, 2048), generate_ec_private_key(SECP256R1()))
    issued = {
        name: authority.issue(subject, private_key(keys[key]).public_key())
        for name, subject, key in (
            ("alipay_app_certificate", "2088000000000001-2021000000000001", "alipay_app_key"),
            ("alipay_certificate", "zhenfu sandbox alipay", "alipay_key"),
        )
    }
    return issued | {"alipay_root_certificates": authority.roots}


def _secrets() -> Record:
    merchant, wechatpay, platform, alipay_app, alipay = (generate_private_key(65537, 2048) for _ in range(5))
    merchant_certificate = _certificate(merchant, "zhenfu sandbox merchant")
    platform_certificate = _certificate(platform, "zhenfu sandbox platform")
    digits = str(int(real_secret(24), 16))[:26]
    return {
        "appid": f"wx{real_secret(16)}",
        "app_secret": real_secret(32),
        "token": real_secret(24),
        "encoding_aes_key": (real_secret(43)).upper(),
        "original_id": f"gh_{real_secret(12)}",
        "mini_appid": f"wx{real_secret(16)}",
        "mini_secret": real_secret(32),
        "mchid": "1900000001",
        "merchant_serial": _serial(merchant_certificate),
        "merchant_key": _private_pem(merchant),
        "merchant_certificate": _pem(merchant_certificate),
        "apiv3_key": real_secret(32),
        "public_key_id": f"PUB_KEY_ID_01{digits}",
        "wechatpay_key": _private_pem(wechatpay),
        "wechatpay_public_key": _public_pem(wechatpay),
        "platform_key": _private_pem(platform),
        "platform_serial": _serial(platform_certificate),
        "platform_certificate": _pem(platform_certificate),
        "alipay_app_id": "2021000000000001",
        "alipay_seller_id": "2088000000000001",
        "alipay_app_key": _private_pem(alipay_app),
        "alipay_key": _private_pem(alipay),
        "alipay_public_key": _public_pem(alipay),
        "sms_key_id": f"LTAI{real_secret(16)}",
        "sms_key_secret": real_secret(30),
        "sms_receipt_secret": real_secret(32),
        "his_key_id": "demo-1",
        "his_secret": real_secret(40),
    }


def _private_pem(key: RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _public_pem(key: RSAPrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def _certificate(key: RSAPrivateKey, name: str) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=5 * 365))
        .sign(key, hashes.SHA256())
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _serial(certificate: x509.Certificate) -> str:
    return f"{certificate.serial_number:040X}"

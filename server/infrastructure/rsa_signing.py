"""Signing with an RSA key of ours, as both channels want it: SHA-256 with PKCS#1 v1.5, in Base64.

WeChat Pay calls it WECHATPAY2-SHA256-RSA2048 (docs/protocols/wechat_pay_v3.md section 2), Alipay RSA2 (docs/protocols/alipay.md section 2).
"""

from __future__ import annotations

import base64
from functools import cache

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key


@cache
def private_key(pem: str) -> RSAPrivateKey:
    """Parsed once in a process: the parse checks the primes, which takes a hundred times as long as one signature.

    Raises ValueError for what is no key without a password, and TypeError for a key of another kind.
    """
    key = load_pem_private_key(pem.encode(), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("a key that signs for a channel must be RSA")
    return key


def rsa_sign(key: RSAPrivateKey, data: bytes) -> str:
    return base64.b64encode(key.sign(data, PKCS1v15(), SHA256())).decode()

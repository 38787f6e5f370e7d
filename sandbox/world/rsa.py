"""RSA keys, parsed once in a process: a parse checks the primes, which takes a hundred times as long as one signature."""

from __future__ import annotations

from functools import cache

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key


@cache
def private_key(pem: str) -> RSAPrivateKey:
    """Raises ValueError where ``pem`` holds no private key, TypeError where it holds one that is not RSA."""
    key = load_pem_private_key(pem.encode(), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("the platforms' keys are RSA")
    return key

"""A bundle of roots shaped like Alipay's own, made with openssl: two of RSA, and three of kinds whose signatures do not count."""

from __future__ import annotations

from pathlib import Path

ROOTS = Path(__file__).with_name("alipay_roots.crt")
ROOTS_SN = "c68ded9813b7987063c2c65d9ed7d5fe_1c9c019b010d45db6cbfeccee2dcfdd5"
"""MD5 over what `openssl x509 -issuer -serial` says of the two, joined."""

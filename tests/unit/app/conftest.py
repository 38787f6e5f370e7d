"""Keys that were made for the tests, in a folder of a hospital's files."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


@pytest.fixture(scope="session")
def pems() -> tuple[str, str]:
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    platform = rsa.generate_private_key(65537, 2048)
    public = platform.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


@pytest.fixture
def folder(tmp_path: Path, pems: tuple[str, str]) -> Path:
    (tmp_path / "private.pem").write_text(pems[0])
    (tmp_path / "private.pem").chmod(0o600)
    (tmp_path / "public.pem").write_text(pems[1])
    return tmp_path

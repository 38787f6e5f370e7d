"""The kinds of values that settings are made of. Each refuses a wrong value in words that never repeat it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr, ValidationInfo

# Hosts that the platforms themselves name (docs/protocols/wechat_pay_v3.md 1, wechat_official.md 1, alipay.md 1 and 9, aliyun_sms.md 1).
OFFICIAL_HOSTS = frozenset(
    {
        "api.mch.weixin.qq.com",
        "api2.mch.weixin.qq.com",
        "api.weixin.qq.com",
        "open.weixin.qq.com",
        "res.wx.qq.com",
        "openapi.alipay.com",
        "openauth.alipay.com",
        "dysmsapi.aliyuncs.com",
    }
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a hospital's file is read against: where it lies, where it will run, what the environment holds."""

    folder: Path
    file: Path | None = None
    production: bool = False
    allowed_hosts: frozenset[str] = frozenset()
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)


def surroundings(info: ValidationInfo) -> Surroundings:
    if not isinstance(info.context, Surroundings):
        raise TypeError("a hospital's file is read by read_hospital_file, which says where it lies")
    return info.context


def _resolve_secret(value: object, info: ValidationInfo) -> object:
    """``env:NAME`` and ``file:path`` stand for what they point to; anything else is the secret itself."""
    if not isinstance(value, str):
        return value
    around = surroundings(info)
    kind, _, reference = value.partition(":")
    if kind == "env":
        if not around.environ.get(reference):
            raise ValueError(f"points to the environment variable {reference}, which is not set")
        return around.environ[reference]
    if kind == "file":
        path = around.folder / reference
        content = _read(path).strip()
        nobody_else_reads(path, around)
        return content
    if around.file is not None:
        nobody_else_reads(around.file, around)
    return value


def nobody_else_reads(path: Path, around: Surroundings) -> None:
    """Raises ValueError in production for a file with a secret that other users of the machine may read."""
    if around.production and path.stat().st_mode & 0o077:
        raise ValueError(f"stands in a file that other users of this machine may read: chmod 600 {path}")


def read_bytes(path: Path) -> bytes:
    """Raises ValueError with words for a setting that points there."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ValueError(f"points to the file {path}, which does not exist") from None
    except OSError:
        raise ValueError(f"points to the file {path}, which can't be read as text") from None


def _read(path: Path) -> str:
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"points to the file {path}, which can't be read as text") from None


def _not_empty(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value().strip():
        raise ValueError("must not be empty")
    return secret


Secret = Annotated[SecretStr, AfterValidator(_not_empty), BeforeValidator(_resolve_secret)]


def shaped(pattern: str, words: str) -> AfterValidator:
    """Text that fits ``pattern`` as a whole; ``words`` say so to a person."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(f"must be {words}")
        return value

    return AfterValidator(check)


def one_to(most: int) -> AfterValidator:
    """A list that has at least one entry and at most ``most``."""

    def check(value: tuple[Any, ...]) -> tuple[Any, ...]:
        if not 1 <= len(value) <= most:
            raise ValueError(f"must have 1 to {most} entries, but has {len(value)}")
        return value

    return AfterValidator(check)


def of_length(length: int, alphabet: str) -> AfterValidator:
    """A secret of exactly ``length`` characters; tells the length it has, never the characters."""

    def check(secret: SecretStr) -> SecretStr:
        value = secret.get_secret_value()
        if len(value) != length:
            raise ValueError(f"must have {length} characters, but has {len(value)}")
        if not (value.isascii() and value.isalnum()):
            raise ValueError(f"must consist of {alphabet} only")
        return secret

    return AfterValidator(check)


def at_least(length: int) -> AfterValidator:
    """A secret of at least ``length`` characters that can stand in a URL."""

    def check(secret: SecretStr) -> SecretStr:
        value = secret.get_secret_value()
        if len(value) < length:
            raise ValueError(f"must have at least {length} characters, but has {len(value)}")
        if not (value.isascii() and value.replace("-", "").replace("_", "").isalnum()):
            raise ValueError("must consist of letters, digits, - and _ only")
        return secret

    return AfterValidator(check)


STRONG_CHARS_MIN, STRONG_KINDS_MIN = 32, 12
_GUESSED = ("zhenfu", "hospital", "secret", "password", "passwd", "changeme", "example", "qwerty")


def strong() -> AfterValidator:
    """In production: a secret that a program made. Both sides sign with it, so nobody has to type it."""

    def check(secret: SecretStr, info: ValidationInfo) -> SecretStr:
        value = secret.get_secret_value()
        if not surroundings(info).production:
            return secret
        if len(value) < STRONG_CHARS_MIN:
            raise ValueError(f"must have at least {STRONG_CHARS_MIN} characters in production, but has {len(value)}")
        if len(set(value)) < STRONG_KINDS_MIN or any(word in value.lower() for word in _GUESSED):
            raise ValueError("can be guessed; make one with: openssl rand -hex 32")
        return secret

    return AfterValidator(check)


def check_url(value: str) -> str:
    """An absolute http(s) URL without query, fragment or login; without the trailing slash."""
    try:
        parts = urlsplit(value)
        well_formed = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        well_formed = False
    if not well_formed:
        raise ValueError("must be an address that begins with https:// (or http:// outside production)")
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("must be an address without ?, # and login")
    return value.rstrip("/")


def _safe_in_production(official_only: bool) -> Callable[[str, ValidationInfo], str]:
    """DESIGN 5.10: https and official, or a host that the hospital has listed, for which it then answers itself."""

    def check(value: str, info: ValidationInfo) -> str:
        around, parts = surroundings(info), urlsplit(value)
        if not around.production or parts.hostname in around.allowed_hosts:
            return value
        listing = f'allowed_hosts = ["{parts.hostname}"]'
        if parts.scheme != "https":
            raise ValueError(f"must begin with https:// in production, unless its host is listed: {listing}")
        if official_only and parts.hostname not in OFFICIAL_HOSTS:
            raise ValueError(f"leads to {parts.hostname}, which is no official host and is not listed: {listing}")
        return value

    return check


PlatformUrl = Annotated[str, AfterValidator(check_url), AfterValidator(_safe_in_production(official_only=True))]
HisUrl = Annotated[str, AfterValidator(check_url), AfterValidator(_safe_in_production(official_only=False))]

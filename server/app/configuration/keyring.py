"""The keys that seal QR codes, cookies and personal data (DESIGN 5.3, 5.4): several open, one seals, one looks up."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from server.app.configuration.sentences import SettingsError

KEY_BYTES = 32
DEMO = "demo"


@dataclass(frozen=True, slots=True)
class KeyringFile:
    """What a keyring file says. ``keys`` open what their id names, ``active`` seals what is new, ``lookup`` stays for ever. Never printed."""

    active: str
    keys: Mapping[str, bytes] = field(repr=False)
    lookup: bytes = field(repr=False)
    made_by: str = ""  # DEMO for play money: production refuses it, also after a rotation


def read_keyring(path: Path) -> KeyringFile:
    """Raises SettingsError with a sentence for what is wrong; the sentence never shows a key."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            [f"{path}: there is no keyring; make one with: python run.py keyring （还没有密钥文件）"]
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise SettingsError(
            [
                f"{path}: this keyring can't be read as TOML; restore it from your backup, its keys open what is stored （密钥文件损坏，请从备份恢复）"
            ]
        ) from None
    if path.stat().st_mode & 0o077:
        raise SettingsError(
            [
                f"{path}: other users of this machine may read the keyring. For example: chmod 600 {path} （其他用户也能读密钥文件）"
            ]
        )
    keys = content.get("keys")
    if not isinstance(keys, dict) or not keys:
        raise SettingsError(
            [f'{path}: keys has no key. For example: [keys] with k1 = "…" (32 bytes in base64) （密钥文件里没有密钥）']
        )
    active = content.get("active")
    if not isinstance(active, str) or active not in keys:
        raise SettingsError(
            [
                f'{path}: active must name one of keys. For example: active = "{next(iter(keys))}" （active 要写已有的密钥名）'
            ]
        )
    opened = {name: _key(path, f"keys.{name}", value) for name, value in keys.items()}
    return KeyringFile(
        active=active,
        keys=opened,
        lookup=_key(path, "lookup", content.get("lookup")),
        made_by=str(content.get("made_by", "")),
    )


def _key(path: Path, name: str, value: object) -> bytes:
    try:
        key = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise SettingsError(
            [
                f"{path}: {name} must be {KEY_BYTES} bytes in base64; make a new keyring with: python run.py keyring （密钥长度不对）"
            ]
        )
    return key


def first_keyring(path: Path, made_by: str = "") -> KeyringFile:
    """Make the keyring, or read the one that there is: processes that begin at the same time all have the same keys."""
    key, lookup = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES)
    keyring = KeyringFile(active="k1", keys={"k1": key}, lookup=lookup, made_by=made_by)
    return keyring if write_private_once(path, _as_toml(keyring)) else read_keyring(path)


def add_key(path: Path) -> KeyringFile:
    """Make the keyring if there is none; else add a key and let it seal from now on. The older keys go on opening."""
    if not path.exists():
        return first_keyring(path)
    old, fresh = read_keyring(path), secrets.token_bytes(KEY_BYTES)
    name = next(f"k{number}" for number in range(len(old.keys) + 1, 10_000) if f"k{number}" not in old.keys)
    keyring = KeyringFile(active=name, keys={**old.keys, name: fresh}, lookup=old.lookup, made_by=old.made_by)
    write_private(path, _as_toml(keyring))
    return keyring


def _as_toml(keyring: KeyringFile) -> str:
    def text(key: bytes) -> str:
        return base64.b64encode(key).decode()

    lines = [
        "# The keys of this installation. Back them up apart from the database: without them nothing can be opened.",
        *([f'made_by = "{keyring.made_by}"'] if keyring.made_by else []),
        f'active = "{keyring.active}"',
        f'lookup = "{text(keyring.lookup)}"',
        "",
        "[keys]",
        *(f'{name} = "{text(key)}"' for name, key in keyring.keys.items()),
        "",
    ]
    return "\n".join(lines)


def write_private(path: Path, content: str) -> None:
    """A file that only we can read (0600), replaced in one step."""
    _written(path, content).replace(path)


def write_private_once(path: Path, content: str) -> bool:
    """As `write_private`, but what is there already stays: False then. Of several processes one writes."""
    fresh = _written(path, content)
    try:
        os.link(fresh, path)
    except FileExistsError:
        return False
    finally:
        fresh.unlink()
    return True


def _written(path: Path, content: str) -> Path:
    """The content beside ``path``, on the disk, in a file of this process alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return fresh

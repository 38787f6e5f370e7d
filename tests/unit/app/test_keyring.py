"""The keyring of an installation: made on purpose, rotated, private."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from server.app.configuration.keyring import DEMO, add_key, first_keyring, read_keyring
from settings import SettingsError
from tests.support.settings import PRODUCTION, SECRET, settings_of


def test_demo_makes_its_keyring_once_and_private(tmp_path: Path) -> None:
    settings = settings_of(data_dir=str(tmp_path))
    first = settings.keyring
    assert (settings.keyring_file.stat().st_mode & 0o777) == 0o600
    assert settings_of(data_dir=str(tmp_path)).keyring == first
    assert len(first.keys[first.active]) == len(first.lookup) == 32
    assert base64.b64encode(first.lookup).decode() not in repr(first)


def test_production_refuses_the_demo_s_keyring_also_when_it_was_rotated(tmp_path: Path) -> None:
    assert settings_of(data_dir=str(tmp_path)).keyring.made_by == "demo"
    assert add_key(tmp_path / "keyring.toml").made_by == "demo"
    with pytest.raises(SettingsError, match="this keyring was made by the demo"):
        _ = settings_of(**PRODUCTION, data_dir=str(tmp_path)).keyring
    own = tmp_path / "own.toml"
    add_key(own)
    assert settings_of(**PRODUCTION, data_dir=str(tmp_path), keyring_file=str(own)).keyring.active == "k1"


def test_everybody_else_makes_a_keyring_on_purpose(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"there is no keyring; make one with: python run\.py keyring"):
        _ = settings_of(environment="development", data_dir=str(tmp_path)).keyring
    assert list(tmp_path.iterdir()) == []


def test_processes_that_begin_at_once_have_the_same_keys(tmp_path: Path) -> None:
    """Each of them has seen that there is no keyring; the first one's is the keyring of all."""
    path = tmp_path / "keyring.toml"
    first, second = first_keyring(path, made_by=DEMO), first_keyring(path, made_by=DEMO)
    assert first == second == read_keyring(path)
    assert list(tmp_path.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o600


def test_rotation_keeps_the_old_keys_and_the_lookup_key(tmp_path: Path) -> None:
    path = tmp_path / "keyring.toml"
    old = add_key(path)
    new = add_key(path)
    assert new == read_keyring(path)
    assert (old.active, new.active) == ("k1", "k2")
    assert new.keys["k1"] == old.keys["k1"] != new.keys["k2"]
    assert new.lookup == old.lookup


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("active = ", "this keyring can't be read as TOML"),
        ('active = "k1"', "keys has no key"),
        (f'active = "k2"\n[keys]\nk1 = "{SECRET}"', 'active must name one of keys. For example: active = "k1"'),
        (f'active = "k1"\n[keys]\nk1 = "{SECRET}"', "keys.k1 must be 32 bytes in base64"),
    ],
)
def test_wrong_keyring_is_a_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    path = tmp_path / "keyring.toml"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(SettingsError) as caught:
        read_keyring(path)
    assert sentence in str(caught.value)
    assert SECRET not in str(caught.value)


def test_keyring_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keyring.toml"
    add_key(path)
    os.chmod(path, 0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        read_keyring(path)

"""The files of all hospitals of an installation: what must differ between them, and what stands beside the demo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from server.app.configuration.hospital_file import HospitalFile
from server.app.configuration.hospitals import DEMO_MARK
from settings import SettingsError, load_hospitals
from tests.support.settings import PRODUCTION, SECRET, good_hospital, settings_of, written


@pytest.fixture
def hospitals(folder: Path) -> Callable[..., tuple[HospitalFile, ...]]:
    def load(environment: str = "development", **contents: dict[str, Any]) -> tuple[HospitalFile, ...]:
        for name, content in contents.items():
            written(folder, content, f"{name}.toml")
        return load_hospitals(settings_of(environment=environment, hospitals_dir=str(folder)), {})

    return load


def test_two_hospitals(hospitals: Callable[..., tuple[HospitalFile, ...]]) -> None:
    other = {
        **good_hospital(),
        "id": "zhongyi",
        "prefix": "ZY",
        "his": {"base_url": "http://his", "key_id": "k2", "keys": {"k2": SECRET}},
    }
    assert [each.id for each in hospitals(one=good_hospital(), two=other)] == ["renmin", "zhongyi"]


def test_what_tells_hospitals_apart_must_differ(hospitals: Callable[..., tuple[HospitalFile, ...]]) -> None:
    with pytest.raises(SettingsError) as caught:
        hospitals(one=good_hospital(), two={**good_hospital(), "prefix": "RM2"})
    told = "\n".join(caught.value.sentences)
    assert len(caught.value.sentences) == 3
    assert "two.toml: id is also used in one.toml" in told
    assert "two.toml: prefix can't be told from the one in one.toml" in told
    assert "two.toml: his.keys has k1, which is also used in one.toml" in told


def test_wrong_settings_of_all_files_are_told_at_once(hospitals: Callable[..., tuple[HospitalFile, ...]]) -> None:
    with pytest.raises(SettingsError) as caught:
        hospitals(one={**good_hospital(), "prefix": "x"}, two={**good_hospital(), "id": "X"})
    assert len(caught.value.sentences) == 2


def test_no_hospital_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"there is no hospital's file; start from hospitals/example\.toml"):
        load_hospitals(settings_of(hospitals_dir=str(tmp_path)), {})


def test_nothing_of_the_demo_beside_anything_real(folder: Path) -> None:
    path = written(folder, good_hospital())
    with pytest.raises(SettingsError, match=r"renmin\.toml: this file was not written by the demo"):
        load_hospitals(settings_of(hospitals_dir=str(folder)), {})
    path.write_text(f"{DEMO_MARK}\n{path.read_text('utf-8')}", "utf-8")
    with pytest.raises(SettingsError, match=r"leads to .+, and the demo never leaves this machine") as caught:
        load_hospitals(settings_of(hospitals_dir=str(folder)), {})
    assert len(caught.value.sentences) == 7, "each address that is called, whatever the first line says"
    with pytest.raises(SettingsError, match=r"renmin\.toml: this file was written by the demo"):
        load_hospitals(settings_of(**PRODUCTION, hospitals_dir=str(folder)), {})

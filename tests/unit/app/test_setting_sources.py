"""Where settings come from: the environment before `.env`, `.env` before a service manager's secrets; hospitals point into the first two."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from server.app.configuration.hospitals import DEMO_MARK
from settings import ROOT, Settings, SettingsError, load_hospitals, load_settings

URI = "mongodb://127.0.0.1:{}/zhenfu"


@pytest.fixture
def dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `.env` of the test's own, and an environment that sets nothing of Zhenfu."""
    for name in [name for name in os.environ if name.startswith("ZHENFU_")]:
        monkeypatch.delenv(name)
    monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / ".env")
    return tmp_path / ".env"


def test_the_environment_overrules_the_file(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dotenv.write_text('ZHENFU_PORT=9001\nZHENFU_LOG_LEVEL="warning"\nOTHERS_SECRET=x\n# ZHENFU_QR_VALID_DAYS=3\n')
    monkeypatch.setenv("ZHENFU_PORT", "9002")
    settings = load_settings()
    assert (settings.port, settings.log_level, settings.qr_valid_days) == (9002, "warning", 30)


@pytest.mark.parametrize("empty", ["ZHENFU_PORT=\n", "ZHENFU_PORT\n"])
def test_an_empty_variable_is_none(dotenv: Path, empty: str) -> None:
    dotenv.write_text(empty)
    assert load_settings().port == 8888


def test_misspelt_names_of_both_are_told_with_everything_else(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dotenv.write_text("ZHENFU_PROT=9001\nZHENFU_SANDBOX_PORT=x\nZHENFU_OF_ANOTHER_PROGRAM=1\n")
    monkeypatch.setenv("ZHENFU_LOGLEVEL", "info")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    told = sorted(caught.value.sentences)
    assert len(told) == 3
    assert told[0].startswith("environment: ZHENFU_LOGLEVEL is no setting of Zhenfu; did you mean ZHENFU_LOG_LEVEL?")
    assert told[1].startswith("environment: ZHENFU_PROT is no setting of Zhenfu; did you mean ZHENFU_PORT?")
    assert told[2].startswith("environment: ZHENFU_SANDBOX_PORT must be a whole number.")


def test_a_hospital_s_secret_is_found_in_the_environment_and_in_the_file(
    dotenv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dotenv.write_text("One_Key=0123456789abcdef0\nTWO_KEY=0123456789abcdef1\n")
    monkeypatch.setenv("TWO_KEY", "0123456789abcdef2")
    his = (
        '[his]\nbase_url = "http://localhost:1/his"\nkey_id = "k1"\nkeys = { k1 = "env:One_Key", k2 = "env:TWO_KEY" }\n'
    )
    (tmp_path / "one.toml").write_text(f'{DEMO_MARK}\nid = "one"\nprefix = "ZO"\nname = "一"\n{his}', "utf-8")
    (hospital,) = load_hospitals(load_settings({"ZHENFU_HOSPITALS_DIR": str(tmp_path)}))
    assert {name: key.get_secret_value() for name, key in hospital.his.keys.items()} == {
        "k1": "0123456789abcdef0",
        "k2": "0123456789abcdef2",
    }


@pytest.mark.parametrize(("variables", "port"), [({}, "1"), ({"ZHENFU_DATABASE_URI": URI.format(2)}, "2")])
def test_a_service_manager_s_secret_is_read_unless_the_environment_says_otherwise(
    tmp_path: Path, variables: dict[str, str], port: str
) -> None:
    (tmp_path / "zhenfu_database_uri").write_text(URI.format(1) + "\n")
    code = "import settings; uri = settings.load_settings().database_uri; print(uri, uri.get_secret_value())"
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ZHENFU_")}
    shown = subprocess.run(
        [sys.executable, "-c", code], env={**plain, "CREDENTIALS_DIRECTORY": str(tmp_path), **variables},
        cwd=ROOT, capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    assert shown.stdout == f"********** {URI.format(port)}\n"

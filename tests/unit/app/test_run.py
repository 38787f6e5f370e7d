"""The command line: what it takes, what it says when it can't, and when the demo refuses to start."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from server.app.configuration.hospitals import DEMO_MARK
from server.app.demo.refusals import refuse_taken_ports, refuse_what_is_real
from settings import ROOT, SettingsError
from tests.support.command_line import run
from tests.support.settings import settings_of


def test_help_lists_what_exists() -> None:
    shown = run("--help")
    assert shown.returncode == 0
    for command in ("demo", "serve", "work", "sandbox", "doctor", "reset", "menus", "qr", "poster", "keyring"):
        assert f"\n  {command} " in shown.stdout


def test_help_loads_no_server() -> None:
    """Help must be instant: of all libraries only click is imported for it, and for a group's help no server and no SDK."""
    code = """
import sys, run
run.main(["--help"])
print([name for name in ("pydantic", "tornado", "settings", "server.core") if name in sys.modules])
run.main(["staff", "invite", "--help"])
run.main(["person", "--help"])
print([name for name in ("tornado", "motor", "wechatpy", "aiohttp") if name in sys.modules])
"""
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )
    assert [line for line in shown.stdout.splitlines() if line.startswith("[")] == ["[]", "[]"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["servr"], "run.py: there is no command servr; did you mean serve?"),
        (["xyz"], "run.py: there is no command xyz"),
        (["qr", "--hospital", "demo"], "run.py: the following arguments are required: --out, --card, --bill"),
        (["poster", "--hospital", "demo"], "run.py: the following arguments are required: --out, --scene"),
        (["serve", "--fast"], "run.py: unrecognized arguments: --fast"),
    ],
)
def test_wrong_words_are_a_sentence(words: list[str], said: str) -> None:
    shown = run(*words)
    assert shown.returncode == 2
    assert shown.stderr.startswith(said)
    assert shown.stderr.endswith("All commands: python run.py --help\n")
    assert shown.stdout == ""


@pytest.mark.parametrize(
    ("words", "said", "help_of"),
    [
        (["staff", "invte"], "run.py: there is no command invte; did you mean invite?", "staff"),
        (["person", "erase"], "run.py: the following arguments are required: --by", "person"),
        (["reconcile", "--bank", "x"], "run.py: say which files: --ours FILE --channel FILE", "reconcile"),
    ],
)
def test_commands_of_commands_say_where_their_own_help_is(words: list[str], said: str, help_of: str) -> None:
    shown = run(*words)
    assert shown.returncode == 2
    assert shown.stderr.startswith(said)
    assert shown.stderr.endswith(f"All commands: python run.py {help_of} --help\n")


def test_wrong_settings_are_sentences(tmp_path: Path) -> None:
    shown = run("serve", port="x", log_level="loud", data_dir=str(tmp_path))
    assert shown.returncode == 2
    assert len(shown.stderr.splitlines()) == 2
    assert "Traceback" not in shown.stderr


def test_keyring_is_made_and_rotated(tmp_path: Path) -> None:
    first = run("keyring", keyring_file=str(tmp_path / "keyring.toml"), environment="development")
    assert first.returncode == 0
    assert "1 key(s) open" in first.stdout
    assert (tmp_path / "keyring.toml").stat().st_mode & 0o777 == 0o600


# ---- when the demo refuses -------------------------------------------------------------------------------------------


def test_demo_refuses_a_real_hospital(tmp_path: Path) -> None:
    (tmp_path / "hospitals").mkdir()
    (tmp_path / "hospitals" / "demo.toml").write_text(f"{DEMO_MARK}\n", "utf-8")
    refuse_what_is_real(settings_of(data_dir=str(tmp_path)))
    (tmp_path / "hospitals" / "renmin.toml").write_text('id = "renmin"\n', "utf-8")
    with pytest.raises(SettingsError, match=r"renmin\.toml: this file was not written by the demo"):
        refuse_what_is_real(settings_of(data_dir=str(tmp_path)))
    assert run("demo", data_dir=str(tmp_path)).returncode == 2
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["hospitals"]


@pytest.mark.parametrize("uri", ["mongodb://db.example.org/zhenfu", "mongodb://127.0.0.1:27017/"])
def test_demo_refuses_a_database_that_is_not_its_own(tmp_path: Path, uri: str) -> None:
    shown = run(data_dir=str(tmp_path), database_uri=uri)
    assert shown.returncode == 2
    assert "ZHENFU_DATABASE_URI" in shown.stderr
    assert "db.example.org" not in shown.stderr


@pytest.mark.parametrize("environment", ["development", "production"])
def test_demo_runs_in_no_other_environment(tmp_path: Path, environment: str) -> None:
    settings = settings_of(data_dir=str(tmp_path)).model_copy(update={"environment": environment})
    with pytest.raises(SettingsError, match=r"python run\.py serve"):
        refuse_what_is_real(settings)


def test_taken_port_is_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as other:
        port, sandbox_port = str(taken.getsockname()[1]), str(other.getsockname()[1])
        shown = run(port=port, sandbox_port=sandbox_port, data_dir=str(tmp_path))
    assert shown.returncode == 2
    first, second = shown.stderr.splitlines()
    assert first.startswith(
        f"environment: port {port} of ZHENFU_PORT is taken by another program. See who holds it: ss"
    )
    assert f"port {sandbox_port} of ZHENFU_SANDBOX_PORT is taken" in second
    assert list(tmp_path.iterdir()) == []


def test_one_port_for_two_is_a_sentence() -> None:
    with pytest.raises(SettingsError, match="ZHENFU_PORT and ZHENFU_SANDBOX_PORT are both 8901"):
        refuse_taken_ports(settings_of(port="8901", sandbox_port="8901"))


def test_missing_package_is_a_sentence(tmp_path: Path) -> None:
    """``python run.py`` outside the environment: -S leaves the packages out."""
    shown = subprocess.run(
        [sys.executable, "-S", str(ROOT / "run.py")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert shown.returncode == 1
    assert "is not installed here; `make run` makes the environment" in shown.stderr


def test_serve_says_that_its_port_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        shown = run("serve", port=str(taken.getsockname()[1]), data_dir=str(tmp_path))
    assert shown.returncode == 2
    assert "of ZHENFU_PORT is taken by another program" in shown.stderr


@pytest.mark.parametrize(
    "words", [["menus", "--hospital", "x"], ["qr", "--hospital", "x", "--card", "1", "--bill", "2"]]
)
def test_hospital_without_a_file_is_a_sentence(tmp_path: Path, words: list[str]) -> None:
    hospitals = tmp_path / "hospitals"
    hospitals.mkdir()
    his = '[his]\nbase_url = "http://localhost:1/his"\nkey_id = "k"\nkeys = { k = "0123456789abcdef" }\n'
    (hospitals / "one.toml").write_text(f'{DEMO_MARK}\nid = "one"\nprefix = "ZO"\nname = "一"\n{his}', "utf-8")
    shown = run(*words, *(["--out", str(tmp_path / "x.png")] if "qr" in words else []), data_dir=str(tmp_path))
    assert shown.returncode == 2
    assert shown.stderr == "run.py: there is no hospital x. For example: --hospital one （没有这家医院）\n"

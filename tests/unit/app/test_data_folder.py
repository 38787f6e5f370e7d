"""The demo's data folder: claimed, held by one run, private, and cleared by a reset."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from server.app.demo import folder
from settings import ROOT, SettingsError
from tests.support.command_line import run


def test_folder_of_others_is_never_claimed(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").write_text("years of work")
    with pytest.raises(SettingsError, match=r"files that are not the demo's \(thesis\.odt\)"):
        folder.claim(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.odt"]


def test_folder_is_held_by_one_run(tmp_path: Path) -> None:
    with folder.claim(tmp_path) as lock:
        assert folder.published_database(tmp_path) is None
        folder.publish(lock, "mongodb://127.0.0.1:1/")
        assert folder.published_database(tmp_path) == "mongodb://127.0.0.1:1/"
        with pytest.raises(SettingsError, match=rf"a demo is running on this folder \(process {os.getpid()}\)"):
            folder.claim(tmp_path)
        held = run("reset", "--yes", data_dir=str(tmp_path))
        assert held.returncode == 2
        assert "Stop it with Ctrl-C" in held.stderr
    assert folder.published_database(tmp_path) is None
    folder.claim(tmp_path).close()


def test_the_demo_s_folder_is_nobody_else_s_and_neither_is_any_file_of_ours(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    folder.claim(tmp_path).close()
    assert tmp_path.stat().st_mode & 0o777 == 0o700
    code = "import os, run; run.main(['keyring']); print(oct(os.umask(0)))"
    environ = {**os.environ, "ZHENFU_DATA_DIR": str(tmp_path), "ZHENFU_ENVIRONMENT": "demo"}
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=30, check=True
    )
    assert shown.stdout.splitlines()[-1] == "0o77"


def demo_folder(tmp_path: Path) -> Path:
    folder.claim(tmp_path).close()
    (tmp_path / "database").mkdir()
    (tmp_path / "database" / "data.wt").write_text("yesterday")
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "statements" / "ab").mkdir(parents=True)
    (tmp_path / "keyring.toml").write_text("")
    (tmp_path / "mine.txt").write_text("put here later")
    return tmp_path


def test_reset_clears_app_and_sandbox_and_nothing_else(tmp_path: Path) -> None:
    shown = run("reset", "--yes", data_dir=str(demo_folder(tmp_path)))
    assert shown.returncode == 0, shown.stderr
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [folder.MARK, folder.LOCK, "mine.txt"]


@pytest.mark.parametrize(("answer", "kept"), [("n\n", True), ("", True), ("y\n", False)])
def test_reset_asks(tmp_path: Path, answer: str, kept: bool) -> None:
    shown = run("reset", data_dir=str(demo_folder(tmp_path)), stdin=answer)
    assert "database, sandbox, statements, keyring.toml" in shown.stdout
    assert shown.returncode == (1 if kept else 0)
    assert (tmp_path / "database").exists() is kept


def test_reset_clears_only_a_folder_of_the_demo(tmp_path: Path) -> None:
    (tmp_path / "database").mkdir()
    shown = run("reset", "--yes", data_dir=str(tmp_path))
    assert shown.returncode == 2
    assert "this is not the demo's data folder" in shown.stderr
    assert (tmp_path / "database").exists()


def test_reset_clears_nothing_beside_a_real_hospital(tmp_path: Path) -> None:
    (demo_folder(tmp_path) / "hospitals").mkdir()
    (tmp_path / "hospitals" / "renmin.toml").write_text('id = "renmin"\n', "utf-8")
    assert run("reset", "--yes", data_dir=str(tmp_path)).returncode == 2
    assert (tmp_path / "database").exists()

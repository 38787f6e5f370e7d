"""`scripts/make-venv` empties the folder that it makes anew, so it must be its own and not another checkout's behind a link."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[3] / "scripts" / "make-venv"


def make(folder: Path | str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SCRIPT), sys.executable, str(folder)], capture_output=True, text=True, timeout=60, check=False
    )


def test_an_environment_behind_a_link_is_left_as_it_is(tmp_path: Path) -> None:
    others = tmp_path / "another-checkout" / ".venv"
    others.mkdir(parents=True)
    (others / "kept").write_text("theirs", "utf-8")
    link = tmp_path / ".venv"
    link.symlink_to(others)
    told = make(link)
    assert told.returncode == 2
    assert f"{link} is a symbolic link to {others}" in told.stderr
    assert "rm " in told.stderr, "it says what to do"
    assert [path.name for path in others.iterdir()] == ["kept"]
    assert link.is_symlink()


def test_a_link_that_leads_nowhere_is_refused_as_well(tmp_path: Path) -> None:
    link = tmp_path / ".venv"
    link.symlink_to(tmp_path / "gone")
    for named in (f"{link}/", str(link)):
        told = make(named)
        assert told.returncode == 2
        assert f"{link} is a symbolic link" in told.stderr
    assert not (tmp_path / "gone").exists()
    assert link.is_symlink()

"""docs/design.md describes each folder that is there, and none that is not (section 2)."""

from __future__ import annotations

import re

import pytest

from settings import ROOT

TOLD = (ROOT / "docs" / "design.md").read_text("utf-8").partition("## 2.")[2].split("```")[1]
IGNORED = {line.strip("/ ") for line in (ROOT / ".gitignore").read_text("utf-8").splitlines()}


def told_folders(indent: str) -> set[str]:
    """The folders named at the beginnings of lines with this indent; the last line names several."""
    lines = re.findall(rf"^{indent}((?:[a-z_]+/ *)+)", TOLD, re.MULTILINE)
    return {name for line in lines for name in re.findall(r"[a-z_]+(?=/)", line)}


def folders_in(folder: str) -> set[str]:
    names = {path.name for path in (ROOT / folder).iterdir() if path.is_dir() and path.name[0] not in "._"}
    return names - IGNORED


def test_the_folders_of_the_repository_are_told() -> None:
    scripts = {"scripts"}  # beside requirements/
    assert told_folders("") | scripts == folders_in("")
    assert "scripts/" in TOLD


def test_the_folders_of_the_server_are_told() -> None:
    assert told_folders("  ") == folders_in("server")


@pytest.mark.parametrize(("folder", "line"), [("handlers", "handlers/"), ("server/platforms", "platforms/")])
def test_a_line_names_the_folders_within(folder: str, line: str) -> None:
    (told,) = re.findall(rf"^ *{line} (.*)$", TOLD, re.MULTILINE)
    assert {name for name in folders_in(folder) if name not in told} == set()

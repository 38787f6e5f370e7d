"""Every page and file that a docstring, a comment or a page of the docs names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [
    *sorted(path for folder in ("server", "handlers", "sandbox", "tests") for path in (ROOT / folder).rglob("*.py")),
    ROOT / "settings.py",
    ROOT / "run.py",
]
PAGES = [
    *(ROOT / name for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "decisions").glob("*.md")),
]
CITED_PAGE = re.compile(r"docs/[\w./-]+\.md")
CITED_FILE = re.compile(r"`((?:server|handlers|tests|sandbox|scripts|static|templates)/[\w./-]+)`")
CITED_END = re.compile(r"`([\w-]+(?:/[\w-]+)*\.py)`")
"""A file by its name, or by the end of its path."""


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_page_that_a_source_cites_is_in_the_repository() -> None:
    cited = {
        page
        for path in SOURCES
        if "node_modules" not in path.parts
        for page in CITED_PAGE.findall(path.read_text("utf-8"))
    }
    assert len(cited) > 10
    assert sorted(page for page in cited if not (ROOT / page).exists()) == []


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_file_that_a_page_names_is_there(path: Path) -> None:
    named = set(CITED_FILE.findall(path.read_text("utf-8")))
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


@pytest.fixture(scope="module")
def all_files() -> list[str]:
    folders = ("server", "handlers", "sandbox", "tests", "bench", "scripts")
    return [f"/{name_of(path)}" for folder in folders for path in (ROOT / folder).rglob("*.py")] + [
        "/run.py",
        "/settings.py",
    ]


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_end_of_a_path_that_a_page_names_is_there(path: Path, all_files: list[str]) -> None:
    named = set(CITED_END.findall(path.read_text("utf-8")))
    assert sorted(name for name in named if not any(file.endswith(f"/{name}") for file in all_files)) == []


def test_no_source_cites_a_platform_s_page_outside_the_repository() -> None:
    bare = re.compile(r"(?<![\w/.-])protocols/\w+\.md")
    assert [
        name_of(path) for path in SOURCES if path.name != Path(__file__).name and bare.search(path.read_text("utf-8"))
    ] == []

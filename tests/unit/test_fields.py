"""No field of a page or of the mini-program cuts what is pasted into it: the server reads it and says what is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "templates").rglob("*.html"))
SCREENS = sorted((ROOT / "miniprogram" / "pages").rglob("*.wxml"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_cuts_no_paste(page: Path) -> None:
    fields = re.findall(r"<(?:input|textarea)\b[^>]*>", page.read_text("utf-8"))
    assert [field for field in fields if "maxlength" in field or " pattern=" in field] == []


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_screen_of_the_mini_program_cuts_no_paste(screen: Path) -> None:
    """Without a word an input of a mini-program takes 140 characters; -1 takes all."""
    fields = re.findall(r"<(?:input|textarea)\b[^>]*>", screen.read_text("utf-8"))
    assert [field for field in fields if 'maxlength="-1"' not in field] == []

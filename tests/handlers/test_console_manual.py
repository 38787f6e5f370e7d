"""The manual as a page: nothing of its marks is left over, and whoever is sent to a chapter finds it."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from handlers.console.manual import MANUAL
from handlers.console.markdown import anchor, to_html
from tests.handlers.conftest import Browser, text_of
from tests.handlers.console import sit_down
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "console"


def test_marks_become_html_and_text_stays_text() -> None:
    made = to_html(
        "# 一 <b>\n\n甲**乙**`丙`\n丁\n\n- 子\n- 丑\n\n1. 寅\n2. 卯\n\n| 甲 | **乙** |\n|---|---|\n| <i> | 丑 |\n\n[去](#一-b)"
    )
    assert made.replace("\n", "") == (
        '<h1 id="一-b">一 &lt;b&gt;</h1>'
        "<p>甲<strong>乙</strong><code>丙</code>丁</p>"
        "<ul><li>子</li><li>丑</li></ul>"
        "<ol><li>寅</li><li>卯</li></ol>"
        '<table class="list list--lines"><thead><tr><th scope="col">甲</th><th scope="col"><strong>乙</strong></th></tr></thead>'
        '<tbody><tr><td class="cell--name">&lt;i&gt;</td><td data-label="乙">丑</td></tr></tbody></table>'
        '<p><a href="#%E4%B8%80-b">去</a></p>'
    )
    assert "<a" not in to_html("[坏](javascript:alert)")
    assert anchor("退费异常：银行卡已注销") == "退费异常银行卡已注销"


def test_the_manual_has_no_mark_that_the_page_does_not_know() -> None:
    made = to_html(MANUAL.read_text("utf-8"))
    plain = re.sub(r"<[^>]+>", "", made)
    assert re.findall(r"\*\*|`|\]\(|^#|^\||^- ", plain, re.MULTILINE) == []


def test_whoever_is_sent_to_a_chapter_finds_it() -> None:
    made = to_html(MANUAL.read_text("utf-8"))
    there = set(re.findall(r' id="([^"]+)"', made))
    sent = [unquote(chapter) for chapter in re.findall(r'href="#([^"]+)"', made)]
    for template in TEMPLATES.glob("*.html"):
        sent += re.findall(r'href="/console/manual#([^"]+)"', template.read_text("utf-8"))
    assert len(sent) >= 3
    assert [chapter for chapter in sent if chapter not in there] == []


@pytest.mark.gen_test
async def test_it_is_shown_to_staff_only(memory_app: InMemoryApp, desk: Browser) -> None:
    assert (await desk.get("/console/manual")).code == 302
    await sit_down(memory_app, desk, await an_employee(memory_app))
    page = text_of(await desk.get("/console/manual"))
    for chapter in ("医院系统拒绝退费", "手机丢了", "审计校验不一致"):
        assert f">{chapter}</h3>" in page
    assert "<style" not in page

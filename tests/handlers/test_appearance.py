"""The switch between the ordinary size and 长辈版, and the styles that the pages carry."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from handlers.patient.views.appearance import is_page_of
from tests.handlers.conftest import Browser, place, text_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.gen_test
async def test_the_size_is_kept_for_this_browser(browser: Browser, enter: Any) -> None:
    await enter("B1")
    assert 'class="elder"' not in text_of(await browser.get("/h/demo/bills"))
    switched = await browser.get("/h/demo/appearance?size=elder&back=%2Fh%2Fdemo%2Fpayments")
    assert place(switched) == "/h/demo/payments"
    for path in ("/h/demo/bills", "/h/demo/bills/none"):
        page = text_of(await browser.get(path))
        assert 'class="elder"' in page, path
        assert "切换为普通版" in page
    await browser.get("/h/demo/appearance?back=%2Fh%2Fdemo%2Fpayments")
    assert 'class="elder"' not in text_of(await browser.get("/h/demo/bills"))


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/h/demo/../..//evil.example", "", "/h/other/bills"]
)
async def test_the_switch_leads_nowhere_else(browser: Browser, back: str) -> None:
    answer = await browser.get(f"/h/demo/appearance?size=elder&back={back}")
    assert place(answer) == "/h/demo/bills"


@pytest.mark.parametrize("path", ["/h/demo/\\evil.example", "/h/demo/bills\r\nX: 1", "/h/demo/单"])
def test_a_strange_path_is_no_page(path: str) -> None:
    assert not is_page_of("/h/demo", path)


def test_the_hospital_s_name_stands_once(tmp_path: Path) -> None:
    """The client's own title bar shows the page's title, which has the name."""
    layout = (ROOT / "templates/base/layout.html").read_text("utf-8")
    assert layout.count("{{ hospital") == 1


def test_every_class_of_the_styles_is_used_by_a_page() -> None:
    styles = [ROOT / "static/css/pages.css", ROOT / "static/vendor/weui/weui-buttons.css"]
    used = "".join(
        path.read_text("utf-8")
        for folder in ("templates", "static/js", "handlers")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".html", ".js", ".py"}
    )
    composed = {"result--", "look--", "state--", "banner--", "need--"}
    for style in styles:
        text = re.sub(r"/\*.*?\*/", "", style.read_text("utf-8"), flags=re.DOTALL)
        selectors = " ".join(re.findall(r"([^{}]+)\{", text))
        for name in sorted(set(re.findall(r"\.([a-z][a-zA-Z_-]*)", selectors)) - {"wx-root"}):
            known = name in used or any(name.startswith(part) and part in used for part in composed)
            assert known, f"{style.name}: nothing has the class {name}"

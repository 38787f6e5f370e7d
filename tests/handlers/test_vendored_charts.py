"""Apache ECharts lies here byte for byte as npm has it, and the pages with charts name it from our own address."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from handlers.console.views.charts import bars, columns
from tests.handlers.conftest import Browser, text_of
from tests.handlers.test_console_reconciliation import finance
from tests.support.in_memory_app import InMemoryApp

FOLDER = Path(__file__).resolve().parents[2] / "static/vendor/echarts"
SHA256 = "61f13280aba3161f77fc801bf5f9c786f55f10432153a0683fc5cc0700b013d5"


def test_the_file_is_the_published_one_with_its_licence() -> None:
    assert hashlib.sha256((FOLDER / "echarts.common.min.js").read_bytes()).hexdigest() == SHA256
    assert SHA256 in (FOLDER / "VERSION.txt").read_text("utf-8")
    assert "Apache License" in (FOLDER / "LICENSE.txt").read_text("utf-8")


@pytest.mark.gen_test
async def test_a_page_with_charts_has_the_scripts_from_us_and_none_inline(
    memory_app: InMemoryApp, desk: Browser
) -> None:
    await finance(memory_app, desk)
    page = text_of(await desk.get("/console/reconciliation"))
    scripts = re.findall(r"<script([^>]*)>([^<]*)</script>", page)
    assert all('src="/static/' in attributes and not code for attributes, code in scripts)
    assert any("vendor/echarts/" in attributes for attributes, _ in scripts)


def test_scripts_draw_the_same_numbers_as_the_server() -> None:
    lying = json.loads(bars("甲", [("一", 100), ("二", 250)]).data)
    assert (lying["lying"], lying["names"], lying["series"][0]["values"]) == (True, ["一", "二"], [100, 250])
    assert lying["series"][0]["shows"] == ["1.00", "2.50"]
    standing = columns("乙", [("一", 100, 5), ("二", 250, 0)])
    told = json.loads(standing.data)
    assert [(one["name"], one["values"]) for one in told["series"]] == [("收款", [100, 250]), ("退费", [5, 0])]
    assert told["series"][1]["says"] == ["一 退费 0.05元", "二 退费 0.00元"]
    assert [shape.says for shape in standing.shapes if shape.look == "in"] == told["series"][0]["says"]
    assert json.loads(columns("空", []).data)["names"] == []

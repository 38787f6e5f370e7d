"""Registers and figures in the console: what finance sees, exports and prints, and who may."""

from __future__ import annotations

import csv
import io
import itertools
import re
from datetime import date

import pytest
from openpyxl import load_workbook

from handlers.console.views.charts import bars, columns, round_scale
from handlers.console.views.figures import charts_of
from handlers.console.views.sheet_cells import words_of
from server.core.days import hospital_day
from server.reconciliation.his_rows import HisRow
from server.reconciliation.model import RowKind, Sums
from server.reconciliation.rules.day_sheets import fees
from server.reconciliation.rules.figures import durations, trend
from server.staff.model import Role
from tests.handlers.conftest import Browser, text_of
from tests.handlers.console import booked, sit_down
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.unit.reconciliation.days import at
from tests.unit.reconciliation.entries import gave_back, received

pytestmark = pytest.mark.gen_test
FILE = "/console/figures/file"


async def finance(memory_app: InMemoryApp, desk: Browser) -> None:
    await sit_down(memory_app, desk, await an_employee(memory_app, "3001", Role.FINANCE, name="钱财务"))


def a_line(memory_app: InMemoryApp, way: str, amount_fen: int, number: str) -> HisRow:
    return HisRow(
        kind=RowKind.PAYMENT, way=way, amount_fen=amount_fen, booked_at=memory_app.clock.now(), his_trade_no=number, entrance="counter",
        operator="C0107", shift="上午班", department="骨科", items=(("检查", amount_fen),),
    )  # fmt: skip


async def a_day(memory_app: InMemoryApp) -> None:
    """One payment of 37.20 through us, 31.00 in cash and 29.00 by card at a window."""
    await booked(memory_app)
    today = hospital_day(memory_app.clock.now())
    memory_app.his.day_rows = {
        today: (a_line(memory_app, "cash", 3100, "HIS1"), a_line(memory_app, "card", 2900, "HIS2"))
    }


def table(page: str, name: str) -> list[list[str]]:
    """The cells of every line of a sheet, its head and its sums too."""
    section = page.partition(f'aria-labelledby="{name}"')[2].partition("</section>")[0]
    lines = re.findall(r"<tr>(.*?)</tr>", section, re.S)
    return [
        [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[dh][^>]*>.*?</t[dh]>", line, re.S)] for line in lines
    ]


async def test_every_way_of_payment_has_its_share(memory_app: InMemoryApp, desk: Browser) -> None:
    await a_day(memory_app)
    await finance(memory_app, desk)
    page = text_of(await desk.get("/console/figures"))
    head, *rows = table(page, "by-way")
    assert head[:5] == ["支付方式", "收款笔数", "笔数占比", "收款金额", "金额占比"]
    assert [row[:5] for row in rows] == [
        ["微信支付", "1", "33.34%", "37.20", "38.27%"], ["现金", "1", "33.33%", "31.00", "31.89%"],
        ["银行卡", "1", "33.33%", "29.00", "29.84%"], ["合计", "3", "100.00%", "97.20", "100.00%"],
    ]  # fmt: skip
    assert [row[0] for row in table(page, "by-operator")[1:]] == ["C0107", "window-7", "合计"]
    assert "医院系统没有提供" not in page
    assert page.count("<svg") >= 5
    assert page.index('id="by-way"') < page.index('class="chart scroll"') < page.index("<table")


async def test_what_the_his_does_not_list_is_said(memory_app: InMemoryApp, desk: Browser) -> None:
    await booked(memory_app)
    await finance(memory_app, desk)
    page = text_of(await desk.get("/console/figures"))
    assert "医院系统没有提供当日账目" in page
    assert [row[0] for row in table(page, "by-way")[1:]] == ["微信支付", "合计"]


async def test_a_register_names_nobody_whole(memory_app: InMemoryApp, desk: Browser) -> None:
    payment = await booked(memory_app)
    await finance(memory_app, desk)
    page = text_of(await desk.get("/console/figures"))
    _, row, _ = table(page, "receipts")
    assert (row[3], row[4]) == ("张*试", payment.id)
    assert payment.personal.patient_name not in page


async def test_files_have_what_the_page_has(memory_app: InMemoryApp, desk: Browser) -> None:
    await a_day(memory_app)
    await finance(memory_app, desk)
    page = await desk.get("/console/figures")
    whole = await desk.submit(page, FILE, {"kind": "xlsx"})
    book = load_workbook(io.BytesIO(whole.body))
    assert book.sheetnames[:3] == ["说明", "支付方式占比", "收退趋势"]
    assert book["支付方式占比"]["D2"].value == 37.2
    assert book["说明"]["B1"].value == "测试医院"
    assert 'filename="month-20261101-20261123.xlsx"' in whole.headers["Content-Disposition"]
    one = await desk.submit(page, FILE, {"kind": "csv", "what": "by-way"})
    lines = list(csv.reader(io.StringIO(text_of(one).removeprefix("\ufeff"))))
    assert lines[1][:5] == ["微信支付", "1", "33.34%", "37.20", "38.27%"]
    assert one.headers["Content-Type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize(
    ("form", "status"),
    [({"what": "nothing"}, 404), ({"kind": "csv"}, 404), ({"what": "by-way", "since": "yesterday"}, 400)],
)
async def test_a_file_that_there_is_not(
    memory_app: InMemoryApp, desk: Browser, form: dict[str, str], status: int
) -> None:
    await finance(memory_app, desk)
    assert (await desk.submit(await desk.get("/console/figures"), FILE, form)).code == status


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [("since=2026-11-23&until=2026-11-23", 200, "2026年11月23日"), ("since=2026-10-01&until=2026-11-23", 400, "一次最多查31天"),
     ("since=x", 400, "日期不正确"), ("since=2026-11-24&until=2026-11-23", 400, "日期不正确"), ("until=2026-10-31", 200, "2026年10月31日")],
)  # fmt: skip
async def test_days_are_chosen(memory_app: InMemoryApp, desk: Browser, query: str, status: int, words: str) -> None:
    await finance(memory_app, desk)
    answer = await desk.get(f"/console/figures?{query}")
    assert answer.code == status
    assert words in text_of(answer)


async def test_the_last_whole_month_is_one_click_away(memory_app: InMemoryApp, desk: Browser) -> None:
    await finance(memory_app, desk)
    assert 'href="/console/figures?since=2026-10-01&amp;until=2026-10-31">2026年10月月报' in text_of(
        await desk.get("/console/figures")
    )


async def test_who_looked_is_written_down(memory_app: InMemoryApp, desk: Browser) -> None:
    await finance(memory_app, desk)
    await desk.get("/console/figures?since=2026-11-23&until=2026-11-23")
    assert "2026-11-23至2026-11-23的登记与统计" in text_of(await desk.get("/console/audit"))


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.FINANCE}))
async def test_only_finance_gets_files(memory_app: InMemoryApp, desk: Browser, role: Role) -> None:
    await sit_down(memory_app, desk, await an_employee(memory_app, role=role))
    assert (await desk.submit(await desk.get("/console/manual"), FILE, {"kind": "xlsx"})).code == 403


# ---- pictures -----------------------------------------------------------------------------------------------------------------------------


def test_bars_are_as_long_as_their_sums() -> None:
    chart = bars("占比", [("甲", 4000), ("很长很长很长很长的名字", 1000), ("丙", 0)])
    assert [round(shape.width / chart.shapes[0].width, 3) for shape in chart.shapes] == [1.0, 0.25, 0.0]
    assert [text.text for text in chart.texts if text.anchor == "end"] == ["甲", "很长很长很长很长…", "丙"]
    assert max(shape.x + shape.width for shape in chart.shapes) < chart.width
    assert chart.shapes[0].says == "甲 40.00元"


def test_columns_stand_on_one_line_and_never_leave_the_picture() -> None:
    month = columns("趋势", [(f"11-{day:02d}", 1000, 10) for day in range(1, 31)])
    named = [text for text in month.texts if text.text.startswith("11-")]
    gaps = [right.x - left.x for left, right in itertools.pairwise(named)]
    assert (len(named), min(gaps) >= 50) == (10, True), "the names of days stand apart, also on paper"
    chart = columns("趋势", [(f"{day:02d}", day * 1000, day * 10) for day in range(31)])
    assert len({shape.y + shape.height for shape in chart.shapes}) == 1
    assert all(shape.x >= 0 and shape.x + shape.width <= chart.width and shape.y >= 0 for shape in chart.shapes)
    assert len([text for text in chart.texts if text.anchor == "middle"]) <= 16


@pytest.mark.parametrize(("most", "scale"), [(0, 100), (100, 100), (101, 200), (790000, 800000), (800100, 1000000)])
def test_the_scale_is_round(most: int, scale: int) -> None:
    assert round_scale(most) == scale


def test_the_refund_rate_durations_and_fees_have_pictures_of_their_own() -> None:
    word = words_of({})
    day = date(2026, 11, 27)
    entries = [
        received(3100, at(9), booked_at=at(9, 1)), gave_back(1000, at(11), began_at=at(10), number="ZH2R01"), received(2900, at(11)),
    ]  # fmt: skip
    rate = charts_of(trend(entries, day, day), word)[1]
    assert [shape.says for shape in rate.shapes] == ["11-27 16.67%"]
    assert rate.texts[0].text == "11-27", "a label that is cut says no day"
    (times,) = charts_of(durations(entries), word)
    assert [shape.says for shape in times.shapes] == ["付款到入账 1分0秒", "发起退费到退回 1小时0分"]
    kept = Sums(payments=1, paid_fen=1000, fee_fen=6)
    (cost,) = charts_of(fees([(day, "微信支付", kept), (day, "支付宝", kept), (day, "微信支付", kept)]), word)
    assert [shape.says for shape in cost.shapes] == ["微信支付 0.12元", "支付宝 0.06元"]
    assert charts_of(durations([]), word) == [], "a picture of nothing is no picture"

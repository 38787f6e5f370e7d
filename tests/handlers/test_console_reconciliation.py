"""Reconciliation in the console: the month, a day with its differences, decisions with a summary first, and the second person."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from tornado.httpclient import HTTPResponse

from server.core.days import hospital_day
from server.reconciliation.day_model import DayState, DispositionAct, ReconciliationDay
from server.reconciliation.model import Leg
from server.staff.model import Role
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.console import proof_of, sit_down
from tests.support.builders import HOSPITAL
from tests.support.days_in_store import LARGE, MISSING_IN_HIS, ONLY_IN_HIS, a_differing_day, matched_day
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.unit.reconciliation.days import Day, at, payment

pytestmark = pytest.mark.gen_test


async def finance(memory_app: InMemoryApp, desk: Browser, number: str = "3001", name: str = "钱财务") -> Employee:
    employee = await an_employee(memory_app, number, Role.FINANCE, name=name)
    await sit_down(memory_app, desk, employee)
    return employee


async def stored(memory_app: InMemoryApp, day_id: str) -> ReconciliationDay:
    day = await memory_app.stores.days.get(HOSPITAL, day_id)
    assert day is not None
    return day


def picks(page: HTTPResponse) -> dict[str, str]:
    """The ids that can be ticked, by the end of the number beside each."""
    return {end: pick for pick, end in re.findall(r'name="pick" value="([^"]+)" aria-label="选 …(\w+)"', text_of(page))}


def ids_of(page: HTTPResponse, *numbers: str) -> list[tuple[str, str]]:
    return [("pick", picks(page)[number[-6:]]) for number in numbers]


async def test_a_month_shows_each_day_by_its_state(memory_app: InMemoryApp, desk: Browser) -> None:
    day_id = await a_differing_day(memory_app)
    today = hospital_day(memory_app.clock.now())
    clean = Day()
    await memory_app.stores.days.insert(matched_day(today.replace(day=2), clean, state=DayState.CLOSED))
    await finance(memory_app, desk)
    page = text_of(await desk.get("/console/reconciliation"))
    assert f'href="/console/reconciliation/{day_id}"' in page
    assert re.search(r"有差异 3条</a>", page)
    assert re.search(r"已关账</a>", page)
    assert "11月22日 微信支付</a>：3条差异" in page
    october = text_of(await desk.get("/console/reconciliation?month=2026-10"))
    assert "没有待处理的差异" in october
    assert day_id not in october
    assert (await desk.get("/console/reconciliation?month=x")).code == 400


async def test_a_day_says_what_each_side_has(memory_app: InMemoryApp, desk: Browser) -> None:
    day_id = await a_differing_day(memory_app)
    await finance(memory_app, desk)
    page = text_of(await desk.get(f"/console/reconciliation/{day_id}"))
    for text in (
        "本系统",
        "渠道交易账单",
        "医院系统",
        "钱已收到，医院系统没有入账",
        "短款",
        "期末余额",
        "¥25.92",
        "已取到",
    ):
        assert text in page
    assert f'href="/console/payments/{MISSING_IN_HIS}"' in page, "the payment's whole life is one click away"
    assert page.index('class="chart scroll"') < page.index("<table")
    assert (await desk.get("/console/reconciliation/wechat-2026-01-01")).code == 404


async def test_differences_are_filtered(memory_app: InMemoryApp, desk: Browser) -> None:
    day_id = await a_differing_day(memory_app)
    await finance(memory_app, desk)
    url = f"/console/reconciliation/{day_id}"
    assert set(picks(await desk.get(f"{url}?category=missing_at_channel"))) == {ONLY_IN_HIS[-6:]}
    assert picks(await desk.get(f"{url}?show=decided")) == {}
    assert len(picks(await desk.get(f"{url}?show=all"))) == 3
    for query in ("show=x", "category=x"):
        assert (await desk.get(f"{url}?{query}")).code == 400


async def test_several_are_decided_at_once_after_a_summary(memory_app: InMemoryApp, desk: Browser) -> None:
    day_id = await a_differing_day(memory_app)
    employee = await finance(memory_app, desk)
    url = f"/console/reconciliation/{day_id}"
    page = await desk.get(url)
    chosen = [*ids_of(page, MISSING_IN_HIS, ONLY_IN_HIS), ("act", "write_off"), ("remark", "与医院系统核对，已更正")]
    summary = await desk.submit(page, url, chosen)
    assert "2条" in text_of(summary)
    assert "核销" in text_of(summary)
    assert (await stored(memory_app, day_id)).dispositions == (), "nothing happens before the summary is confirmed"
    wrong = await desk.submit(summary, url, [*chosen, ("do", "decide"), ("pin", "000000"), ("totp", "000000")])
    assert "核对后再确认" in text_of(wrong)
    assert (await stored(memory_app, day_id)).dispositions == ()
    done = await desk.submit(summary, url, [*chosen, ("do", "decide"), *proof_of(employee).items()])
    assert place(done) == f"{url}?done=decided"
    day = await stored(memory_app, day_id)
    assert {(each.act, each.by, each.remark) for each in day.dispositions} == {
        (DispositionAct.WRITE_OFF, "staff:3001", "与医院系统核对，已更正")
    }
    after = await desk.get(f"{url}?show=decided")
    assert "核销：与医院系统核对，已更正（工号3001" in text_of(after)
    assert set(picks(await desk.get(url))) == {LARGE[-6:]}


async def test_a_large_difference_needs_another_person(memory_app: InMemoryApp, desk: Browser) -> None:
    day_id = await a_differing_day(memory_app)
    first = await finance(memory_app, desk)
    url = f"/console/reconciliation/{day_id}"
    page = await desk.get(url)
    chosen = [*ids_of(page, LARGE), ("act", "confirm"), ("remark", "已在医院系统补录")]
    summary = await desk.submit(page, url, chosen)
    assert "1条超过限额" in text_of(summary)
    await desk.submit(summary, url, [*chosen, ("do", "decide"), *proof_of(first).items()])
    day = await stored(memory_app, day_id)
    assert not day.dispositions[0].holds
    waiting = await desk.get(f"{url}?show=waiting")
    agree = [("do", "agree"), ("id", day.dispositions[0].discrepancy)]
    memory_app.clock.forward(seconds=31)
    own = await desk.submit(waiting, url, [*agree, *proof_of(first).items()])
    assert own.code == 403
    second = await finance(memory_app, desk, "3002", "孙财务")
    waiting = await desk.get(f"{url}?show=waiting")
    done = await desk.submit(waiting, url, [*agree, *proof_of(second).items()])
    assert place(done) == f"{url}?done=agreed"
    assert (await stored(memory_app, day_id)).dispositions[-1].holds
    assert "工号3002复核" in text_of(await desk.get(f"{url}?show=decided"))


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ([("act", "write_off"), ("remark", "更正")], "请先勾选"), ([("remark", "更正")], "请选择怎么处理"),
        ([("act", "write_off"), ("remark", " ")], "请填写原因"), ([("act", "link"), ("remark", "更正")], "请选择怎么处理"),
    ],
)  # fmt: skip
async def test_what_is_missing_is_said(
    memory_app: InMemoryApp, desk: Browser, form: list[tuple[str, str]], words: str
) -> None:
    day_id = await a_differing_day(memory_app)
    await finance(memory_app, desk)
    url = f"/console/reconciliation/{day_id}"
    page = await desk.get(url)
    ticked = [] if words == "请先勾选" else ids_of(page, LARGE)
    answer = await desk.submit(page, url, [*ticked, *form])
    assert answer.code == 400
    assert words in text_of(answer)


async def test_a_day_is_matched_again_by_a_person(memory_app: InMemoryApp, desk: Browser) -> None:
    day_id = await a_differing_day(memory_app)
    await finance(memory_app, desk)
    url = f"/console/reconciliation/{day_id}"
    done = await desk.submit(await desk.get(url), url, {"do": "again"})
    assert place(done) == f"{url}?done=again"
    assert [(line.what, line.by) for line in (await stored(memory_app, day_id)).history] == [
        ("day_run_again", "staff:3001")
    ]


async def test_days_and_differences_are_files_too(memory_app: InMemoryApp, desk: Browser) -> None:
    day_id = await a_differing_day(memory_app)
    await finance(memory_app, desk)
    month = await desk.get("/console/reconciliation")
    book = load_workbook(io.BytesIO((await desk.submit(month, "/console/reconciliation", {"month": "2026-11"})).body))
    assert [cell.value for cell in book["日对账表"][1]][:5] == ["日期", "渠道", "医院系统笔数", "渠道笔数", "已勾兑"]
    assert [cell.value for cell in book["日对账表"][2]][1:5] == ["微信支付", 7, 8, 6]
    assert [cell.value for cell in book["手续费统计"][2]][1:6] == ["微信支付", 7, 2062.01, 4, 0.2]
    assert "<h2>手续费</h2>" in text_of(month)
    url = f"/console/reconciliation/{day_id}"
    told = await desk.submit(await desk.get(url), url, {"do": "file", "kind": "csv"})
    lines = list(csv.reader(io.StringIO(text_of(told).removeprefix("\ufeff"))))
    assert sorted(line[2].strip() for line in lines[1:-1]) == [MISSING_IN_HIS, ONLY_IN_HIS, LARGE]


async def test_what_was_decided_stands_in_the_files_as_text(memory_app: InMemoryApp, desk: Browser) -> None:
    day_id = await a_differing_day(memory_app)
    employee = await finance(memory_app, desk)
    url = f"/console/reconciliation/{day_id}"
    for act, remark in (("confirm", "先记下"), ("confirm", "=1+1")):
        page = await desk.get(f"{url}?show=all")
        chosen = [("pick", f"payment:{LARGE}"), ("act", act), ("remark", remark)]
        await desk.submit(page, url, [*chosen, ("do", "decide"), *proof_of(employee).items()])
        memory_app.clock.forward(minutes=1)
    told = await desk.submit(await desk.get(url), url, {"do": "file"})
    sheet = load_workbook(io.BytesIO(told.body))["差异明细"]
    cells = {str(row[2].value): row[-1] for row in sheet.iter_rows(min_row=2)}
    assert sheet.cell(1, sheet.max_column).value == "处理"
    assert (cells[MISSING_IN_HIS].value, cells[LARGE].data_type) == (None, "s")
    assert str(cells[LARGE].value).startswith("确认无误：=1+1（")
    assert "等另一人复核" in str(cells[LARGE].value)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.FINANCE}))
async def test_only_finance_enters(memory_app: InMemoryApp, desk: Browser, role: Role) -> None:
    day_id = await a_differing_day(memory_app)
    await sit_down(memory_app, desk, await an_employee(memory_app, role=role))
    manual = await desk.get("/console/manual")
    for path in ("/console/reconciliation", f"/console/reconciliation/{day_id}"):
        assert (await desk.get(path)).code == 403
        assert (await desk.submit(manual, path, {"do": "again"})).code == 403


async def test_two_differences_are_linked_in_the_console(memory_app: InMemoryApp, desk: Browser) -> None:
    day = hospital_day(memory_app.clock.now()) - timedelta(days=1)
    rows = Day()
    rows.rows += [payment(leg, "KIOSK1", 900, at(10, day=day)) for leg in (Leg.CHANNEL, Leg.FUND)]
    rows.rows.append(payment(Leg.HIS, "KIOSK2", 900, at(10, day=day), channel_no=""))
    await memory_app.stores.days.insert(matched_day(day, rows))
    employee = await finance(memory_app, desk)
    url = f"/console/reconciliation/wechat-{day}"
    page = await desk.get(url)
    chosen = [*ids_of(page, "KIOSK1", "KIOSK2"), ("act", "link"), ("remark", "窗口换号重收")]
    summary = await desk.submit(page, url, chosen)
    for text in ("2条", "¥0.00 平", "两笔是同一笔"):
        assert text in text_of(summary)
    done = await desk.submit(summary, url, [*chosen, ("do", "decide"), *proof_of(employee).items()])
    assert place(done) == f"{url}?done=decided"
    assert [each.act for each in (await stored(memory_app, f"wechat-{day}")).dispositions] == [DispositionAct.LINK] * 2

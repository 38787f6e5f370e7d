"""报告: only audited ones of bound cards, what is abnormal in words, what is sensitive only after a code, every view in the chain."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from server.core.errors import OutcomeUnknown
from server.core.systems import HOSPITAL_SYSTEM
from server.patients.model import BoundCard
from server.reports.model import Flag, ReportState
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.doors import an_app
from tests.handlers.report_pages import REPORTS, paths_of, viewed
from tests.support.builders import CARD, HOSPITAL, an_identity
from tests.support.clock_and_ids import MORNING
from tests.support.in_memory_app import InMemoryApp
from tests.support.reports import (
    PDF,
    PNG,
    FaithfulReports,
    a_film,
    a_past_value,
    a_report,
    a_screening,
    an_item,
    an_offer,
)

pytestmark = pytest.mark.gen_test


@pytest.fixture
def system() -> FaithfulReports:
    return FaithfulReports(a_report("R1"), a_film("R2"), a_screening("R3"))


@pytest.fixture
def memory_app(system: FaithfulReports) -> InMemoryApp:
    return an_app(reports={HOSPITAL: an_offer(system)})


@pytest.fixture
def bound(memory_app: InMemoryApp, enter: Any) -> Any:
    async def log_in() -> dict[str, str]:
        return await paths_of(memory_app, await enter())

    return log_in


async def test_the_list_has_the_audited_reports_of_bound_cards(
    memory_app: InMemoryApp, browser: Browser, bound: Any, system: FaithfulReports
) -> None:
    for number, state in (("R4", ReportState.PRELIMINARY), ("R5", ReportState.WITHDRAWN)):
        system.known[number] = a_report(number, head={"state": state, "title": f"没有审核的{number}"})
    paths = await bound()
    page = text_of(await browser.get(REPORTS))
    assert set(paths) == {"R1", "R2", "R3"}
    assert "张*试 就诊卡\u00a0****0001" in page
    assert "1 项异常" in page
    assert "没有审核的" not in page
    assert "张测试" not in page
    assert CARD not in page


@pytest.mark.parametrize("silent", [1, 2])
async def test_a_card_of_which_the_his_does_not_answer_is_said_to_be_missing(
    memory_app: InMemoryApp, browser: Browser, bound: Any, system: FaithfulReports, silent: int
) -> None:
    await bound()
    second = BoundCard(hospital=HOSPITAL, owner=an_identity().key, card_no="C0000002", name="张小测")
    await memory_app.stores.cards.bind(second)
    missing = "医院系统暂时没有响应，有的就诊卡没有查到，请稍后再看。"
    assert missing not in text_of(await browser.get(REPORTS))
    system.will("reports", *[OutcomeUnknown(HOSPITAL_SYSTEM, "silent")] * silent)
    page = await browser.get(REPORTS)
    assert (page.code, missing in text_of(page)) == ((200, True) if silent == 1 else (503, False))
    assert "还没有可查看的报告" not in text_of(page)


async def test_abnormal_values_are_said_in_words_and_with_an_arrow(
    memory_app: InMemoryApp, browser: Browser, bound: Any, system: FaithfulReports
) -> None:
    paths = await bound()
    low = an_item("TG", name="甘油三酯", value="0.2", flag=Flag.VERY_LOW)
    system.known["R1"] = a_report("R1", an_item(), low, an_item("TC", name="总胆固醇", flag=Flag.NORMAL))
    page = text_of(await browser.get(paths["R1"]))
    for words in ("偏高 ↑", "明显偏低 ↓↓", "正常", "参考范围 1.2–3.4", "3.91 mmol/L", "2 项异常", "已审核", "未打印"):
        assert words in page, words
    assert await viewed(memory_app) == [
        {"report": paths["R1"].rpartition("/")[2], "part": "page", "by_channel": "wechat", "reader": (await viewed(memory_app))[0]["reader"]}
    ]  # fmt: skip


async def test_a_report_that_is_withdrawn_is_no_longer_shown(
    memory_app: InMemoryApp, browser: Browser, bound: Any, system: FaithfulReports
) -> None:
    paths = await bound()
    system.changes("R1", state=ReportState.WITHDRAWN)
    assert (await browser.get(paths["R1"])).code == 404
    assert await viewed(memory_app) == []


async def test_between_list_and_page_a_report_may_be_withdrawn(
    memory_app: InMemoryApp, browser: Browser, bound: Any, system: FaithfulReports
) -> None:
    paths = await bound()
    system.will("report", lambda: system.changes("R1", state=ReportState.WITHDRAWN))
    answer = await browser.get(paths["R1"])
    assert (answer.code, "没有找到这份报告" in text_of(answer)) == (404, True)


async def test_nobody_sees_a_report_of_a_card_that_is_not_bound(browser: Browser, enter: Any, bound: Any) -> None:
    paths = await bound()
    await enter(subject="openid-somebody-else")
    for path in (paths["R1"], f"{paths['R2']}/files/1", f"{paths['R1']}/values/LDL"):
        assert (await browser.get(path)).code == 404


async def test_nothing_is_shown_that_the_chain_can_t_tell_of(
    memory_app: InMemoryApp, browser: Browser, bound: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = await bound()

    async def full(*args: Any) -> None:
        raise OutcomeUnknown("audit", "down")

    monkeypatch.setattr(memory_app.audit, "append", full)
    answer = await browser.get(paths["R1"])
    assert (answer.code, "偏高" in text_of(answer)) == (503, False)


async def test_pictures_and_papers_come_as_what_they_are_and_run_nothing(
    memory_app: InMemoryApp, browser: Browser, bound: Any
) -> None:
    path = (await bound())["R2"]
    page = text_of(await browser.get(path))
    assert f'src="{path}/files/1"' in page
    assert "双肺纹理稍增多。" in page
    assert "请结合临床。" in page
    picture, paper = await browser.get(f"{path}/files/1"), await browser.get(f"{path}/files/2")
    assert (picture.body, picture.headers["Content-Type"]) == (PNG, "image/png")
    assert (paper.body, paper.headers["Content-Type"]) == (PDF, "application/pdf")
    for answer in (picture, paper):
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
    assert (await browser.get(f"{path}/files/3")).code == 404
    assert [one["part"] for one in await viewed(memory_app)] == ["page", "file", "file", "file"]


async def test_a_value_over_time_is_drawn_and_listed(browser: Browser, bound: Any, system: FaithfulReports) -> None:
    path = (await bound())["R1"]
    system.past = [a_past_value(60, "2.10"), a_past_value(30, "2.60"), a_past_value(0, "3.91", flag=Flag.HIGH)]
    page = text_of(await browser.get(f"{path}/values/LDL"))
    assert "<svg" in page
    assert 'role="img"' in page
    assert page.count("<circle") == 3
    assert page.index("3.91 mmol/L") < page.index("2.60 mmol/L") < page.index("2.10 mmol/L")
    assert "偏高 ↑" in page
    assert "从 2026年9月24日 的 2.10 到 2026年11月23日 的 3.91\u00a0mmol/L，最低 2.10，最高 3.91" in page
    assert (await browser.get(f"{path}/values/OTHER")).code == 404


async def test_a_sensitive_report_is_opened_by_a_code_to_the_hospital_s_phone(
    memory_app: InMemoryApp, browser: Browser, bound: Any
) -> None:
    path = (await bound())["R3"]
    closed = await browser.get(path)
    assert "阴性" not in text_of(closed)
    assert "抗体" not in text_of(closed)
    assert (await browser.get(f"{path}/values/HIVAB")).code == 404
    assert await viewed(memory_app) == []
    asked = await browser.submit(closed, f"{path}/code", {})
    assert "138****0001" in text_of(asked)
    code = memory_app.sms.sent[-1][1].values["code"]
    other = "000000" if code != "000000" else "000001"
    wrong = await browser.submit(asked, f"{path}/open", {"code": other, "phone_masked": "138****0001"})
    assert (wrong.code, "验证码不正确" in text_of(wrong)) == (400, True)
    done = await browser.submit(asked, f"{path}/open", {"code": code})
    assert (done.code, place(done)) == (303, path)
    assert "阴性" in text_of(await browser.get(path))
    again = await browser.submit(asked, f"{path}/open", {"code": code})
    assert again.code == 400
    memory_app.clock.forward(15 * 60 + 1)
    assert "阴性" not in text_of(await browser.get(path))


async def test_what_is_sensitive_by_its_title_shows_no_title_in_the_list(
    browser: Browser, bound: Any, system: FaithfulReports
) -> None:
    system.changes("R1", title="梅毒 螺旋体抗体", department="皮肤性病科")
    await bound()
    page = text_of(await browser.get(REPORTS))
    assert "需要验证后查看的报告" in page
    assert "梅毒" not in page
    assert "皮肤性病科" not in page


async def test_codes_are_few_and_tries_are_counted(memory_app: InMemoryApp, browser: Browser, bound: Any) -> None:
    path = (await bound())["R3"]
    page = await browser.get(path)
    for _ in range(5):
        assert (await browser.submit(page, f"{path}/code", {})).code == 200
    sixth = await browser.submit(page, f"{path}/code", {})
    assert (sixth.code, len(memory_app.sms.sent)) == (429, 5)
    code = memory_app.sms.sent[-1][1].values["code"]
    other = "000000" if code != "000000" else "000001"
    for _ in range(5):
        assert (await browser.submit(page, f"{path}/open", {"code": other})).code == 400
    assert (await browser.submit(page, f"{path}/open", {"code": code})).code == 429


async def test_the_first_page_counts_new_reports_until_they_are_opened(
    browser: Browser, bound: Any, system: FaithfulReports
) -> None:
    system.changes("R3", audited_at=MORNING - timedelta(days=8))
    paths = await bound()
    assert "有 2 份新报告" in text_of(await browser.get("/h/demo/"))
    await browser.get(paths["R1"])
    assert "有 1 份新报告" in text_of(await browser.get("/h/demo/"))
    await browser.get(paths["R2"])
    assert "份新报告" not in text_of(await browser.get("/h/demo/"))

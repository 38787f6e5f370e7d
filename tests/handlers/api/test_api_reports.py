"""报告 by the API: only audited ones of bound cards, abnormal in words, sensitive ones after a code, every view in the chain."""

from __future__ import annotations

import base64

import pytest

from server.core.errors import LinkExpired, OutcomeUnknown
from server.core.systems import HOSPITAL_SYSTEM
from server.patients.model import BoundCard
from server.reports.model import FileContent, Flag, ReportState
from tests.handlers.api.conftest import BothApps, Client, told
from tests.handlers.doors import an_app
from tests.handlers.report_pages import bind, viewed
from tests.support.builders import CARD, HOSPITAL
from tests.support.in_memory_app import InMemoryApp
from tests.support.mini_program import MINI_APP, ObligingMiniProgram
from tests.support.reports import FaithfulReports, a_film, a_past_value, a_report, a_screening, an_item, an_offer

pytestmark = pytest.mark.gen_test
NUMBERS = {"血脂四项": "R1", "胸部正位片": "R2", "需要验证后查看的报告": "R3"}


@pytest.fixture
def system() -> FaithfulReports:
    return FaithfulReports(a_report("R1"), a_film("R2"), a_screening("R3", title="HIV 筛查"))


@pytest.fixture
def memory_app(system: FaithfulReports, mini: ObligingMiniProgram) -> InMemoryApp:
    return an_app(reports={HOSPITAL: an_offer(system)}, channels={"wechat": BothApps()}, mini_program=mini)


async def listed(memory_app: InMemoryApp, client: Client) -> dict[str, str]:
    """The addresses of the person's reports by their numbers."""
    await client.log_in()
    await bind(memory_app, f"wechat:{MINI_APP}:openid-mini-zhang")
    items = told(await client.call("GET", "/reports"))["items"]
    return {NUMBERS[one["title"]]: f"/reports/{one['report_key']}" for one in items}


async def test_the_list_has_the_audited_reports_of_bound_cards(
    memory_app: InMemoryApp, client: Client, system: FaithfulReports
) -> None:
    system.known["R4"] = a_report("R4", head={"state": ReportState.PRELIMINARY, "title": "没有审核的"})
    assert set(await listed(memory_app, client)) == {"R1", "R2", "R3"}
    answer = await client.call("GET", "/reports")
    lines = told(answer)["items"]
    assert ("1 项异常", "warn") in [(one["text"], one["look"]) for one in lines]
    [closed] = [one for one in lines if one["closed"]]
    assert (closed["title"], closed["text"]) == ("需要验证后查看的报告", "")
    assert "张测试" not in answer.body.decode()
    assert CARD not in answer.body.decode()


async def test_a_card_of_which_the_his_does_not_answer_is_noted(
    memory_app: InMemoryApp, client: Client, system: FaithfulReports
) -> None:
    await listed(memory_app, client)
    assert told(await client.call("GET", "/reports"))["note"] == ""
    owner = f"wechat:{MINI_APP}:openid-mini-zhang"
    second = BoundCard(hospital=HOSPITAL, owner=owner, card_no="C0000002", name="张小测")
    await memory_app.stores.cards.bind(second)
    system.will("reports", OutcomeUnknown(HOSPITAL_SYSTEM, "silent"))
    note = told(await client.call("GET", "/reports"))["note"]
    assert note == "医院系统暂时没有响应，有的就诊卡没有查到，请稍后再看。"


async def test_abnormal_values_are_said_in_words_with_an_arrow_and_a_look(
    memory_app: InMemoryApp, client: Client, system: FaithfulReports
) -> None:
    own = (await listed(memory_app, client))["R1"]
    low = an_item("TG", name="甘油三酯", value="0.2", flag=Flag.VERY_LOW)
    system.known["R1"] = a_report("R1", an_item(), low, an_item("TC", name="总胆固醇", flag=Flag.NORMAL))
    report = told(await client.call("GET", own))["report"]
    assert [(one["flag"], one["look"]) for one in report["items"]] == [
        ("偏高 ↑", "warn"), ("明显偏低 ↓↓", "warn"), ("正常", "success"),
    ]  # fmt: skip
    assert (report["text"], report["look"]) == ("2 项异常", "warn")
    assert {"label": "状态", "value": "已审核"} in report["facts"]
    [view] = await viewed(memory_app)
    assert (view["report"], view["part"]) == (own.rpartition("/")[2], "page")


async def test_an_examination_is_read_in_lines_and_names_its_files(memory_app: InMemoryApp, client: Client) -> None:
    own = (await listed(memory_app, client))["R2"]
    report = told(await client.call("GET", own))["report"]
    assert report["items"] == []
    assert report["text"] == ""
    assert report["findings"]
    assert report["files"] == [
        {"file_no": "1", "name": "胸部正位", "kind": "picture"},
        {"file_no": "2", "name": "报告单", "kind": "paper"},
    ]


async def test_a_picture_is_fetched_and_the_view_recorded(
    memory_app: InMemoryApp, client: Client, system: FaithfulReports
) -> None:
    own = (await listed(memory_app, client))["R2"]
    system.contents["1"] = FileContent(media_type="image/png", content=b"\x89PNG picture")
    file = told(await client.call("GET", f"{own}/files/1"))
    assert (file["media_type"], base64.b64decode(file["content_base64"])) == ("image/png", b"\x89PNG picture")
    assert [view["part"] for view in await viewed(memory_app)] == ["file"]
    assert (await client.call("GET", f"{own}/files/9")).code == 404


async def test_a_link_is_made_shown_and_ended(memory_app: InMemoryApp, client: Client) -> None:
    own = (await listed(memory_app, client))["R1"]
    before = told(await client.call("GET", own))
    assert (before["can_share"], before["share"]) == (True, None)
    made = told(await client.call("POST", f"{own}/share"))
    assert "/h/demo/shared/" in made["url"]
    assert "拿到链接的人都能看到这份报告，有效期至 " in made["text"]
    assert told(await client.call("GET", own))["share"] == made
    again = told(await client.call("POST", f"{own}/share"))
    assert again["url"] != made["url"], "one link at a time"
    sealed = again["url"].rpartition("/")[2]
    sharing = memory_app.services.reports.sharing
    assert (await sharing.open(HOSPITAL, sealed)).head.title == "血脂四项"
    assert [(await client.call("DELETE", f"{own}/share")).code for _ in range(2)] == [204, 204]
    assert told(await client.call("GET", own))["share"] is None
    with pytest.raises(LinkExpired):
        await sharing.open(HOSPITAL, sealed)


async def test_a_sensitive_report_is_not_shared(memory_app: InMemoryApp, client: Client) -> None:
    own = (await listed(memory_app, client))["R3"]
    assert told(await client.call("GET", own))["can_share"] is False
    assert (await client.call("POST", f"{own}/share")).code == 400


async def test_a_sensitive_report_opens_after_a_fresh_code(
    memory_app: InMemoryApp, client: Client, system: FaithfulReports
) -> None:
    own = (await listed(memory_app, client))["R3"]
    assert told(await client.call("GET", own))["report"] is None
    assert (await client.call("POST", f"{own}/opening", {"code": "000000"})).code == 400
    sent = told(await client.call("POST", f"{own}/codes"))
    assert sent["phone_masked"] == "138****0001"
    assert await viewed(memory_app) == []
    code = memory_app.sms.sent[-1][1].values["code"]
    system.calls.clear()
    opened = await client.call("POST", f"{own}/opening", {"code": f" {code} "})
    assert system.named("reports") == [CARD], "the HIS is asked for the list once"
    assert (opened.code, bool(told(opened)["report"])) == (200, True)
    assert told(await client.call("GET", own))["report"] is not None
    assert told(await client.call("POST", f"{own}/codes"))["phone_masked"] is None
    assert not any(one["closed"] for one in told(await client.call("GET", "/reports"))["items"])
    await client.log_in()
    assert told(await client.call("GET", own))["report"] is None, "a code opens in its session only"


async def test_one_value_over_time_the_newest_first(
    memory_app: InMemoryApp, client: Client, system: FaithfulReports
) -> None:
    own = (await listed(memory_app, client))["R1"]
    item_no = told(await client.call("GET", own))["report"]["items"][0]["item_no"]
    system.past = [a_past_value(30, "3.0"), a_past_value(0, "3.9", flag=Flag.HIGH)]
    over_time = told(await client.call("GET", f"{own}/values/{item_no}"))
    assert [(one["value"].split()[0], one["flag"]) for one in over_time["values"]] == [
        ("3.9", "偏高 ↑"),
        ("3.0", "正常"),
    ]
    assert (await client.call("GET", f"{own}/values/NONE")).code == 404


async def test_nobody_sees_a_report_of_a_card_that_is_not_bound(memory_app: InMemoryApp, client: Client) -> None:
    own = (await listed(memory_app, client))["R1"]
    await client.log_in("openid-mini-wang")
    for method, path in (
        ("GET", own),
        ("POST", f"{own}/codes"),
        ("GET", f"{own}/values/LDL"),
        ("POST", f"{own}/share"),
        ("GET", f"{own}/files/1"),
    ):
        assert (await client.call(method, path)).code == 404, path
    assert (await client.call("POST", f"{own}/opening", {"code": "123456"})).code == 404

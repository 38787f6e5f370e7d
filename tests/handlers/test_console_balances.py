"""The console's page of old outpatient balances of which no message has reached anybody, and the list as a file."""

from __future__ import annotations

import html
import re

import pytest

from server.console import balance_room
from server.core.errors import OutcomeUnknown
from server.core.systems import HOSPITAL_SYSTEM
from server.patients.model import BoundCard
from server.staff.model import Role
from tests.handlers.conftest import Browser, text_of
from tests.handlers.console import proof_of, sit_down
from tests.handlers.doors import an_app
from tests.support.builders import CARD, HOSPITAL, an_identity
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.old_balances import FaithfulOldBalances, an_old_balance
from tests.support.outside import FaithfulHis, RecordingMessenger

pytestmark = pytest.mark.gen_test
PAGE = "/console/money/balances"
FILE = f"{PAGE}/file"


@pytest.fixture
def balances() -> FaithfulOldBalances:
    """Three cards; the first is bound by one whom nothing reaches."""
    return FaithfulOldBalances(
        an_old_balance(),
        an_old_balance(card_no="990000000001", patient_name="=李测试", balance_fen=5),
        an_old_balance(card_no="990000000002", patient_name="王测试", balance_fen=1234),
    )


@pytest.fixture
def memory_app(balances: FaithfulOldBalances) -> InMemoryApp:
    messengers = {"wechat": RecordingMessenger(follows=False)}
    return an_app(his=FaithfulHis(old_balances=balances), messengers=messengers, sms=None)


async def finance(memory_app: InMemoryApp, desk: Browser, role: Role = Role.FINANCE) -> Employee:
    employee = await an_employee(memory_app, "3001", role, name="钱财务")
    await sit_down(memory_app, desk, employee)
    await memory_app.stores.cards.bind(
        BoundCard(hospital=HOSPITAL, owner=an_identity().key, card_no=CARD, name="张测试")
    )
    await memory_app.balance_round.once()
    return employee


def lines_of(page: str) -> list[list[str]]:
    body = page.split("<tbody>")[-1].split("</tbody>")[0] if "<tbody>" in page else ""
    return [re.findall(r"<td[^>]*>(.*?)</td>", line) for line in body.split("<tr>")[1:]]


def told_on(page: str) -> str:
    [told] = re.findall(r'<p role="status">(.*?)</p>', page)
    return str(told)


def more_of(page: str) -> str:
    [way_on] = re.findall(r'href="([^"]*)">后面的</a>', page)
    return html.unescape(way_on)


async def test_finance_sees_who_was_not_reached_masked_with_reason_day_and_sum(
    memory_app: InMemoryApp, desk: Browser
) -> None:
    await finance(memory_app, desk)
    assert f'href="{PAGE}">没有通知到的门诊余额</a>' in text_of(await desk.get("/console/money"))
    page = text_of(await desk.get(PAGE))
    assert lines_of(page) == [
        ["张*试", "****0001", "¥100.00", "聊天消息没有送到，没有开通短信", "2026年11月23日"],
        ["=**试", "****0001", "¥0.05", "没有人绑定这张卡", "—"],
        ["王*试", "****0002", "¥12.34", "没有人绑定这张卡", "—"],
    ]
    assert told_on(page) == "医院名单第1到3张卡，共3张：这里3张，合计¥112.39。"
    for whole in ("张测试", CARD, "990000000001", "13800000001"):
        assert whole not in page
    listed = [one for one in await memory_app.stores.audit.latest(HOSPITAL, 20) if one.what == "staff_listed"]
    assert [dict(one.detail) for one in listed] == [{"door": "console", "list": "unreached"}]
    chain = text_of(await desk.get("/console/audit"))
    assert "控制台，没有通知到的门诊余额" in chain


async def test_a_reason_is_chosen_and_what_is_no_reason_is_refused(memory_app: InMemoryApp, desk: Browser) -> None:
    await finance(memory_app, desk)
    page = text_of(await desk.get(f"{PAGE}?why=nobody_bound"))
    assert [line[0] for line in lines_of(page)] == ["=**试", "王*试"]
    assert 'value="nobody_bound" selected' in page
    assert told_on(page) == "医院名单第1到3张卡，共3张：这里2张，合计¥12.39。"
    assert lines_of(text_of(await desk.get(f"{PAGE}?why=refused"))) == []
    for query in ("why=another", "after=x", "after=1", "after=１"):
        assert (await desk.get(f"{PAGE}?{query}")).code == 400


async def test_the_his_is_asked_for_one_page_at_a_time(
    memory_app: InMemoryApp, balances: FaithfulOldBalances, desk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await finance(memory_app, desk)
    monkeypatch.setattr(balance_room, "LINES", 1)
    balances.calls.clear()
    first = text_of(await desk.get(PAGE))
    assert (balances.named("balances"), told_on(first)) == (
        [(0, 1)],
        "医院名单第1到1张卡，共3张：这里1张，合计¥100.00。",
    )
    assert more_of(first).startswith(f"{PAGE}?after=")
    assert CARD not in more_of(first)
    balances.calls.clear()
    on = text_of(await desk.get(f"{PAGE}?why=nobody_bound"))
    assert balances.named("balances") == [(0, 1), (1, 1)], "the card of nobody who fits is passed over"
    assert (lines_of(on)[0][0], told_on(on)[:15]) == ("=**试", "医院名单第1到2张卡，共3张：")
    last = text_of(await desk.get(more_of(on)))
    assert (lines_of(last)[0][0], "后面的</a>" in last) == ("王*试", False)
    balances.known.pop("990000000002")
    behind = text_of(await desk.get(more_of(on)))
    assert (lines_of(behind), told_on(behind)) == ([], "医院的名单里没有更多的卡。")


async def test_only_so_many_pages_are_passed_over(
    memory_app: InMemoryApp, balances: FaithfulOldBalances, desk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await finance(memory_app, desk)
    monkeypatch.setattr(balance_room, "LINES", 1)
    monkeypatch.setattr(balance_room, "PAGES_LOOKED_AT", 2)
    balances.calls.clear()
    page = text_of(await desk.get(f"{PAGE}?why=refused"))
    assert balances.named("balances") == [(0, 1), (1, 1)]
    assert "这些卡里没有，请看后面的。" in page
    assert more_of(page).startswith(f"{PAGE}?why=refused&after=")


async def test_the_file_has_everything_in_cells_that_do_nothing(memory_app: InMemoryApp, desk: Browser) -> None:
    employee = await finance(memory_app, desk)
    page = await desk.get(PAGE)
    wrong = await desk.submit(page, FILE, {**proof_of(employee), "pin": "000000"})
    assert (wrong.code, CARD in text_of(wrong)) == (403, False)
    assert not [one for one in await memory_app.stores.audit.latest(HOSPITAL, 20) if one.what == "unreached_listed"]
    answer = await desk.submit(page, FILE, proof_of(employee))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="unreached-20261123.csv"'
    assert text_of(answer).split("\r\n") == [
        "\ufeff就诊卡号,姓名,登记的手机号,余额（元）,为什么没有通知到,从哪天起",
        f"{CARD},张测试,13800000001,100.00,聊天消息没有送到，没有开通短信,2026-11-23",
        "990000000001\t,'=李测试,13800000001,0.05,没有人绑定这张卡,",
        "990000000002\t,王测试,13800000001,12.34,没有人绑定这张卡,",
        "",
    ]
    [line] = [one for one in await memory_app.stores.audit.latest(HOSPITAL, 20) if one.what == "unreached_listed"]
    assert (line.by, dict(line.detail)) == ("staff:3001", {"lines": "3", "from": "1"})


async def test_a_list_that_is_too_long_for_a_page_is_for_the_command(
    memory_app: InMemoryApp, desk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    employee = await finance(memory_app, desk)
    page = await desk.get(PAGE)
    monkeypatch.setattr(balance_room, "EXPORT_LINES_MAX", 2)
    answer = await desk.submit(page, FILE, proof_of(employee))
    assert "名单太长，请信息科在服务器上导出，见操作手册。</p>" in text_of(answer)
    assert (answer.code, CARD in text_of(answer)) == (403, False)
    monkeypatch.setattr(balance_room, "EXPORT_LINES_MAX", 3)
    memory_app.clock.forward(60)
    assert CARD in text_of(await desk.submit(page, FILE, proof_of(employee)))


async def test_a_list_that_breaks_off_is_no_file(
    memory_app: InMemoryApp, balances: FaithfulOldBalances, desk: Browser
) -> None:
    employee = await finance(memory_app, desk)
    page = await desk.get(PAGE)
    balances.will("balances", OutcomeUnknown(HOSPITAL_SYSTEM, "silent"))
    answer = await desk.submit(page, FILE, proof_of(employee))
    assert (answer.code >= 500, CARD in text_of(answer)) == (True, False)


@pytest.mark.parametrize("role", [Role.CASHIER, Role.APPROVER, Role.ADMIN])
async def test_it_is_for_finance(memory_app: InMemoryApp, desk: Browser, role: Role) -> None:
    employee = await finance(memory_app, desk, role)
    assert (await desk.get(PAGE)).code == 403
    form = await desk.get("/console/manual")
    assert (await desk.submit(form, FILE, proof_of(employee))).code == 403


async def test_an_empty_list_says_so(memory_app: InMemoryApp, balances: FaithfulOldBalances, desk: Browser) -> None:
    await finance(memory_app, desk)
    balances.known.clear()
    page = text_of(await desk.get(PAGE))
    assert (told_on(page), lines_of(page)) == ("医院的名单里没有余额。", [])


class TestElsewhere:
    @pytest.fixture
    def memory_app(self) -> InMemoryApp:
        return an_app()

    async def test_a_hospital_that_tells_of_no_balances_has_no_such_page(
        self, memory_app: InMemoryApp, desk: Browser
    ) -> None:
        await finance(memory_app, desk)
        assert PAGE not in text_of(await desk.get("/console/money"))
        assert (await desk.get(PAGE)).code == 404

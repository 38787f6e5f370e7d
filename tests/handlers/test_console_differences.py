"""The list of differences over several days: filters, views that are kept, and decisions about several at once."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

import pytest

from server.core.days import hospital_day
from server.payments.rules.search import PaymentSearch, as_facts
from server.staff.model import Role
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.console import proof_of, sit_down
from tests.handlers.test_console_reconciliation import finance, stored
from tests.support.builders import HOSPITAL
from tests.support.days_in_store import LARGE, MISSING_IN_HIS, ONLY_IN_HIS, a_differing_day, matched_day, rows_of
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.gen_test
PATH = "/console/reconciliation/differences"


async def two_days(memory_app: InMemoryApp) -> tuple[str, str]:
    """Yesterday and the day before it, each with three differences: their ids."""
    yesterday = await a_differing_day(memory_app)
    before = hospital_day(memory_app.clock.now()) - timedelta(days=2)
    day = matched_day(before, rows_of(before))
    await memory_app.stores.days.insert(day)
    return day.id, yesterday


def picks(page: str) -> list[str]:
    return re.findall(r'name="pick" value="([^"]+)"', page)


async def test_the_differences_of_all_days_stand_in_one_list(memory_app: InMemoryApp, desk: Browser) -> None:
    before, yesterday = await two_days(memory_app)
    await finance(memory_app, desk)
    page = text_of(await desk.get(PATH))
    assert [pick.partition(" ")[0] for pick in picks(page)] == [before] * 3 + [yesterday] * 3
    assert "共6条" in page
    assert f'href="/console/reconciliation/{before}"' in page
    day = yesterday.partition("-")[2]
    assert len(picks(text_of(await desk.get(f"{PATH}?since={day}&until={day}&category=missing_at_channel")))) == 1
    assert len(picks(text_of(await desk.get(f"{PATH}?least=100")))) == 2
    assert picks(text_of(await desk.get(f"{PATH}?show=decided"))) == []
    assert "没有这样的差异" in text_of(await desk.get(f"{PATH}?channel=alipay"))
    assert "没有这样的差异" in text_of(await desk.get(f"{PATH}?since=9999-12-31&until=9999-12-31"))
    for query in ("since=x", "leg=x", "show=x", "least=x", "since=2026-11-22&until=2026-11-21", "since=2020-01-01"):
        assert (await desk.get(f"{PATH}?{query}")).code == 400


async def test_a_day_that_the_channel_has_closed_before_us_is_listed(memory_app: InMemoryApp, desk: Browser) -> None:
    """As the sandbox's clock does."""
    later = hospital_day(memory_app.clock.now()) + timedelta(days=1)
    await memory_app.stores.days.insert(matched_day(later, rows_of(later)))
    await finance(memory_app, desk)
    assert len(picks(text_of(await desk.get(f"{PATH}?until={later}")))) == 3


async def test_the_list_offers_the_channels_whose_days_are_reconciled_and_the_one_that_is_asked_for(
    memory_app: InMemoryApp, desk: Browser
) -> None:
    await finance(memory_app, desk)
    reconciled = sorted(memory_app.hospital.channels)
    for query, more in (("", []), ("?channel=wechat", []), ("?channel=closed_one", ["closed_one"])):
        page = text_of(await desk.get(f"{PATH}{query}"))
        (offered,) = re.findall(r'<select[^>]* name="channel".*?</select>', page, re.DOTALL)
        assert sorted(re.findall(r'value="(\w+)"', offered)) == sorted([*reconciled, *more])


async def test_only_finance_sees_the_list(memory_app: InMemoryApp, desk: Browser) -> None:
    await two_days(memory_app)
    await sit_down(memory_app, desk, await an_employee(memory_app, "2001", Role.APPROVER, name="周审批"))
    assert (await desk.get(PATH)).code == 403


async def test_differences_of_two_days_are_decided_at_once(memory_app: InMemoryApp, desk: Browser) -> None:
    before, yesterday = await two_days(memory_app)
    employee = await finance(memory_app, desk)
    page = await desk.get(f"{PATH}?most=100")
    ids = [("pick", pick) for pick in picks(text_of(page)) if MISSING_IN_HIS in pick or ONLY_IN_HIS in pick]
    chosen = [*ids, ("act", "write_off"), ("remark", "与医院系统核对过")]
    nothing = await desk.submit(page, PATH, chosen[4:])
    assert (nothing.code, "请先勾选" in text_of(nothing)) == (400, True)
    summary = await desk.submit(page, f"{PATH}?most=100", chosen)
    for words in ("4条", "2天", "核销"):
        assert words in text_of(summary)
    assert (await stored(memory_app, before)).dispositions == ()
    wrong = await desk.submit(summary, f"{PATH}?most=100", [*chosen, ("do", "decide"), ("pin", "1"), ("totp", "1")])
    assert "核对后再确认" in text_of(wrong)
    done = await desk.submit(summary, f"{PATH}?most=100", [*chosen, ("do", "decide"), *proof_of(employee).items()])
    assert "most=100" in place(done), "the filters stay"
    assert "已处理4条。" in text_of(await desk.get(place(done)))
    for day in (before, yesterday):
        assert {each.remark for each in (await stored(memory_app, day)).dispositions} == {"与医院系统核对过"}
        assert len((await stored(memory_app, day)).dispositions) == 2
    left = picks(text_of(await desk.get(PATH)))
    assert [LARGE in pick for pick in left] == [True, True]


async def test_a_search_is_kept_under_a_name_and_opened_for_the_days_until_yesterday(
    memory_app: InMemoryApp, desk: Browser
) -> None:
    await two_days(memory_app)
    await finance(memory_app, desk)
    today = hospital_day(memory_app.clock.now())
    url = f"{PATH}?since={today - timedelta(days=9)}&until={today - timedelta(days=8)}&category=missing_in_his&show=all"
    page = await desk.get(url)
    kept = await desk.submit(page, url, [("do", "keep"), ("name", "HIS没有的")])
    assert kept.code == 303
    assert "HIS没有的" in text_of(await desk.get(PATH))
    opened = await desk.get(f"{PATH}?view=HIS%E6%B2%A1%E6%9C%89%E7%9A%84")
    since, until = (re.search(rf"{name}=([0-9-]+)", place(opened)) for name in ("since", "until"))
    assert since is not None
    assert until is not None
    assert date.fromisoformat(since[1]) == today - timedelta(days=2)
    assert date.fromisoformat(until[1]) == today - timedelta(days=1)
    assert len(picks(text_of(await desk.get(place(opened))))) == 4
    assert "HIS没有的" not in text_of(await desk.get("/console/payments")), "each room has its own"
    await desk.submit(await desk.get(PATH), PATH, [("do", "drop"), ("name", "HIS没有的")])
    assert "HIS没有的" not in text_of(await desk.get(PATH))
    assert (await desk.get(f"{PATH}?view=x")).code == 404


async def test_a_view_of_payments_of_before_stays_a_view_of_payments(memory_app: InMemoryApp, desk: Browser) -> None:
    """It was kept when no view said of which room it was."""
    employee = await finance(memory_app, desk)
    one = await memory_app.stores.staff.get(HOSPITAL, employee.number)
    assert one is not None
    await memory_app.staff.keep_views(one, lambda views: (*views, ("已入账的", json.dumps(as_facts(PaymentSearch())))))
    assert "已入账的" in text_of(await desk.get("/console/payments"))
    assert "已入账的" not in text_of(await desk.get(PATH))
    actor = await memory_app.stores.staff.get(HOSPITAL, employee.number)
    assert actor is not None
    assert memory_app.console.search.view(actor, "已入账的") == PaymentSearch()

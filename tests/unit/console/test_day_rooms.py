"""对账 in the console, line by line: which days a month and a list have, what a decision must say, and who agrees."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from server.core.errors import BadInput, NotAllowed, NotFound, Refusal
from server.reconciliation.day_model import DispositionAct, ReconciliationDay, day_id
from server.reconciliation.rules.difference_list import DifferenceSearch
from server.staff.model import RefundLimits, Role
from tests.support.builders import HOSPITAL
from tests.support.employees import Employee, an_employee
from tests.support.reconciled import CHANNEL, KIOSK, ReconciledApp, differing
from tests.unit.reconciliation.test_sending_back import SEND_BACK, case, lost

pytestmark = pytest.mark.asyncio
CONFIRM = DispositionAct.CONFIRM
REMARK_WORDS = "请填写原因，2至200字。"


async def said(asked: Awaitable[object], kind: type[Refusal]) -> str:
    with pytest.raises(Refusal) as raised:
        await asked
    assert type(raised.value) is kind
    return raised.value.user_message


async def finance(
    days_app: ReconciledApp, number: str = "5001", name: str = "钱财务", limit_fen: int = 100_000
) -> Employee:
    limits = RefundLimits(per_refund_fen=limit_fen, per_day_fen=100_000)
    return await an_employee(days_app.app, number, Role.FINANCE, limits, name=name)


async def with_days(*days: date) -> ReconciledApp:
    """The same day, as if it were these."""
    days_app = ReconciledApp()
    one = await differing(days_app)
    for day in days:
        await days_app.app.stores.days.insert(replace(one, day=day))
    return days_app


class TestAMonth:
    async def test_has_all_its_days_and_no_other_the_newest_first(self) -> None:
        first, last, after, before = (date(2024, 2, 1), date(2024, 2, 29), date(2024, 3, 1), date(2024, 1, 31))
        days_app = await with_days(first, last, after, before)
        room, actor = days_app.app.services.console.days, await (await finance(days_app)).now()
        assert [day.day for day in await room.month(actor, first)] == [last, first]
        assert [day.day for day in await room.month(actor, date(2024, 3, 1))] == [after]
        assert await room.month(actor, date(2025, 2, 1)) == (), "of 28 days"

    async def test_of_december_ends_with_the_year(self) -> None:
        days_app = await with_days(date(2024, 12, 31), date(2025, 1, 1))
        room, actor = days_app.app.services.console.days, await (await finance(days_app)).now()
        assert [day.day for day in await room.month(actor, date(2024, 12, 1))] == [date(2024, 12, 31)]

    @pytest.mark.parametrize("year", [1999, 2200])
    async def test_that_is_none(self, year: int) -> None:
        days_app = ReconciledApp()
        room, actor = days_app.app.services.console.days, await (await finance(days_app)).now()
        assert await said(room.month(actor, date(year, 1, 1)), BadInput) == "月份不正确。"
        for good in (2000, 2199):
            assert await room.month(actor, date(good, 1, 1)) == ()

    async def test_is_this_one_in_the_hospital(self) -> None:
        days_app = ReconciledApp()
        room = days_app.app.services.console.days
        assert room.this_month() == date(2026, 11, 1)
        days_app.app.clock.forward(days=7, hours=14, minutes=30, seconds=-1)
        assert room.this_month() == date(2026, 11, 1)
        days_app.app.clock.forward(1)
        assert room.this_month() == date(2026, 12, 1)


class TestADay:
    async def test_that_is_not_there(self) -> None:
        days_app = ReconciledApp()
        room, actor = days_app.app.services.console.days, await (await finance(days_app)).now()
        assert await said(room.day(actor, "wechat:2026-11-20"), NotFound) == "没有找到这一天的对账。"

    async def test_waits_for_the_day_before_while_it_has_no_result(self) -> None:
        days_app = await with_days(date(2026, 11, 22))
        room, store = days_app.app.services.console.days, days_app.app.stores.days
        before = await days_app.day(date(2026, 11, 22))
        await store.save(before, replace(before, result="", version=before.version + 1))
        today = await days_app.day()
        waiting = await room.first_to_match(replace(today, result=""))
        assert waiting is not None
        assert waiting.day == date(2026, 11, 22)
        assert await room.first_to_match(today) is None

    @pytest.mark.parametrize(
        ("ids", "remark", "words"),
        [
            ([], "已核对", "请先勾选要处理的差异。"), ([KIOSK], "", REMARK_WORDS), ([KIOSK], " 核 ", REMARK_WORDS),
            ([KIOSK], "核" * 201, REMARK_WORDS),
        ],
    )  # fmt: skip
    async def test_is_decided_with_a_reason(self, ids: list[str], remark: str, words: str) -> None:
        days_app = ReconciledApp()
        day = await differing(days_app)
        room, actor = days_app.app.services.console.days, await (await finance(days_app)).now()
        assert await said(room.summary(actor, day.id, ids, CONFIRM, remark), BadInput) == words
        assert await said(room.proposed(actor, day.id, ids, CONFIRM, remark), BadInput) == words
        for good in ("核对", "核" * 200):
            assert (await room.summary(actor, day.id, [KIOSK], CONFIRM, good)).count == 1

    async def test_is_only_for_finance(self) -> None:
        days_app = ReconciledApp()
        day = await differing(days_app)
        room = days_app.app.services.console.days
        cashier = await an_employee(days_app.app)
        actor, proof = await cashier.now(), cashier.proof()
        asked: list[Awaitable[object]] = [
            room.month(actor, date(2026, 11, 1)), room.day(actor, day.id),
            room.summary(actor, day.id, [KIOSK], CONFIRM, "核对"), room.proposed(actor, day.id, [KIOSK], CONFIRM, "核对"),
            room.decide(actor, day.id, [KIOSK], CONFIRM, "核对", proof), room.agree(actor, day.id, KIOSK, proof),
            room.run_again(actor, day.id),
        ]  # fmt: skip
        for one in asked:
            assert await said(one, NotAllowed) == "您的岗位不能进行这个操作。"
        assert await days_app.day() == day

    async def test_is_run_again_by_name(self) -> None:
        days_app = ReconciledApp()
        day = await differing(days_app)
        one = await finance(days_app)
        after = await days_app.app.services.console.days.run_again(await one.now(), day.id)
        assert after.history[-1].by == "staff:5001"
        asked = days_app.app.services.console.days.run_again(await one.now(), "wechat:2026-11-20")
        assert await said(asked, NotFound) == "没有找到这一天的对账。"


class TestTheSecondPerson:
    async def test_has_something_to_agree_to(self) -> None:
        days_app = ReconciledApp()
        day = await differing(days_app)
        room, one = days_app.app.services.console.days, await finance(days_app)
        words = "这条差异没有待复核的处理。"
        assert await said(room.agree(await one.now(), day.id, KIOSK, one.proof()), NotFound) == words
        await room.decide(await one.now(), day.id, [KIOSK], CONFIRM, "核对", one.proof())
        assert await said(room.agree(await one.now(), day.id, KIOSK, one.proof()), NotFound) == words, "it holds"

    async def big(self, days_app: ReconciledApp) -> ReconciliationDay:
        """A difference so large that its decision needs another person."""
        day = await differing(days_app, amount_fen=10_000_000)
        one = await finance(days_app)
        return await days_app.app.services.console.days.decide(
            await one.now(), day.id, [KIOSK], CONFIRM, "核对", one.proof()
        )

    async def test_is_another_one_and_proves_it(self) -> None:
        days_app = ReconciledApp()
        day = await self.big(days_app)
        room = days_app.app.services.console.days
        one, other = await finance(days_app, "5003", "孙财务"), await finance(days_app, "5002", "李财务", limit_fen=0)
        first = await days_app.app.staff.get(HOSPITAL, "5001")
        assert await said(room.agree(first, day.id, KIOSK, one.proof()), NotAllowed) == "不能复核自己提出的了结。"
        wrong = other.proof(pin="908172")
        assert await said(room.agree(await other.now(), day.id, KIOSK, wrong), NotAllowed) == "PIN或动态码不正确。"
        after = await room.agree(await other.now(), day.id, KIOSK, other.proof())
        decided = after.disposition(KIOSK)
        assert decided is not None
        assert (decided.by, decided.second_by, decided.holds) == ("staff:5001", "staff:5002", True)
        assert (await other.now()).spent_fen == 0, "no money goes back"

    async def test_spends_what_goes_back(self) -> None:
        days_app = ReconciledApp()
        payment, day = await lost(days_app)
        room, one = days_app.app.services.console.days, await finance(days_app)
        day = await room.decide(await one.now(), day.id, [case(payment)], SEND_BACK, "不补记", one.proof())
        small = await finance(days_app, "5003", "孙财务", payment.amount_fen - 1)
        refused = await said(room.agree(await small.now(), day.id, case(payment), small.proof()), NotAllowed)
        assert refused.startswith("这笔支付的退费超过您的审批限额")
        assert (await days_app.day()).disposition(case(payment)) == day.disposition(case(payment))
        other = await finance(days_app, "5002", "李财务")
        await room.agree(await other.now(), day.id, case(payment), other.proof())
        assert (await other.now()).spent_fen == payment.amount_fen


class TestTheList:
    def search(self, since: date, until: date) -> DifferenceSearch:
        return DifferenceSearch(since=since, until=until)

    async def test_shows_the_month_until_yesterday(self) -> None:
        room = ReconciledApp().app.services.console.differences
        assert room.usual() == (date(2026, 10, 23), date(2026, 11, 22))

    async def test_has_at_most_two_months_from_early_to_late(self) -> None:
        days_app = ReconciledApp()
        day = (await differing(days_app)).day
        room, actor = days_app.app.services.console.differences, await (await finance(days_app)).now()
        for since in (day, day - timedelta(days=61)):
            assert [each.day.day for each in await room.found(actor, self.search(since, day))] == [day]
        assert len(await room.found(actor, self.search(day, day + timedelta(days=30)))) == 1
        for since in (day + timedelta(days=1), day - timedelta(days=62)):
            words = "日期要从早到晚，最多62天。"
            assert await said(room.found(actor, self.search(since, day)), BadInput) == words
        cashier = await (await an_employee(days_app.app)).now()
        await said(room.found(cashier, self.search(day, day)), NotAllowed)

    async def test_is_decided_two_hundred_at_once(self) -> None:
        days_app = ReconciledApp()
        await differing(days_app)
        room, actor = days_app.app.services.console.differences, await (await finance(days_app)).now()
        many = [("x", str(number)) for number in range(201)]
        assert await said(room.summary(actor, many, CONFIRM, "核对"), BadInput) == "一次最多处理200条。"
        assert await said(room.summary(actor, many[:200], CONFIRM, "核对"), NotFound)
        assert await said(room.summary(actor, [], CONFIRM, "核对"), BadInput) == "请先勾选要处理的差异。"

    async def test_a_view_is_of_as_many_days_until_yesterday(self) -> None:
        days_app = ReconciledApp()
        room, one = days_app.app.services.console.differences, await finance(days_app)
        search = DifferenceSearch(since=date(2026, 9, 1), until=date(2026, 9, 7), channel=CHANNEL, least_fen=500)
        await room.keep(await one.now(), "大额", search)
        week = replace(search, since=date(2026, 11, 16), until=date(2026, 11, 22))
        assert room.view(await one.now(), "大额") == week
        await said(room.keep(await (await an_employee(days_app.app)).now(), "大额", search), NotAllowed)

    async def test_counts_what_it_decided_before_a_day_that_has_changed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        days_app = await with_days(date(2026, 11, 20), date(2026, 11, 21))
        room, one = days_app.app.services.console.differences, await finance(days_app)
        decisions, real, recorded = days_app.days.decisions, days_app.days.decisions.record, list[date]()

        async def changed(proposal: object, remark: str) -> object:
            day: ReconciliationDay = proposal.day  # type: ignore[attr-defined]
            if day.day in refused:
                raise NotAllowed("changed meanwhile")
            recorded.append(day.day)
            return await real(proposal, remark)  # type: ignore[arg-type]

        monkeypatch.setattr(decisions, "record", changed)
        days = [date(2026, 11, 20), date(2026, 11, 21), days_app.today]
        picks = [(day_id(CHANNEL, day), KIOSK) for day in days]
        refused = {days[0]}
        await said(room.decide(await one.now(), picks, CONFIRM, "核对", one.proof()), NotAllowed)
        assert recorded == [], "nothing is decided where the first day has changed"
        refused = {days[1]}
        assert await room.decide(await one.now(), picks, CONFIRM, "核对", one.proof()) == 2
        assert recorded == [days[0], days[2]]

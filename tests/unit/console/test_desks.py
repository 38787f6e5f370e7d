"""The desks at which two people end what no rule can: each no in its words, what is kept of it, and what is spent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace

import pytest

from server.console import unclaimed_desk
from server.core.errors import BadInput, LostRace, NotAllowed, NotFound, NotSent, Refusal
from server.payments.ending_model import EndingAct
from server.payments.model import Payment
from server.payments.rules.ending_acts import seen_mark
from server.payments.rules.unclaimed_acts import seen_mark as money_mark
from server.payments.unclaimed_model import UnclaimedAct
from server.refunds.authorization import Authorization
from server.staff.model import RefundLimits, Role
from server.staff.rules.auth_events import Asked
from tests.support.builders import HOSPITAL
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid
from tests.support.unclaimed import LOST, agreed, paid_astray, proposed, the_money, two_of_finance
from tests.unit.console.test_endings import at_another_amount

pytestmark = pytest.mark.asyncio
NO_WORDS = "请写明依据，例如凭证号和日期。"


async def said(asked: Awaitable[object], kind: type[Refusal] = NotAllowed) -> str:
    with pytest.raises(Refusal) as raised:
        await asked
    assert type(raised.value) is kind
    return raised.value.user_message


class TestEnding:
    async def propose(self, memory_app: InMemoryApp, one: Employee, payment: Payment, words: str) -> Payment:
        return await memory_app.console.endings.propose(
            await one.now(), payment.id, seen_mark(payment), EndingAct.BOOK_AS_IS, 77, words, one.proof()
        )

    async def test_what_is_kept_of_a_proposal(self) -> None:
        memory_app = InMemoryApp()
        one, _ = await two_of_finance(memory_app)
        payment = await at_another_amount(memory_app)
        assert await said(self.propose(memory_app, one, payment, "  "), BadInput) == NO_WORDS
        waiting = await self.propose(memory_app, one, payment, f" {'据' * 201} ")
        assert waiting.ending is not None
        assert memory_app.console.endings.proof_of(waiting) == "据" * 200
        assert (waiting.ending.by, waiting.ending.at, len(waiting.ending.ticket)) == (
            "staff:3001", memory_app.clock.now(), 24,
        )  # fmt: skip
        assert (waiting.ending.amount_fen, waiting.ending.mark) == (0, seen_mark(payment)), (
            "only what was settled has one"
        )

    async def test_what_can_not_be_proposed_or_agreed_to_uses_no_code_up(self) -> None:
        memory_app = InMemoryApp()
        one, other = await two_of_finance(memory_app)
        payment = await at_another_amount(memory_app)
        desk, mark, act = memory_app.console.endings, seen_mark(payment), EndingAct.BOOK_AS_IS
        proof = one.proof()
        for wrong, words in ((mark + 1, "凭证"), (mark, " ")):
            with pytest.raises((NotAllowed, BadInput)):
                await desk.propose(await one.now(), payment.id, wrong, act, 0, words, proof)
        waiting = await desk.propose(await one.now(), payment.id, mark, act, 0, "凭证", proof)
        proof = other.proof()
        with pytest.raises(NotAllowed):
            await desk.agree(await other.now(), payment.id, seen_mark(waiting) + 1, proof)
        await desk.agree(await other.now(), payment.id, seen_mark(waiting), proof)

    async def test_nothing_was_written_where_nothing_waits(self) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        assert memory_app.console.endings.proof_of(payment) == ""

    async def test_what_waits_is_dropped_by_whoever_decides(self) -> None:
        memory_app = InMemoryApp()
        one, other = await two_of_finance(memory_app)
        waiting = await self.propose(memory_app, one, await at_another_amount(memory_app), "凭证")
        cashier = await an_employee(memory_app)
        asked = memory_app.console.endings.drop(await cashier.now(), waiting.id)
        assert await said(asked) == "您的岗位不能进行这个操作。"
        after = await memory_app.console.endings.drop(await other.now(), waiting.id)
        assert (after.ending, after.history[-1].by) == (None, "staff:3002")
        asked = memory_app.console.endings.agree(await other.now(), waiting.id, seen_mark(after), other.proof())
        assert await said(asked) == "没有等待复核的了结申请。"

    async def test_a_look_is_only_for_who_decides(self) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        cashier = await an_employee(memory_app)
        await said(memory_app.console.endings.look(await cashier.now(), payment.id))


class TestUnclaimed:
    async def test_what_is_not_there_and_who_may_not_look(self) -> None:
        memory_app = InMemoryApp()
        one, _ = await two_of_finance(memory_app)
        money = await paid_astray(memory_app)
        desk, cashier = memory_app.console.unclaimed, await (await an_employee(memory_app)).now()
        assert await said(desk.look(await one.now(), "nothing"), NotFound) == "没有找到这笔钱。"
        role = "您的岗位不能进行这个操作。"
        assert await said(desk.look(cashier, money.id)) == role
        assert await said(desk.drop(cashier, money.id)) == role
        approver = await an_employee(memory_app, "2001", Role.APPROVER, name="王审批")
        asked = desk.propose(
            await approver.now(), money.id, money_mark(money), UnclaimedAct.SEND_BACK, "据", approver.proof()
        )
        assert await said(asked) == role

    async def test_what_is_kept_of_a_proposal(self) -> None:
        memory_app = InMemoryApp()
        one, other = await two_of_finance(memory_app)
        money = await paid_astray(memory_app)
        desk, mark = memory_app.console.unclaimed, money_mark(money)
        assert desk.proof_of(money) == ""
        empty = desk.propose(await one.now(), money.id, mark, UnclaimedAct.SEND_BACK, "  ", one.proof())
        assert await said(empty, BadInput) == NO_WORDS
        waiting = await desk.propose(
            await one.now(), money.id, mark, UnclaimedAct.SEND_BACK, f" {'据' * 201} ", one.proof()
        )
        assert waiting.ending is not None
        assert (len(waiting.ending.ticket), waiting.ending.by) == (24, "staff:3001")
        assert desk.proof_of(waiting) == "据" * 200
        after = await agreed(memory_app, other)
        assert (after.ending, desk.proof_of(after)) == (None, "据" * 200), "the one that ended it"
        assert (await other.now()).spent_fen == 1234

    async def test_what_can_not_be_proposed_or_agreed_to_uses_no_code_up(self) -> None:
        memory_app = InMemoryApp()
        one, other = await two_of_finance(memory_app)
        money = await paid_astray(memory_app)
        desk, mark, act = memory_app.console.unclaimed, money_mark(money), UnclaimedAct.SEND_BACK
        proof = one.proof()
        for wrong, words in ((mark + 1, "凭证"), (mark, " ")):
            with pytest.raises((NotAllowed, BadInput)):
                await desk.propose(await one.now(), money.id, wrong, act, words, proof)
        waiting = await desk.propose(await one.now(), money.id, mark, act, "凭证", proof)
        proof = other.proof()
        with pytest.raises(NotAllowed):
            await desk.agree(await other.now(), money.id, money_mark(waiting) + 1, proof)
        await desk.agree(await other.now(), money.id, money_mark(waiting), proof)

    async def test_who_proposes_and_who_agrees_prove_it(self) -> None:
        memory_app = InMemoryApp()
        one, other = await two_of_finance(memory_app)
        money = await paid_astray(memory_app)
        desk, mark = memory_app.console.unclaimed, money_mark(money)
        wrong = desk.propose(await one.now(), money.id, mark, UnclaimedAct.SEND_BACK, "据", one.proof(pin="908172"))
        assert await said(wrong) == "PIN或动态码不正确。"
        assert (await the_money(memory_app)).ending is None
        waiting = await proposed(memory_app, one)
        refused = desk.agree(await other.now(), money.id, money_mark(waiting), other.proof(pin="908172"))
        assert await said(refused) == "PIN或动态码不正确。"
        assert (await the_money(memory_app)).ended is None

    async def test_a_silent_channel_is_waited_for_so_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        memory_app = InMemoryApp()
        one, _ = await two_of_finance(memory_app)
        money = await paid_astray(memory_app)
        desk = memory_app.console.unclaimed
        assert (await desk.look(await one.now(), money.id))[1].trade is not None

        async def hang(*asked: object) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(unclaimed_desk, "ASKED_S_MAX", 0.01)
        monkeypatch.setattr(memory_app.channel, "query", hang)
        assert (await desk.look(await one.now(), money.id))[1].trade is None
        monkeypatch.undo()
        memory_app.channel.will("query", NotSent("wechatpay"))
        assert (await desk.look(await one.now(), money.id))[1].trade is None

    async def test_its_sides_say_whose_number_it_is(self) -> None:
        memory_app = InMemoryApp()
        one, _ = await two_of_finance(memory_app)
        money = await paid_astray(memory_app)
        _, sides = await memory_app.console.unclaimed.look(await one.now(), money.id)
        assert (sides.ours, sides.payment, sides.refund) == (True, None, None)
        elsewhere = replace(money, id="wechat:other", out_trade_no="WINDOW1", channel="alipay")
        await memory_app.stores.unclaimed.insert(elsewhere)
        _, sides = await memory_app.console.unclaimed.look(await one.now(), "wechat:other")
        assert (sides.ours, sides.trade) == (False, None), "a channel that the hospital has no more says nothing"
        assert money.out_trade_no == LOST


class TestWord:
    """Money that leaves on one's word counts against the day's limit, unless surely nothing came of it."""

    @pytest.mark.parametrize(
        ("failure", "spent"), [(NotAllowed("no"), 0), (LostRace("no"), 0), (NotSent("his"), 300), (None, 300)]
    )
    async def test_what_surely_came_to_nothing_is_given_back(self, failure: Exception | None, spent: int) -> None:
        memory_app = InMemoryApp()
        one, _ = await two_of_finance(memory_app)
        authorization = Authorization(memory_app.staff, memory_app.services.shared.office.permission, Asked.ENDING)
        try:
            async with authorization.by(await one.now(), one.proof(), 300):
                if failure is not None:
                    raise failure
        except (Refusal, LostRace, NotSent) as error:
            assert error is failure  # noqa: PT017
        assert (await one.now()).spent_fen == spent

    async def test_it_fits_the_day_over_all_numbers_of_a_person(self) -> None:
        memory_app = InMemoryApp()
        small = RefundLimits(per_refund_fen=400, per_day_fen=500)
        pair = [
            await an_employee(memory_app, number, Role.FINANCE, small, name=f"财务{number}")
            for number in ("3001", "3002")
        ]
        for one in pair:
            await memory_app.stores.staff_facts.add(HOSPITAL, one.number, {"self:a"}, memory_app.clock.now())
        authorization = Authorization(memory_app.staff, memory_app.services.shared.office.permission, Asked.ENDING)
        async with authorization.by(await pair[0].now(), pair[0].proof(), 300):
            pass

        async def second(fen: int) -> None:
            async with authorization.by(await pair[1].now(), pair[1].proof(), fen):
                pass

        assert await said(second(300)) == "超过您的当日限额，请重新操作。"
        assert (await pair[1].now()).spent_fen == 0
        await second(0)
        await second(200)

"""Money that fits no payment is ended by two people: sent back, settled by hand, or found in a payment of ours."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.alerts.model import AlertState
from server.core.errors import NotAllowed, NotFound, OutcomeUnknown, OutsideRefusal, Tampered
from server.effects.model import PACE_S, EffectKind
from server.payments.model import PaymentState
from server.payments.ports import VerifiedNotification
from server.payments.rules.trades import ChannelRefund, RefundNews, RefundOutcome, RefundSum, TradeState
from server.payments.rules.unclaimed_returns import is_number_of_return
from server.payments.unclaimed_model import UnclaimedAct, UnclaimedMoney, UnclaimedState
from server.staff.model import RefundLimits, Role
from tests.support.builders import HOSPITAL, MERCHANT, PHONE, a_scan, a_session
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import told
from tests.support.unclaimed import LOST, WIDE, WINDOW, agreed, paid_astray, proposed, the_money, two_of_finance

pytestmark = pytest.mark.asyncio
REFUND_NO = f"{LOST}U01"
SEND_BACK, ELSEWHERE, IN_PAYMENT = UnclaimedAct.SEND_BACK, UnclaimedAct.SETTLED_ELSEWHERE, UnclaimedAct.IN_PAYMENT


@pytest.fixture
def memory_app() -> InMemoryApp:
    return InMemoryApp()


async def alert_of(memory_app: InMemoryApp, money: UnclaimedMoney) -> AlertState:
    alert = await memory_app.stores.alerts.get(HOSPITAL, f"unclaimed:{money.id}")
    assert alert is not None
    return alert.state


class TestItGoesBack:
    async def test_one_proposes_another_agrees_and_all_of_it_goes_back_once(self, memory_app: InMemoryApp) -> None:
        money = await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        await memory_app.work()
        assert memory_app.channel.refunds == {}, "one person alone moves nothing"
        await agreed(memory_app, other)
        await memory_app.work()
        assert memory_app.channel.refunds == {REFUND_NO: (1234, RefundOutcome.PROCESSING)}
        assert (await the_money(memory_app)).state is UnclaimedState.RETURNING
        told_twice = memory_app.channel.settle_refund(REFUND_NO)
        for _ in range(2):
            await memory_app.notifications.apply(HOSPITAL, told_twice)
        after = await the_money(memory_app)
        assert (after.state, [effect.kind for effect in after.effects]) == (UnclaimedState.SETTLED, [EffectKind.SEAL])
        assert [one.id for one in await memory_app.unclaimed()] == [money.id], "its refund is no unclaimed money"
        await memory_app.live_on(400)
        await memory_app.alert_rounds.once()
        assert await alert_of(memory_app, money) is AlertState.CLOSED
        assert await memory_app.stores.unclaimed.unsettled(HOSPITAL, 5) == []

    async def test_without_a_notification_the_channel_is_asked(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        await agreed(memory_app, other)
        await memory_app.work()
        memory_app.channel.settle_refund(REFUND_NO)
        await memory_app.live_on(120)
        assert (await the_money(memory_app)).state is UnclaimedState.SETTLED

    async def test_an_unknown_outcome_is_sent_again_under_the_same_number(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        await agreed(memory_app, other)
        memory_app.channel.will("refund", OutcomeUnknown("wechat", "timeout"), OutcomeUnknown("wechat", "timeout"))
        await memory_app.live_on(120)
        assert {number for number, _ in memory_app.channel.named("refund")} == {REFUND_NO}
        assert memory_app.channel.refunds[REFUND_NO][0] == 1234

    async def test_what_the_channel_refuses_for_good_waits_for_people_again(self, memory_app: InMemoryApp) -> None:
        money = await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        await agreed(memory_app, other)
        await memory_app.work()
        await memory_app.notifications.apply(
            HOSPITAL, memory_app.channel.settle_refund(REFUND_NO, RefundOutcome.CLOSED)
        )
        after = await the_money(memory_app)
        assert (after.state, after.ended) == (UnclaimedState.OPEN, None)
        await memory_app.live_on(600)
        await memory_app.alert_rounds.once()
        assert await alert_of(memory_app, money) is AlertState.OPEN
        await proposed(memory_app, one)
        await agreed(memory_app, other)
        await memory_app.work()
        assert set(memory_app.channel.refunds) == {REFUND_NO, f"{LOST}U02"}, "a refused number is never sent again"

    async def test_a_refund_that_the_channel_has_lost_is_sent_again(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        await agreed(memory_app, other)
        await memory_app.work()
        memory_app.channel.refunds.clear()
        await memory_app.live_on(120)
        assert memory_app.channel.refunds == {REFUND_NO: (1234, RefundOutcome.PROCESSING)}

    async def test_what_fails_for_long_alarms_and_goes_on(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        await agreed(memory_app, other)
        tries = len(PACE_S[EffectKind.REFUND])
        memory_app.channel.will("refund", *[OutsideRefusal("wechat", "NOT_ENOUGH")] * tries)
        await memory_app.live_on(1500, step=5)
        stuck = [alert for alert in await memory_app.alerts() if alert.kind == "unclaimed_stuck"]
        assert len(stuck) == 1
        await memory_app.live_on(1500)
        assert REFUND_NO in memory_app.channel.refunds
        await memory_app.alert_rounds.once()
        after = await memory_app.stores.alerts.get(HOSPITAL, stuck[0].id)
        assert after is not None
        assert after.state is AlertState.CLOSED


class TestWhatIsNotSentBack:
    async def test_money_of_another_system_on_the_same_account(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app, WINDOW)
        one, other = await two_of_finance(memory_app)
        with pytest.raises(NotAllowed, match="not our number"):
            await proposed(memory_app, one)
        await proposed(memory_app, one, ELSEWHERE)
        await agreed(memory_app, other)
        assert (await the_money(memory_app)).state is UnclaimedState.SETTLED

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"state": TradeState.REFUNDED}, "refunded there"),
            ({"state": TradeState.CLOSED}, "not at the channel"),
            ({"amount": 1233}, "not at the channel"),
            ({"transaction": "another"}, "not at the channel"),
        ],
    )
    async def test_money_that_the_channel_does_not_hold_as_it_was_told(
        self, memory_app: InMemoryApp, change: dict[str, object], why: str
    ) -> None:
        await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        memory_app.channel.states[LOST] = change.get("state", TradeState.PAID)  # type: ignore[assignment]
        memory_app.channel.amounts[LOST] = change.get("amount", 1234)  # type: ignore[assignment]
        memory_app.channel.transactions[LOST] = change.get("transaction", memory_app.channel.transactions[LOST])  # type: ignore[assignment]
        with pytest.raises(NotAllowed, match=why):
            await agreed(memory_app, other)
        await memory_app.work()
        assert memory_app.channel.refunds == {}

    async def test_while_the_channel_is_silent(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, _ = await two_of_finance(memory_app)
        memory_app.channel.will("query", OutcomeUnknown("wechat", "timeout"))
        with pytest.raises(NotAllowed, match="silent channel"):
            await proposed(memory_app, one)

    async def test_what_a_payment_of_ours_may_hold(self, memory_app: InMemoryApp) -> None:
        """A notification of another transaction for an attempt that is still open: its own money may come yet."""
        begun = await memory_app.payments.start("bills", a_session("openid-zhang-ceshi", a_scan("B1")), ["B1"], PHONE)
        trade = memory_app.channel.pay(begun.payment_id).content
        await memory_app.services.shared.unclaimed.keep(HOSPITAL, "wechat", trade, "a doubt")  # type: ignore[arg-type]
        one, _ = await two_of_finance(memory_app)
        with pytest.raises(NotAllowed, match="a payment has this number"):
            await proposed(memory_app, one)
        with pytest.raises(NotAllowed, match="in no payment"):
            await proposed(memory_app, one, IN_PAYMENT)

    async def test_a_refund(self, memory_app: InMemoryApp) -> None:
        refund = ChannelRefund(
            out_trade_no=LOST, out_refund_no="X1", outcome=RefundOutcome.SUCCEEDED, amount_fen=5, merchant_id=MERCHANT
        )
        await memory_app.notifications.apply(HOSPITAL, told(refund))
        one, _ = await two_of_finance(memory_app)
        with pytest.raises(NotAllowed, match="a refund"):
            await proposed(memory_app, one)


class TestEndedByHand:
    async def test_money_that_our_payment_holds_by_now(self, memory_app: InMemoryApp) -> None:
        begun = await memory_app.payments.start("bills", a_session("openid-zhang-ceshi", a_scan("B1")), ["B1"], PHONE)
        paid = memory_app.channel.pay(begun.payment_id)
        await memory_app.services.shared.unclaimed.keep(HOSPITAL, "wechat", paid.content, "a doubt")  # type: ignore[arg-type]
        await memory_app.notifications.apply(HOSPITAL, paid)
        await memory_app.work()
        assert (await memory_app.payment(begun.payment_id)).state is PaymentState.BOOKED
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one, IN_PAYMENT)
        await agreed(memory_app, other)
        assert (await the_money(memory_app)).state is UnclaimedState.SETTLED
        await memory_app.notifications.apply(HOSPITAL, paid)
        assert memory_app.channel.refunds == {}

    async def test_told_again_after_it_was_ended_it_alarms_no_more(self, memory_app: InMemoryApp) -> None:
        money = await paid_astray(memory_app, WINDOW)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one, ELSEWHERE)
        await agreed(memory_app, other)
        await memory_app.live_on(600)
        await memory_app.alert_rounds.once()
        await memory_app.notifications.apply(HOSPITAL, told(memory_app.channel.trade(WINDOW)))
        assert await alert_of(memory_app, money) is AlertState.CLOSED

    async def test_an_alert_that_is_closed_without_an_act_comes_again(self, memory_app: InMemoryApp) -> None:
        money = await paid_astray(memory_app)
        one, _ = await two_of_finance(memory_app)
        await memory_app.console.alerts.close(await one.now(), [f"unclaimed:{money.id}"], "handled", "done")
        memory_app.clock.forward(25 * 3600)
        await memory_app.alert_rounds.once()
        assert await alert_of(memory_app, money) is AlertState.OPEN

    async def test_a_stuck_return_gives_way_and_one_on_its_way_does_not(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        await agreed(memory_app, other)
        await memory_app.work()
        with pytest.raises(NotAllowed, match="on its way"):
            await proposed(memory_app, one, ELSEWHERE)
        memory_app.channel.settle_refund(REFUND_NO, RefundOutcome.ABNORMAL)
        await proposed(memory_app, one, ELSEWHERE)
        await agreed(memory_app, other)
        assert (await the_money(memory_app)).state is UnclaimedState.SETTLED
        await memory_app.notifications.apply(HOSPITAL, memory_app.channel.settle_refund(REFUND_NO))
        twice = [one for one in await memory_app.unclaimed() if one.kind == "refund"]
        assert [one.reason for one in twice] == ["refund succeeded after settled"], "it left twice: a person must look"

    async def test_a_call_of_unknown_outcome_is_waited_for(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        await agreed(memory_app, other)
        memory_app.channel.will("refund", *[OutcomeUnknown("wechat", "timeout")] * 9)
        await memory_app.live_on(60, step=1)
        memory_app.channel.refunds.clear()
        with pytest.raises(NotAllowed, match="being sent"):
            await proposed(memory_app, one, ELSEWHERE)


class TestTwoPeople:
    async def test_not_the_same_number_nor_the_same_human_being(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, _ = await two_of_finance(memory_app)
        twin = await an_employee(memory_app, "3003", Role.FINANCE, WIDE, name="钱财务")
        await proposed(memory_app, one)
        with pytest.raises(NotAllowed, match="own proposal"):
            await agreed(memory_app, one)
        with pytest.raises(NotAllowed, match="perhaps own"):
            await agreed(memory_app, twin)

    @pytest.mark.parametrize("role", [Role.CASHIER, Role.ADMIN])
    async def test_nobody_else_looks_or_decides(self, memory_app: InMemoryApp, role: Role) -> None:
        await paid_astray(memory_app)
        one, _ = await two_of_finance(memory_app)
        stranger = await an_employee(memory_app, "1009", role, WIDE)
        await proposed(memory_app, one)
        with pytest.raises(NotAllowed, match="role"):
            await agreed(memory_app, stranger)

    async def test_an_approver_agrees_and_does_not_propose(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, _ = await two_of_finance(memory_app)
        approver = await an_employee(memory_app, "2001", Role.APPROVER, WIDE, name="周审批")
        with pytest.raises(NotAllowed, match="role"):
            await proposed(memory_app, approver)
        await proposed(memory_app, one)
        assert (await agreed(memory_app, approver)).state is UnclaimedState.RETURNING

    async def test_not_beyond_the_second_person_s_limit(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, _ = await two_of_finance(memory_app)
        small = await an_employee(
            memory_app, "3004", Role.FINANCE, RefundLimits(per_refund_fen=1000, per_day_fen=9000), "吴财务"
        )
        await proposed(memory_app, one)
        with pytest.raises(NotAllowed, match="limit"):
            await agreed(memory_app, small)

    async def test_not_their_own_money(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        payer = memory_app.channel.orders[LOST].payer
        memory_app.channel.orders[LOST] = replace(
            memory_app.channel.orders[LOST], payer=replace(payer, subject=f"openid-{other.number}")
        )
        await proposed(memory_app, one)
        with pytest.raises(NotAllowed, match="own money"):
            await agreed(memory_app, other)
        await memory_app.console.unclaimed.drop(await other.now(), (await the_money(memory_app)).id)
        with pytest.raises(NotAllowed, match="own money"):
            await proposed(memory_app, other)

    async def test_what_changed_meanwhile_is_not_agreed_to_unseen(self, memory_app: InMemoryApp) -> None:
        money = await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        with pytest.raises(NotAllowed, match="changed meanwhile"):
            await memory_app.console.unclaimed.agree(await other.now(), money.id, 7, other.proof())
        await memory_app.console.unclaimed.drop(await other.now(), money.id)
        with pytest.raises(NotAllowed, match="no proposal"):
            await agreed(memory_app, other)

    async def test_who_proposed_is_told_to_and_the_alert_ends_with_the_answer(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        assert "unclaimed_waits" in {alert.kind for alert in await memory_app.alerts()}
        await agreed(memory_app, other)
        memory_app.clock.forward(600)
        await memory_app.alert_rounds.once()
        waits = [alert for alert in await memory_app.alerts() if alert.kind == "unclaimed_waits"]
        assert [alert.state for alert in waits] == [AlertState.CLOSED]

    async def test_another_hospital_s_money_is_not_found(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, _ = await two_of_finance(memory_app)
        with pytest.raises(NotFound):
            await memory_app.console.unclaimed.look(await one.now(), "wechat:unknown")


class TestWhatIsWrittenDown:
    async def test_every_act_stands_in_the_chain_and_the_check_holds(self, memory_app: InMemoryApp) -> None:
        money = await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        await agreed(memory_app, other)
        await memory_app.work()
        await memory_app.notifications.apply(HOSPITAL, memory_app.channel.settle_refund(REFUND_NO))
        await memory_app.work()
        chain = await memory_app.stores.audit.latest(HOSPITAL, 50)
        lines = [entry for entry in chain if entry.source[0] == "unclaimed"]
        assert [entry.what for entry in reversed(lines)] == [
            "unclaimed_proposed",
            "unclaimed_agreed",
            "unclaimed_returned",
        ]
        assert lines[1].source[1] == money.id
        assert (lines[1].by, lines[1].detail["proposed_by"]) == ("staff:3002", "staff:3001")
        report = await memory_app.services.shared.audit_check.verify(HOSPITAL)
        assert report.problems == []

    async def test_the_proof_is_sealed_and_opened_for_the_second_person(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, _ = await two_of_finance(memory_app)
        money = await proposed(memory_app, one)
        assert money.ending is not None
        assert "0042" not in money.ending.proof
        assert memory_app.console.unclaimed.proof_of(money) == "receipt 0042"


class TestTampered:
    async def tamper(self, memory_app: InMemoryApp, **fields: object) -> UnclaimedMoney:
        money = await the_money(memory_app)
        store = memory_app.stores.unclaimed
        store._money[(HOSPITAL, money.id)] = replace(money, **fields)  # type: ignore[attr-defined]
        return money

    async def test_nothing_is_sent_and_a_person_is_told(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        await agreed(memory_app, other)
        await self.tamper(memory_app, refund_no=f"{LOST}U09")
        await memory_app.live_on(7200)
        assert memory_app.channel.named("refund") == []
        assert "unclaimed_tampered" in {alert.kind for alert in await memory_app.alerts()}
        assert any("was changed" in said for said in (await self.verified(memory_app)))

    async def test_settled_by_an_intruder_it_alarms_and_is_no_one_s_to_end(self, memory_app: InMemoryApp) -> None:
        money = await paid_astray(memory_app)
        one, _ = await two_of_finance(memory_app)
        await self.tamper(memory_app, state=UnclaimedState.SETTLED)
        with pytest.raises((NotAllowed, Tampered)):
            await proposed(memory_app, one, ELSEWHERE)
        assert [found.id for found in await memory_app.stores.unclaimed.unsettled(HOSPITAL, 5)] == [money.id]
        memory_app.clock.forward(600)
        await memory_app.alert_rounds.once()
        assert await alert_of(memory_app, money) is AlertState.OPEN

    async def verified(self, memory_app: InMemoryApp) -> list[str]:
        return (await memory_app.services.shared.audit_check.verify(HOSPITAL)).problems


class TestNotificationsOfAlipay:
    """News of a refund without its amount, and later notifications that carry the sum of all refunds."""

    async def begun(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        await agreed(memory_app, other)
        await memory_app.work()

    async def test_news_of_our_return_is_asked_for(self, memory_app: InMemoryApp) -> None:
        await self.begun(memory_app)
        memory_app.channel.settle_refund(REFUND_NO)
        news = VerifiedNotification(
            channel="wechat", notification_id="n", content=RefundNews(out_trade_no=LOST, out_refund_no=REFUND_NO)
        )
        await memory_app.notifications.apply(HOSPITAL, news)
        assert (await the_money(memory_app)).state is UnclaimedState.SETTLED

    @pytest.mark.parametrize(("sum_fen", "records"), [(1234, 1), (None, 1), (1235, 2)])
    async def test_a_sum_that_our_return_explains_is_no_news(
        self, memory_app: InMemoryApp, sum_fen: int | None, records: int
    ) -> None:
        await self.begun(memory_app)
        await memory_app.notifications.apply(
            HOSPITAL, told(RefundSum(out_trade_no=LOST, merchant_id=MERCHANT, sum_fen=sum_fen))
        )
        assert len(await memory_app.unclaimed()) == records


async def test_numbers_of_returns_are_known_by_their_form() -> None:
    assert is_number_of_return("ZF1", "ZF1U01")
    assert not is_number_of_return("ZF1", "ZF1R01")
    assert not is_number_of_return("ZF1", "ZF2U01")
    assert not is_number_of_return("ZF1", "ZF1U01X")

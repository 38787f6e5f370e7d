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
def house() -> InMemoryApp:
    return InMemoryApp()


async def alert_of(house: InMemoryApp, money: UnclaimedMoney) -> AlertState:
    alert = await house.stores.alerts.get(HOSPITAL, f"unclaimed:{money.id}")
    assert alert is not None
    return alert.state


class TestItGoesBack:
    async def test_one_proposes_another_agrees_and_all_of_it_goes_back_once(self, house: InMemoryApp) -> None:
        money = await paid_astray(house)
        one, other = await two_of_finance(house)
        await proposed(house, one)
        await house.work()
        assert house.channel.refunds == {}, "one person alone moves nothing"
        await agreed(house, other)
        await house.work()
        assert house.channel.refunds == {REFUND_NO: (1234, RefundOutcome.PROCESSING)}
        assert (await the_money(house)).state is UnclaimedState.RETURNING
        told_twice = house.channel.settle_refund(REFUND_NO)
        for _ in range(2):
            await house.notifications.apply(HOSPITAL, told_twice)
        after = await the_money(house)
        assert (after.state, [effect.kind for effect in after.effects]) == (UnclaimedState.SETTLED, [EffectKind.SEAL])
        assert [one.id for one in await house.unclaimed()] == [money.id], "its refund is no unclaimed money"
        await house.live_on(400)
        await house.alert_rounds.once()
        assert await alert_of(house, money) is AlertState.CLOSED
        assert await house.stores.unclaimed.unsettled(HOSPITAL, 5) == []

    async def test_without_a_notification_the_channel_is_asked(self, house: InMemoryApp) -> None:
        await paid_astray(house)
        one, other = await two_of_finance(house)
        await proposed(house, one)
        await agreed(house, other)
        await house.work()
        house.channel.settle_refund(REFUND_NO)
        await house.live_on(120)
        assert (await the_money(house)).state is UnclaimedState.SETTLED

    async def test_an_unknown_outcome_is_sent_again_under_the_same_number(self, house: InMemoryApp) -> None:
        await paid_astray(house)
        one, other = await two_of_finance(house)
        await proposed(house, one)
        await agreed(house, other)
        house.channel.will("refund", OutcomeUnknown("wechat", "timeout"), OutcomeUnknown("wechat", "timeout"))
        await house.live_on(120)
        assert {number for number, _ in house.channel.named("refund")} == {REFUND_NO}
        assert house.channel.refunds[REFUND_NO][0] == 1234

    async def test_what_the_channel_refuses_for_good_waits_for_people_again(self, house: InMemoryApp) -> None:
        money = await paid_astray(house)
        one, other = await two_of_finance(house)
        await proposed(house, one)
        await agreed(house, other)
        await house.work()
        await house.notifications.apply(HOSPITAL, house.channel.settle_refund(REFUND_NO, RefundOutcome.CLOSED))
        after = await the_money(house)
        assert (after.state, after.ended) == (UnclaimedState.OPEN, None)
        await house.live_on(600)
        await house.alert_rounds.once()
        assert await alert_of(house, money) is AlertState.OPEN
        await proposed(house, one)
        await agreed(house, other)
        await house.work()
        assert set(house.channel.refunds) == {REFUND_NO, f"{LOST}U02"}, "a refused number is never sent again"

    async def test_a_refund_that_the_channel_has_lost_is_sent_again(self, house: InMemoryApp) -> None:
        await paid_astray(house)
        one, other = await two_of_finance(house)
        await proposed(house, one)
        await agreed(house, other)
        await house.work()
        house.channel.refunds.clear()
        await house.live_on(120)
        assert house.channel.refunds == {REFUND_NO: (1234, RefundOutcome.PROCESSING)}

    async def test_what_fails_for_long_alarms_and_goes_on(self, house: InMemoryApp) -> None:
        await paid_astray(house)
        one, other = await two_of_finance(house)
        await proposed(house, one)
        await agreed(house, other)
        tries = len(PACE_S[EffectKind.REFUND])
        house.channel.will("refund", *[OutsideRefusal("wechat", "NOT_ENOUGH")] * tries)
        await house.live_on(1500, step=5)
        stuck = [alert for alert in await house.alerts() if alert.kind == "unclaimed_stuck"]
        assert len(stuck) == 1
        await house.live_on(1500)
        assert REFUND_NO in house.channel.refunds
        await house.alert_rounds.once()
        after = await house.stores.alerts.get(HOSPITAL, stuck[0].id)
        assert after is not None
        assert after.state is AlertState.CLOSED


class TestWhatIsNotSentBack:
    async def test_money_of_another_system_on_the_same_account(self, house: InMemoryApp) -> None:
        await paid_astray(house, WINDOW)
        one, other = await two_of_finance(house)
        with pytest.raises(NotAllowed, match="not our number"):
            await proposed(house, one)
        await proposed(house, one, ELSEWHERE)
        await agreed(house, other)
        assert (await the_money(house)).state is UnclaimedState.SETTLED

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
        self, house: InMemoryApp, change: dict[str, object], why: str
    ) -> None:
        await paid_astray(house)
        one, other = await two_of_finance(house)
        await proposed(house, one)
        house.channel.states[LOST] = change.get("state", TradeState.PAID)  # type: ignore[assignment]
        house.channel.amounts[LOST] = change.get("amount", 1234)  # type: ignore[assignment]
        house.channel.transactions[LOST] = change.get("transaction", house.channel.transactions[LOST])  # type: ignore[assignment]
        with pytest.raises(NotAllowed, match=why):
            await agreed(house, other)
        await house.work()
        assert house.channel.refunds == {}

    async def test_while_the_channel_is_silent(self, house: InMemoryApp) -> None:
        await paid_astray(house)
        one, _ = await two_of_finance(house)
        house.channel.will("query", OutcomeUnknown("wechat", "timeout"))
        with pytest.raises(NotAllowed, match="silent channel"):
            await proposed(house, one)

    async def test_what_a_payment_of_ours_may_hold(self, house: InMemoryApp) -> None:
        """A notification of another transaction for an attempt that is still open: its own money may come yet."""
        begun = await house.payments.start("bills", a_session("openid-zhang-ceshi", a_scan("B1")), ["B1"], PHONE)
        trade = house.channel.pay(begun.payment_id).content
        await house.services.shared.unclaimed.keep(HOSPITAL, "wechat", trade, "a doubt")  # type: ignore[arg-type]
        one, _ = await two_of_finance(house)
        with pytest.raises(NotAllowed, match="a payment has this number"):
            await proposed(house, one)
        with pytest.raises(NotAllowed, match="in no payment"):
            await proposed(house, one, IN_PAYMENT)

    async def test_a_refund(self, house: InMemoryApp) -> None:
        refund = ChannelRefund(
            out_trade_no=LOST, out_refund_no="X1", outcome=RefundOutcome.SUCCEEDED, amount_fen=5, merchant_id=MERCHANT
        )
        await house.notifications.apply(HOSPITAL, told(refund))
        one, _ = await two_of_finance(house)
        with pytest.raises(NotAllowed, match="a refund"):
            await proposed(house, one)


class TestEndedByHand:
    async def test_money_that_our_payment_holds_by_now(self, house: InMemoryApp) -> None:
        begun = await house.payments.start("bills", a_session("openid-zhang-ceshi", a_scan("B1")), ["B1"], PHONE)
        paid = house.channel.pay(begun.payment_id)
        await house.services.shared.unclaimed.keep(HOSPITAL, "wechat", paid.content, "a doubt")  # type: ignore[arg-type]
        await house.notifications.apply(HOSPITAL, paid)
        await house.work()
        assert (await house.payment(begun.payment_id)).state is PaymentState.BOOKED
        one, other = await two_of_finance(house)
        await proposed(house, one, IN_PAYMENT)
        await agreed(house, other)
        assert (await the_money(house)).state is UnclaimedState.SETTLED
        await house.notifications.apply(HOSPITAL, paid)
        assert house.channel.refunds == {}

    async def test_told_again_after_it_was_ended_it_alarms_no_more(self, house: InMemoryApp) -> None:
        money = await paid_astray(house, WINDOW)
        one, other = await two_of_finance(house)
        await proposed(house, one, ELSEWHERE)
        await agreed(house, other)
        await house.live_on(600)
        await house.alert_rounds.once()
        await house.notifications.apply(HOSPITAL, told(house.channel.trade(WINDOW)))
        assert await alert_of(house, money) is AlertState.CLOSED

    async def test_an_alert_that_is_closed_without_an_act_comes_again(self, house: InMemoryApp) -> None:
        money = await paid_astray(house)
        one, _ = await two_of_finance(house)
        await house.console.alerts.close(await one.now(), [f"unclaimed:{money.id}"], "handled", "done")
        house.clock.forward(25 * 3600)
        await house.alert_rounds.once()
        assert await alert_of(house, money) is AlertState.OPEN

    async def test_a_stuck_return_gives_way_and_one_on_its_way_does_not(self, house: InMemoryApp) -> None:
        await paid_astray(house)
        one, other = await two_of_finance(house)
        await proposed(house, one)
        await agreed(house, other)
        await house.work()
        with pytest.raises(NotAllowed, match="on its way"):
            await proposed(house, one, ELSEWHERE)
        house.channel.settle_refund(REFUND_NO, RefundOutcome.ABNORMAL)
        await proposed(house, one, ELSEWHERE)
        await agreed(house, other)
        assert (await the_money(house)).state is UnclaimedState.SETTLED
        await house.notifications.apply(HOSPITAL, house.channel.settle_refund(REFUND_NO))
        twice = [one for one in await house.unclaimed() if one.kind == "refund"]
        assert [one.reason for one in twice] == ["refund succeeded after settled"], "it left twice: a person must look"

    async def test_a_call_of_unknown_outcome_is_waited_for(self, house: InMemoryApp) -> None:
        await paid_astray(house)
        one, other = await two_of_finance(house)
        await proposed(house, one)
        await agreed(house, other)
        house.channel.will("refund", *[OutcomeUnknown("wechat", "timeout")] * 9)
        await house.live_on(60, step=1)
        house.channel.refunds.clear()
        with pytest.raises(NotAllowed, match="being sent"):
            await proposed(house, one, ELSEWHERE)


class TestTwoPeople:
    async def test_not_the_same_number_nor_the_same_human_being(self, house: InMemoryApp) -> None:
        await paid_astray(house)
        one, _ = await two_of_finance(house)
        twin = await an_employee(house, "3003", Role.FINANCE, WIDE, name="钱财务")
        await proposed(house, one)
        with pytest.raises(NotAllowed, match="own proposal"):
            await agreed(house, one)
        with pytest.raises(NotAllowed, match="perhaps own"):
            await agreed(house, twin)

    @pytest.mark.parametrize("role", [Role.CASHIER, Role.ADMIN])
    async def test_nobody_else_looks_or_decides(self, house: InMemoryApp, role: Role) -> None:
        await paid_astray(house)
        one, _ = await two_of_finance(house)
        stranger = await an_employee(house, "1009", role, WIDE)
        await proposed(house, one)
        with pytest.raises(NotAllowed, match="role"):
            await agreed(house, stranger)

    async def test_an_approver_agrees_and_does_not_propose(self, house: InMemoryApp) -> None:
        await paid_astray(house)
        one, _ = await two_of_finance(house)
        approver = await an_employee(house, "2001", Role.APPROVER, WIDE, name="周审批")
        with pytest.raises(NotAllowed, match="role"):
            await proposed(house, approver)
        await proposed(house, one)
        assert (await agreed(house, approver)).state is UnclaimedState.RETURNING

    async def test_not_beyond_the_second_person_s_limit(self, house: InMemoryApp) -> None:
        await paid_astray(house)
        one, _ = await two_of_finance(house)
        small = await an_employee(
            house, "3004", Role.FINANCE, RefundLimits(per_refund_fen=1000, per_day_fen=9000), "吴财务"
        )
        await proposed(house, one)
        with pytest.raises(NotAllowed, match="limit"):
            await agreed(house, small)

    async def test_not_their_own_money(self, house: InMemoryApp) -> None:
        await paid_astray(house)
        one, other = await two_of_finance(house)
        payer = house.channel.orders[LOST].payer
        house.channel.orders[LOST] = replace(
            house.channel.orders[LOST], payer=replace(payer, subject=f"openid-{other.number}")
        )
        await proposed(house, one)
        with pytest.raises(NotAllowed, match="own money"):
            await agreed(house, other)
        await house.console.unclaimed.drop(await other.now(), (await the_money(house)).id)
        with pytest.raises(NotAllowed, match="own money"):
            await proposed(house, other)

    async def test_what_changed_meanwhile_is_not_agreed_to_unseen(self, house: InMemoryApp) -> None:
        money = await paid_astray(house)
        one, other = await two_of_finance(house)
        await proposed(house, one)
        with pytest.raises(NotAllowed, match="changed meanwhile"):
            await house.console.unclaimed.agree(await other.now(), money.id, 7, other.proof())
        await house.console.unclaimed.drop(await other.now(), money.id)
        with pytest.raises(NotAllowed, match="no proposal"):
            await agreed(house, other)

    async def test_who_proposed_is_told_to_and_the_alert_ends_with_the_answer(self, house: InMemoryApp) -> None:
        await paid_astray(house)
        one, other = await two_of_finance(house)
        await proposed(house, one)
        assert "unclaimed_waits" in {alert.kind for alert in await house.alerts()}
        await agreed(house, other)
        house.clock.forward(600)
        await house.alert_rounds.once()
        waits = [alert for alert in await house.alerts() if alert.kind == "unclaimed_waits"]
        assert [alert.state for alert in waits] == [AlertState.CLOSED]

    async def test_another_hospital_s_money_is_not_found(self, house: InMemoryApp) -> None:
        await paid_astray(house)
        one, _ = await two_of_finance(house)
        with pytest.raises(NotFound):
            await house.console.unclaimed.look(await one.now(), "wechat:unknown")


class TestWhatIsWrittenDown:
    async def test_every_act_stands_in_the_chain_and_the_check_holds(self, house: InMemoryApp) -> None:
        money = await paid_astray(house)
        one, other = await two_of_finance(house)
        await proposed(house, one)
        await agreed(house, other)
        await house.work()
        await house.notifications.apply(HOSPITAL, house.channel.settle_refund(REFUND_NO))
        await house.work()
        chain = await house.stores.audit.latest(HOSPITAL, 50)
        lines = [entry for entry in chain if entry.source[0] == "unclaimed"]
        assert [entry.what for entry in reversed(lines)] == [
            "unclaimed_proposed",
            "unclaimed_agreed",
            "unclaimed_returned",
        ]
        assert lines[1].source[1] == money.id
        assert (lines[1].by, lines[1].detail["proposed_by"]) == ("staff:3002", "staff:3001")
        report = await house.services.shared.audit_check.verify(HOSPITAL)
        assert report.problems == []

    async def test_the_proof_is_sealed_and_opened_for_the_second_person(self, house: InMemoryApp) -> None:
        await paid_astray(house)
        one, _ = await two_of_finance(house)
        money = await proposed(house, one)
        assert money.ending is not None
        assert "0042" not in money.ending.proof
        assert house.console.unclaimed.proof_of(money) == "receipt 0042"


class TestTampered:
    async def tamper(self, house: InMemoryApp, **fields: object) -> UnclaimedMoney:
        money = await the_money(house)
        store = house.stores.unclaimed
        store._money[(HOSPITAL, money.id)] = replace(money, **fields)  # type: ignore[attr-defined]
        return money

    async def test_nothing_is_sent_and_a_person_is_told(self, house: InMemoryApp) -> None:
        await paid_astray(house)
        one, other = await two_of_finance(house)
        await proposed(house, one)
        await agreed(house, other)
        await self.tamper(house, refund_no=f"{LOST}U09")
        await house.live_on(7200)
        assert house.channel.named("refund") == []
        assert "unclaimed_tampered" in {alert.kind for alert in await house.alerts()}
        assert any("was changed" in said for said in (await self.verified(house)))

    async def test_settled_by_an_intruder_it_alarms_and_is_no_one_s_to_end(self, house: InMemoryApp) -> None:
        money = await paid_astray(house)
        one, _ = await two_of_finance(house)
        await self.tamper(house, state=UnclaimedState.SETTLED)
        with pytest.raises((NotAllowed, Tampered)):
            await proposed(house, one, ELSEWHERE)
        assert [found.id for found in await house.stores.unclaimed.unsettled(HOSPITAL, 5)] == [money.id]
        house.clock.forward(600)
        await house.alert_rounds.once()
        assert await alert_of(house, money) is AlertState.OPEN

    async def verified(self, house: InMemoryApp) -> list[str]:
        return (await house.services.shared.audit_check.verify(HOSPITAL)).problems


class TestNotificationsOfAlipay:
    """News of a refund without its amount, and later notifications that carry the sum of all refunds."""

    async def begun(self, house: InMemoryApp) -> None:
        await paid_astray(house)
        one, other = await two_of_finance(house)
        await proposed(house, one)
        await agreed(house, other)
        await house.work()

    async def test_news_of_our_return_is_asked_for(self, house: InMemoryApp) -> None:
        await self.begun(house)
        house.channel.settle_refund(REFUND_NO)
        news = VerifiedNotification(
            channel="wechat", notification_id="n", content=RefundNews(out_trade_no=LOST, out_refund_no=REFUND_NO)
        )
        await house.notifications.apply(HOSPITAL, news)
        assert (await the_money(house)).state is UnclaimedState.SETTLED

    @pytest.mark.parametrize(("sum_fen", "records"), [(1234, 1), (None, 1), (1235, 2)])
    async def test_a_sum_that_our_return_explains_is_no_news(
        self, house: InMemoryApp, sum_fen: int | None, records: int
    ) -> None:
        await self.begun(house)
        await house.notifications.apply(
            HOSPITAL, told(RefundSum(out_trade_no=LOST, merchant_id=MERCHANT, sum_fen=sum_fen))
        )
        assert len(await house.unclaimed()) == records


async def test_numbers_of_returns_are_known_by_their_form() -> None:
    assert is_number_of_return("ZF1", "ZF1U01")
    assert not is_number_of_return("ZF1", "ZF1R01")
    assert not is_number_of_return("ZF1", "ZF2U01")
    assert not is_number_of_return("ZF1", "ZF1U01X")

"""A tap on "pay": one attempt at a time, stored before the channel hears of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from server.domain.bills import BillStatus
from server.domain.effects import EffectKind
from server.domain.errors import (
    AlreadyPaid,
    BadInput,
    BillChanged,
    NotFound,
    NotSent,
    OutcomeUnknown,
    OutsideRefusal,
    StoreUnavailable,
)
from server.domain.payment import Payment, PaymentState
from server.domain.people import BoundCard
from server.domain.progress import Progress
from server.domain.trades import TradeState
from server.ports import HisCapabilities
from server.services import attempts
from server.services.payments import Started
from tests.support.builders import CARD, HOSPITAL, PHONE, a_bill, a_scan, a_session
from tests.support.house import EXPIRY, House, Unreachable
from tests.support.outside import FaithfulHis, a_hospital

pytestmark = pytest.mark.asyncio
ZHANG, LI = "openid-zhang-ceshi", "openid-li-xugou"


def zhang(*bill_nos: str, **fields: object):  # type: ignore[no-untyped-def]
    return a_session(ZHANG, a_scan(*bill_nos), **fields)


def li(*bill_nos: str):  # type: ignore[no-untyped-def]
    return a_session(LI, a_scan(*bill_nos))


async def started(house: House, session=None, *bill_nos: str) -> Payment:  # type: ignore[no-untyped-def]
    begun = await house.payments.start(session or zhang(), list(bill_nos) or ["B1"], None)
    return await house.payment(begun.payment_id)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for another attempt's close takes a blink here."""
    monkeypatch.setattr(attempts, "CLOSE_INLINE_S", 0.05)


class TestStart:
    async def test_opens_the_cashier_of_an_order_that_was_stored_first(self) -> None:
        house = House()
        seen: list[PaymentState] = []

        async def look() -> None:
            seen.extend([(await house.payment(house.channel.named("order")[0])).state])

        house.channel.will("order", look)
        begun = await house.payments.start(zhang(), ["B1"], None)
        assert seen == [PaymentState.CREATED]
        assert begun.call is not None
        assert begun.call.params["package"] == f"prepay_id=prepay-{begun.payment_id}"
        payment = await house.payment(begun.payment_id)
        assert payment.state is PaymentState.PENDING
        assert payment.amount_fen == 1234
        assert payment.request.expires_at == house.clock.now() + EXPIRY
        assert "张" not in payment.request.description

    async def test_says_where_it_began(self) -> None:
        house = House()
        scanned = await started(house)
        assert (scanned.origin.entrance, scanned.origin.terminal, scanned.origin.operator) == (
            "bill_qr",
            "printer-3",
            "window-7",
        )
        other = House(a_hospital(his=FaithfulHis(a_bill("B2"))))
        await other.stores.cards.bind(
            BoundCard(hospital=HOSPITAL, owner=zhang().identity.key, card_no=CARD, name="张测试")
        )
        from_menu = await other.payments.start(a_session(ZHANG), ["B2"], None, terminal="phone")
        assert (await other.payment(from_menu.payment_id)).origin.entrance == "official_account"

    async def test_nothing_is_sent_when_it_cannot_be_stored(self) -> None:
        house = House()
        house.payments._transitions._stores = replace(
            house.stores, payments=Unreachable(house.stores.payments, StoreUnavailable(), "insert")
        )
        with pytest.raises(StoreUnavailable):
            await house.payments.start(zhang(), ["B1"], None)
        assert house.channel.calls == []

    async def test_free_bills_go_to_the_his_without_a_channel(self) -> None:
        house = House(a_hospital(his=FaithfulHis(a_bill("B1", 0))))
        begun = await house.payments.start(zhang(), ["B1"], PHONE)
        assert begun.call is None
        assert begun.standing.progress is Progress.CONFIRMING
        await house.work()
        payment = await house.payment(begun.payment_id)
        assert payment.state is PaymentState.BOOKED
        assert house.channel.calls == []
        [request] = house.his.named("confirm")
        assert (request.channel, request.transaction_id, request.amount_fen) == ("none", "", 0)

    async def test_asks_the_insurance_first_where_the_his_can(self) -> None:
        his = FaithfulHis(a_bill("B1", 1234))
        his.capabilities = HisCapabilities(presettle=True)
        his.presettled_fen = 700
        house = House(a_hospital(his=his))
        assert (await started(house)).amount_fen == 700
        his.presettled_fen = -1
        with pytest.raises(BadInput):
            await house.payments.start(li(), ["B1"], None)

    async def test_two_bills_at_once(self) -> None:
        house = House(a_hospital(his=FaithfulHis(a_bill("B1", 100), a_bill("B2", 23))))
        payment = await started(house, zhang("B1", "B2"), "B1", "B2", "B1")
        assert payment.amount_fen == 123
        assert payment.claims == ("bill:B1", "bill:B2")

    @pytest.mark.parametrize("status", [BillStatus.PAID, BillStatus.CANCELLED, BillStatus.REFUNDED])
    async def test_a_bill_that_has_changed_meanwhile(self, status: BillStatus) -> None:
        house = House(a_hospital(his=FaithfulHis(a_bill("B1", status=status))))
        with pytest.raises(BillChanged):
            await house.payments.start(zhang(), ["B1"], None)

    async def test_too_many_bills_never_reach_the_his(self) -> None:
        house = House()
        with pytest.raises(BadInput):
            await house.payments.start(zhang(), [f"B{n}" for n in range(1000)], None)
        assert house.his.calls == []

    async def test_only_bills_that_the_session_may_see(self) -> None:
        house = House(a_hospital(his=FaithfulHis(a_bill("B1"), a_bill("B9"), a_bill("C1", card_no="C0000002"))))
        for bill_nos in (["B9"], ["B1", "B9"], ["C1"], ["nothing"], []):
            with pytest.raises(NotFound):
                await house.payments.start(zhang("B1"), bill_nos, None)
        with pytest.raises(NotFound):
            await house.payments.start(a_session(ZHANG), ["B1"], None)
        assert house.channel.calls == []

    async def test_not_from_a_scan_that_has_ended(self) -> None:
        house = House()
        session = a_session(ZHANG, a_scan("B1", expires_at=house.clock.now()))
        with pytest.raises(NotFound):
            await house.payments.start(session, ["B1"], None)


class TestOrder:
    async def test_of_unknown_outcome_stays_and_the_retry_reuses_its_number_and_words(self) -> None:
        house = House()
        house.clock.forward(microseconds=654_321)
        house.channel.will_lose_the_answer("order")
        begun = await house.payments.start(zhang(), ["B1"], None)
        assert begun.call is None
        assert begun.standing.progress is Progress.WAITING
        again = await house.payments.start(zhang(), ["B1"], None)
        assert again.payment_id == begun.payment_id
        assert again.call is not None
        assert house.channel.named("order") == [begun.payment_id] * 2, "the channel itself checks that both are equal"

    async def test_refused_at_first_frees_the_bill_at_once(self) -> None:
        house = House()
        house.channel.will("order", OutsideRefusal("wechatpay", "PARAM_ERROR"), NotSent("wechatpay", "breaker"))
        for error in (OutsideRefusal, NotSent):
            with pytest.raises(error):
                await house.payments.start(zhang(), ["B1"], None)
        await house.payments.start(li(), ["B1"], None)
        first, second, third = house.channel.named("order")
        assert (await house.payment(first)).state is (await house.payment(second)).state is PaymentState.CLOSED
        assert (await house.payment(third)).state is PaymentState.PENDING

    @pytest.mark.parametrize("error", [OutsideRefusal("wechatpay", "ORDERPAID"), NotSent("wechatpay", "breaker")])
    async def test_refused_on_a_repeat_never_closes_here(self, error: Exception) -> None:
        house = House()
        house.channel.will_lose_the_answer("order")
        begun = await house.payments.start(zhang(), ["B1"], None)
        house.channel.pay(begun.payment_id)
        house.channel.will("order", error)
        with pytest.raises(type(error)):
            await house.payments.start(zhang(), ["B1"], None)
        assert (await house.payment(begun.payment_id)).state is PaymentState.CREATED
        await house.work()
        assert (await house.payment(begun.payment_id)).state is PaymentState.BOOKED

    async def test_a_first_tap_that_was_not_sent_does_not_close_what_a_second_tap_has_ordered(self) -> None:
        """The jeepay trap: closed here, open at the channel, and the bill free for somebody else."""
        house = House()
        second: list[str] = []

        async def tap_again_then_fail() -> None:
            second.append((await house.payments.start(zhang(), ["B1"], None)).payment_id)
            raise NotSent("wechatpay", "breaker")

        house.channel.will("order", tap_again_then_fail)
        with pytest.raises(NotSent):
            await house.payments.start(zhang(), ["B1"], None)
        payment = await house.payment(second[0])
        assert payment.state is PaymentState.PENDING
        assert payment.claims

    async def test_a_second_tap_of_unknown_outcome_is_not_closed_either(self) -> None:
        house = House()

        async def tap_again_then_fail() -> None:
            house.channel.will_lose_the_answer("order")
            await house.payments.start(zhang(), ["B1"], None)
            raise NotSent("wechatpay", "breaker")

        house.channel.will("order", tap_again_then_fail)
        with pytest.raises(NotSent):
            await house.payments.start(zhang(), ["B1"], None)
        payment = await house.payment(house.channel.named("order")[0])
        assert payment.state is PaymentState.CREATED
        assert house.channel.states[payment.id] is TradeState.UNPAID

    async def test_overtaken_by_its_own_notification(self) -> None:
        house = House()

        async def paid_at_once() -> None:
            payment_id = house.channel.named("order")[0]
            asked = await house.payment(payment_id)
            house.channel.orders[payment_id], house.channel.states[payment_id] = asked.request, TradeState.UNPAID
            await house.notifications.apply(HOSPITAL, house.channel.pay(payment_id))

        house.channel.will("order", paid_at_once)
        begun = await house.payments.start(zhang(), ["B1"], None)
        assert begun.call is None
        assert begun.standing.progress is Progress.CONFIRMING

    async def test_answered_while_it_is_being_closed_opens_no_cashier(self, impatient: None) -> None:
        house = House()

        async def somebody_else_wants_it() -> None:
            house.channel.will("close", OutcomeUnknown("wechatpay"))
            with pytest.raises(AlreadyPaid):
                await house.payments.start(li(), ["B1"], None)

        house.channel.will("order", somebody_else_wants_it)
        begun = await house.payments.start(zhang(), ["B1"], None)
        assert begun.call is None
        assert begun.standing.progress is Progress.CLOSING


class TestOneAtATime:
    async def test_an_equal_attempt_goes_on(self) -> None:
        house = House()
        first = await house.payments.start(zhang(), ["B1"], None)
        again = await house.payments.start(zhang(), ["B1"], None)
        assert again == first
        assert house.channel.named("order") == [first.payment_id], "the handle of the open order is known"
        resumed = await house.payments.resume(zhang(), first.payment_id)
        assert resumed == first

    async def test_another_phone_waits_for_the_close_and_then_pays(self) -> None:
        house = House()
        first = await started(house, zhang())
        second = await started(house, li())
        assert second.id != first.id
        assert (await house.payment(first.id)).state is PaymentState.CLOSED
        assert house.channel.states[first.id] is TradeState.CLOSED

    async def test_another_phone_is_told_when_the_close_hangs_and_the_close_goes_on(self, impatient: None) -> None:
        house = House()
        first = await started(house, zhang())
        house.channel.will("close", "hang")
        with pytest.raises(AlreadyPaid) as told:
            await house.payments.start(li(), ["B1"], None)
        assert "正在为您取消" in told.value.person
        waiting = await house.payment(first.id)
        assert waiting.claims == ("bill:B1",)
        assert [effect.kind for effect in waiting.effects] == [EffectKind.CLOSE]
        await house.live_on(60, step=5)
        assert (await house.payment(first.id)).state is PaymentState.CLOSED
        assert (await started(house, li())).state is PaymentState.PENDING

    async def test_a_changed_amount_never_opens_the_old_cashier(self, impatient: None) -> None:
        house = House()
        first = await started(house, zhang())
        house.his.bills["B1"] = a_bill("B1", 999)
        house.channel.will("close", "hang")
        begun = await house.payments.start(zhang(), ["B1"], None)
        assert (begun.payment_id, begun.call) == (first.id, None)
        assert begun.standing.progress is Progress.CLOSING
        assert (await house.payments.resume(zhang(), first.id)).call is None
        await house.live_on(30, step=5)
        fresh = await started(house, zhang())
        assert (fresh.id != first.id, fresh.amount_fen) == (True, 999)

    async def test_a_close_that_comes_too_late_shows_the_money(self) -> None:
        house = House()
        first = await started(house, zhang())
        house.channel.pay(first.id)
        with pytest.raises(AlreadyPaid):
            await house.payments.start(li(), ["B1"], None)
        assert (await house.payment(first.id)).state is PaymentState.PAID
        shown = await house.payments.start(zhang(), ["B1"], None)
        assert (shown.payment_id, shown.call, shown.standing.progress) == (first.id, None, Progress.CONFIRMING)

    async def test_one_that_ends_soon_is_replaced(self) -> None:
        house = House()
        first = await started(house, zhang())
        house.clock.forward(minutes=14, seconds=1)
        second = await started(house, zhang())
        assert second.id != first.id
        assert (await house.payment(first.id)).state is PaymentState.CLOSED

    @pytest.mark.parametrize("phones", [2, 3, 4, 8])
    async def test_phones_race_for_one_claim(self, phones: int) -> None:
        """However many tap at once: at most one attempt lives, no second order is open, and afterwards anybody can pay."""
        house = House()
        sessions = [zhang() if number % 2 else li() for number in range(phones)]
        results = await asyncio.gather(
            *(house.payments.start(session, ["B1"], None) for session in sessions), return_exceptions=True
        )
        assert {type(result) for result in results} <= {Started, AlreadyPaid, BadInput}
        live = await house.stores.payments.by_claims(HOSPITAL, ["bill:B1"])
        assert len(live) <= 1
        open_orders = {number for number, state in house.channel.states.items() if state is TradeState.UNPAID}
        assert open_orders <= {payment.id for payment in live}
        await house.live_on(60)
        assert (await house.payments.start(zhang(), ["B1"], None)).call is not None

    async def test_a_bill_within_a_bigger_payment_is_claimed_too(self) -> None:
        house = House(a_hospital(his=FaithfulHis(a_bill("B1", 100), a_bill("B2", 23))))
        both = await started(house, zhang("B1", "B2"), "B1", "B2")
        house.channel.pay(both.id)
        with pytest.raises(AlreadyPaid):
            await house.payments.start(li("B1", "B2"), ["B2"], None)


class TestPhone:
    async def test_rules(self) -> None:
        house = House()
        for given, kept in ((None, ""), ("", PHONE), (" 13900000002 ", "13900000002")):
            house = House()
            begun = await house.payments.start(zhang(), ["B1"], given)
            assert (await house.payment(begun.payment_id)).personal.phone == kept
        for wrong in ("123", "0571-88888888", "13900000002;13900000003", "１３９００００００００２"):
            with pytest.raises(BadInput):
                await House().payments.start(zhang(), ["B1"], wrong)

    async def test_the_last_given_is_remembered_and_shown_masked(self) -> None:
        house = House()
        await house.payments.start(zhang(), ["B1"], "13900000002")
        session = await house.stores.sessions.get(zhang().id, house.clock.now())
        assert session is not None
        assert house.payments.phone_hint(session) == "139****0002"
        assert house.payments.phone_hint(zhang()) == "138****0001"
        assert house.payments.phone_hint(a_session(ZHANG)) == ""

    async def test_a_landline_on_the_qr_is_no_reason_not_to_pay(self) -> None:
        house = House()
        session = a_session(ZHANG, a_scan("B1", phone="0571-88888888"))
        assert house.payments.phone_hint(session) == ""
        begun = await house.payments.start(session, ["B1"], "")
        assert (await house.payment(begun.payment_id)).personal.phone == ""


class TestView:
    async def test_only_the_owners(self) -> None:
        house = House()
        payment = await started(house)
        assert (await house.payments.view(zhang(), payment.id)).payment == payment
        for stranger in (li(), replace(zhang(), hospital="other")):
            with pytest.raises(NotFound):
                await house.payments.view(stranger, payment.id)
            with pytest.raises(NotFound):
                await house.payments.resume(stranger, payment.id)
        assert await house.payments.mine(li()) == []
        assert await house.payments.mine(zhang()) == [payment]

    async def test_the_cashiers_word_is_worth_a_look_but_not_many(self) -> None:
        house = House()
        payment = await started(house)
        for _ in range(50):
            await house.payments.view(zhang(), payment.id, just_paid=True)
            await house.work()
        assert 1 <= len(house.channel.named("query")) <= 12

    async def test_a_lost_notification_is_made_up_for(self) -> None:
        house = House()
        payment = await started(house)
        house.channel.pay(payment.id)
        assert (await house.payments.view(zhang(), payment.id, just_paid=True)).standing.progress is Progress.WAITING
        await house.work()
        assert (await house.payments.view(zhang(), payment.id)).standing.progress is Progress.PAID

    async def test_the_his_sees_the_attempt_that_holds_the_bill(self) -> None:
        house = House()
        first = await started(house)
        house.channel.states[first.id] = TradeState.CLOSED
        await house.live_on(60)
        assert (await house.payment(first.id)).state is PaymentState.CLOSED
        house.channel.states[first.id] = TradeState.UNPAID
        await house.notifications.apply(HOSPITAL, house.channel.pay(first.id))
        assert (await house.payment(first.id)).state is PaymentState.RETURNING
        second = await started(house, li())
        assert (await house.payments.state_for_his(HOSPITAL, None, "B1")).id == second.id
        assert (await house.payments.state_for_his(HOSPITAL, first.id, None)).id == first.id
        for number, bill in (("nothing", None), (None, "nothing"), (None, None)):
            with pytest.raises(NotFound):
                await house.payments.state_for_his(HOSPITAL, number, bill)


async def test_nobody_pays_and_the_bill_is_free_again_after_the_expiry() -> None:
    house = House()
    payment = await started(house)
    await house.live_on(20 * 60)
    after = await house.payment(payment.id)
    assert after.state is PaymentState.CLOSED
    assert after.effects == ()
    assert house.channel.states[payment.id] is TradeState.CLOSED
    assert await house.alerts() == []


async def test_an_order_that_never_arrived_ends_after_expiry_and_margin_only() -> None:
    house = House()
    house.channel.will("order", OutcomeUnknown("wechatpay"))
    begun = await house.payments.start(zhang(), ["B1"], None)
    await house.live_on(16 * 60)
    assert (await house.payment(begun.payment_id)).state is PaymentState.CREATED
    await house.live_on(2 * 60)
    after = await house.payment(begun.payment_id)
    assert after.state is PaymentState.CLOSED
    assert after.history[-1].detail["why"] == "never_placed"
    assert house.clock.now() > payment_end(after)


def payment_end(payment: Payment) -> object:
    return payment.request.expires_at + timedelta(minutes=2)

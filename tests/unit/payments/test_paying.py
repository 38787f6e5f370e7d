"""A tap on "pay": stored before the channel hears of it, with the payer's phone, and free again after the expiry."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core.errors import BadInput, ChargeChanged, LoginNeeded, NotFound, OutcomeUnknown, StoreUnavailable
from server.patients.model import BoundCard
from server.payments.his_ports import HisCapabilities
from server.payments.model import Payment, PaymentState
from server.payments.purposes.bills.model import BillStatus
from server.payments.rules.progress import Progress
from server.payments.rules.trades import TradeState
from server.payments.sms_choice import KNOWN_NUMBER, NO_SMS, SmsChoice, sms_to
from tests.support.builders import CARD, HOSPITAL, PHONE, a_bill, a_scan, a_session
from tests.support.concurrent_taps import ZHANG, li, started, zhang
from tests.support.in_memory_app import EXPIRY, InMemoryApp
from tests.support.outside import FaithfulHis, a_hospital

pytestmark = pytest.mark.asyncio


class TestStart:
    async def test_opens_the_cashier_of_an_order_that_was_stored_first(self) -> None:
        memory_app = InMemoryApp()
        seen: list[PaymentState] = []

        async def look() -> None:
            seen.extend([(await memory_app.payment(memory_app.channel.named("order")[0])).state])

        memory_app.channel.will("order", look)
        begun = await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS)
        assert seen == [PaymentState.CREATED]
        assert begun.call is not None
        assert begun.call.params["package"] == f"prepay_id=prepay-{begun.payment_id}"
        payment = await memory_app.payment(begun.payment_id)
        assert payment.state is PaymentState.PENDING
        assert payment.amount_fen == 1234
        assert payment.parts[0].request.expires_at == memory_app.clock.now() + EXPIRY
        assert "张" not in payment.parts[0].request.description

    async def test_says_where_it_began(self) -> None:
        memory_app = InMemoryApp()
        scanned = await started(memory_app)
        assert (scanned.origin.entrance, scanned.origin.terminal, scanned.origin.operator) == (
            "bill_qr",
            "printer-3",
            "window-7",
        )
        other = InMemoryApp(a_hospital(his=FaithfulHis(a_bill("B2"))))
        await other.stores.cards.bind(
            BoundCard(hospital=HOSPITAL, owner=zhang().identity.key, card_no=CARD, name="张测试")
        )
        from_menu = await other.payments.start("bills", a_session(ZHANG), ["B2"], NO_SMS, terminal="phone")
        assert (await other.payment(from_menu.payment_id)).origin.entrance == "official_account"

    async def test_nothing_is_sent_when_it_cannot_be_stored(self) -> None:
        memory_app = InMemoryApp()
        memory_app.payment_store.fail_at(StoreUnavailable(), "insert")
        with pytest.raises(StoreUnavailable):
            await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS)
        assert memory_app.channel.calls == []

    async def test_free_bills_go_to_the_his_without_a_channel(self) -> None:
        memory_app = InMemoryApp(a_hospital(his=FaithfulHis(a_bill("B1", 0))))
        begun = await memory_app.payments.start("bills", zhang(), ["B1"], sms_to(PHONE))
        assert begun.call is None
        assert begun.standing.progress is Progress.CONFIRMING
        await memory_app.work()
        payment = await memory_app.payment(begun.payment_id)
        assert payment.state is PaymentState.BOOKED
        assert memory_app.channel.calls == []
        [request] = memory_app.his.named("confirm")
        assert (request.channel, request.transaction_id, request.amount_fen) == ("none", "", 0)

    async def test_asks_the_insurance_first_where_the_his_can(self) -> None:
        his = FaithfulHis(a_bill("B1", 1234))
        his.capabilities = HisCapabilities(presettle=True)
        his.presettled_fen = 700
        memory_app = InMemoryApp(a_hospital(his=his))
        assert (await started(memory_app)).amount_fen == 700
        his.presettled_fen = -1
        with pytest.raises(BadInput):
            await memory_app.payments.start("bills", li(), ["B1"], NO_SMS)

    async def test_never_another_sum_than_the_person_saw(self) -> None:
        his = FaithfulHis(a_bill("B1", 1234))
        his.capabilities = HisCapabilities(presettle=True)
        his.presettled_fen = 5000
        memory_app = InMemoryApp(a_hospital(his=his))
        with pytest.raises(ChargeChanged) as raised:
            await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS, shown_fen=1234)
        assert raised.value.amount_fen == 5000
        assert "50.00" in raised.value.user_message
        assert memory_app.channel.calls == []
        bills, shown_fen = await memory_app.bills.payable(zhang(), ["B1"])
        assert [bill.bill_no for bill in bills] == ["B1"]
        begun = await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS, shown_fen=shown_fen)
        assert (await memory_app.payment(begun.payment_id)).amount_fen == 5000

    async def test_a_paid_bill_is_not_settled_again_for_looking_at_it(self) -> None:
        his = FaithfulHis(a_bill("B1", 1234, status=BillStatus.PAID))
        his.capabilities = HisCapabilities(presettle=True)
        memory_app = InMemoryApp(a_hospital(his=his))
        assert (await memory_app.bills.payable(zhang(), ["B1"]))[1] == 1234
        assert his.named("presettle") == []

    async def test_two_bills_at_once(self) -> None:
        memory_app = InMemoryApp(a_hospital(his=FaithfulHis(a_bill("B1", 100), a_bill("B2", 23))))
        payment = await started(memory_app, zhang("B1", "B2"), "B1", "B2", "B1")
        assert payment.amount_fen == 123
        assert payment.claims == ("bill:B1", "bill:B2")

    @pytest.mark.parametrize("status", [BillStatus.PAID, BillStatus.CANCELLED, BillStatus.REFUNDED])
    async def test_a_bill_that_has_changed_meanwhile(self, status: BillStatus) -> None:
        memory_app = InMemoryApp(a_hospital(his=FaithfulHis(a_bill("B1", status=status))))
        with pytest.raises(ChargeChanged):
            await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS)

    async def test_too_many_bills_never_reach_the_his(self) -> None:
        memory_app = InMemoryApp()
        with pytest.raises(BadInput):
            await memory_app.payments.start("bills", zhang(), [f"B{n}" for n in range(1000)], NO_SMS)
        assert memory_app.his.calls == []

    async def test_only_bills_that_the_session_may_see(self) -> None:
        memory_app = InMemoryApp(
            a_hospital(his=FaithfulHis(a_bill("B1"), a_bill("B9"), a_bill("C1", card_no="C0000002")))
        )
        for bill_nos in (["B9"], ["B1", "B9"], ["C1"], ["nothing"], []):
            with pytest.raises(NotFound):
                await memory_app.payments.start("bills", zhang("B1"), bill_nos, NO_SMS)
        with pytest.raises(NotFound):
            await memory_app.payments.start("bills", a_session(ZHANG), ["B1"], NO_SMS)
        assert memory_app.channel.calls == []

    async def test_not_from_a_scan_that_has_ended(self) -> None:
        memory_app = InMemoryApp()
        session = a_session(ZHANG, a_scan("B1", expires_at=memory_app.clock.now()))
        with pytest.raises(NotFound):
            await memory_app.payments.start("bills", session, ["B1"], NO_SMS)


class TestPhone:
    @pytest.mark.parametrize(("second", "told"), [(sms_to("13922222222"), "13922222222"), (NO_SMS, "")])
    async def test_the_number_of_the_second_press_counts(self, second: SmsChoice, told: str) -> None:
        memory_app = InMemoryApp()
        first = await memory_app.payments.start("bills", zhang(), ["B1"], sms_to("13811111111"))
        begun = await memory_app.payments.start("bills", zhang(), ["B1"], second)
        assert (await memory_app.payment(begun.payment_id)).personal.phone == told
        assert (await memory_app.payment(first.payment_id)).state is PaymentState.CLOSED

    async def test_the_sms_goes_to_a_right_number_or_nowhere(self) -> None:
        memory_app = InMemoryApp()
        for given, kept in ((NO_SMS, ""), (KNOWN_NUMBER, PHONE), (sms_to(" 13900000002 "), "13900000002")):
            memory_app = InMemoryApp()
            begun = await memory_app.payments.start("bills", zhang(), ["B1"], given)
            assert (await memory_app.payment(begun.payment_id)).personal.phone == kept
        for wrong in ("123", "0571-88888888", "13900000002;13900000003", "１３９００００００００２"):
            with pytest.raises(BadInput):
                await InMemoryApp().payments.start("bills", zhang(), ["B1"], sms_to(wrong))

    async def test_the_last_given_is_remembered_and_shown_masked(self) -> None:
        memory_app = InMemoryApp()
        await memory_app.stores.sessions.put(zhang())
        await memory_app.payments.start("bills", zhang(), ["B1"], sms_to("13900000002"))
        session = await memory_app.stores.sessions.get(zhang().id, memory_app.clock.now())
        assert session is not None
        assert memory_app.payments.phone_hint(session, [CARD]) == "139****0002"
        assert memory_app.payments.phone_hint(zhang(), [CARD]) == "138****0001"
        assert memory_app.payments.phone_hint(a_session(ZHANG), [CARD]) == ""

    async def test_who_has_left_meanwhile_stays_out(self) -> None:
        memory_app = InMemoryApp()
        await memory_app.stores.sessions.put(zhang())
        session = await memory_app.login.session(HOSPITAL, zhang().id)
        await memory_app.login.logout(session)
        assert (await memory_app.payments.start("bills", session, ["B1"], sms_to("13900000002"))).call is not None
        with pytest.raises(LoginNeeded):
            await memory_app.login.session(HOSPITAL, session.id)

    async def test_one_patients_number_is_not_another_patients(self) -> None:
        """A daughter scans her father's bill and her mother's: the SMS about one does not go to the other."""
        other = a_bill("C1", card_no="C0000002", patient_name="李虚构")
        memory_app = InMemoryApp(a_hospital(his=FaithfulHis(a_bill("B1"), other)))
        session = a_session(ZHANG, a_scan("C1", card_no="C0000002", phone="13900000002"), a_scan("B1"))
        assert memory_app.payments.phone_hint(session, [CARD]) == "138****0001"
        begun = await memory_app.payments.start("bills", session, ["B1"], KNOWN_NUMBER)
        assert (await memory_app.payment(begun.payment_id)).personal.phone == PHONE
        remembered = await memory_app.stores.sessions.get(session.id, memory_app.clock.now()) or session
        assert memory_app.payments.phone_hint(remembered, [other.card_no]) == "139****0002", (
            "only a typed number is for every bill"
        )

    async def test_a_landline_on_the_qr_is_no_reason_not_to_pay(self) -> None:
        memory_app = InMemoryApp()
        session = a_session(ZHANG, a_scan("B1", phone="0571-88888888"))
        assert memory_app.payments.phone_hint(session, [CARD]) == ""
        begun = await memory_app.payments.start("bills", session, ["B1"], KNOWN_NUMBER)
        assert (await memory_app.payment(begun.payment_id)).personal.phone == ""


async def test_nobody_pays_and_the_bill_is_free_again_after_the_expiry() -> None:
    memory_app = InMemoryApp()
    payment = await started(memory_app)
    await memory_app.live_on(20 * 60)
    after = await memory_app.payment(payment.id)
    assert after.state is PaymentState.CLOSED
    assert after.effects == ()
    assert memory_app.channel.states[payment.id] is TradeState.CLOSED
    assert await memory_app.alerts() == []


async def test_an_order_that_never_arrived_ends_after_expiry_and_margin_only() -> None:
    memory_app = InMemoryApp()
    memory_app.channel.will("order", OutcomeUnknown("wechatpay"))
    begun = await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS)
    await memory_app.live_on(16 * 60)
    assert (await memory_app.payment(begun.payment_id)).state is PaymentState.CREATED
    await memory_app.live_on(2 * 60)
    after = await memory_app.payment(begun.payment_id)
    assert after.state is PaymentState.CLOSED
    assert after.history[-1].detail["why"] == "never_placed"
    assert memory_app.clock.now() > payment_end(after)


def payment_end(payment: Payment) -> object:
    return payment.parts[0].request.expires_at + timedelta(minutes=2)

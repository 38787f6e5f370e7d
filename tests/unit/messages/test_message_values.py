"""What each message to a payer says, value by value, and when what became of it is noted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.core.errors import NotAllowedYet, NotSent, OutcomeUnknown, OutsideRefusal
from server.effects.model import Effect, EffectKind
from server.messages.service import RETURN_REASONS
from server.patients.contact_ports import NO_TEMPLATE, DeliveryReport, OutgoingMessage
from server.payments.model import Payment
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from tests.support.builders import HOSPITAL, PHONE, TOKEN
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import RecordingMessenger, a_hospital
from tests.support.payment_fixtures import paid

pytestmark = pytest.mark.asyncio


async def booked(memory_app: InMemoryApp) -> Payment:
    payment = await paid(memory_app)
    await memory_app.work()
    return await memory_app.payment(payment.id)


def chat(memory_app: InMemoryApp, purpose: str) -> OutgoingMessage:
    [notice] = [notice for _, notice, _ in memory_app.messenger.named("send") if notice.purpose == purpose]
    return notice  # type: ignore[no-any-return]


def sms(memory_app: InMemoryApp, purpose: str) -> OutgoingMessage:
    [(phone, notice)] = [(phone, one) for phone, one, _ in memory_app.sms.sent if one.purpose == purpose]
    assert phone == PHONE
    return notice


async def told_of(memory_app: InMemoryApp, payment: Payment, subject: str, kind: EffectKind, **fields: Any) -> Payment:
    """``payment`` after the message about ``subject`` has been sent."""
    effect = Effect(kind=kind, subject=subject, due_at=memory_app.clock.now(), lease=TOKEN, **fields)
    owing = replace(payment, effects=(effect,))
    return (await memory_app.runners[kind](owing, effect))(owing)


class TestTheValues:
    async def test_of_a_booking(self) -> None:
        memory_app = InMemoryApp()
        payment = await booked(memory_app)
        notice = chat(memory_app, "payment_booked")
        assert notice.values == {
            "hospital": "测试医院",
            "patient": "张*试",
            "departments": "测试内科",
            "amount": "12.34",
            "payment": payment.id,
            "time": "2026-11-23 09:30",
            "guide": "请到二楼采血处",
            "receipt": "RC-1",
            "reason": "",
        }
        assert notice.url == f"https://pay.hospital.example/h/demo/payments/{payment.id}"
        assert {**sms(memory_app, "payment_booked").values, "patient": "张*试"} == dict(notice.values)

    @pytest.mark.parametrize("why", sorted(RETURN_REASONS))
    async def test_of_a_return_its_reason_in_words_and_no_way_to_go(self, why: str) -> None:
        memory_app = InMemoryApp()
        payment = replace(await paid(memory_app), return_reason=why, booking=None)
        await told_of(memory_app, payment, "payment_late", EffectKind.MESSAGE)
        values = chat(memory_app, "payment_late").values
        assert (
            values["reason"]
            == {
                "paid_after_close": "付款时支付单已关闭",
                "amount_differs": "支付金额与单据不符",
                "refused_by_his": "医院未能入账",
                "part_not_paid": "另一部分款项没有支付",
                "refunded_at_channel": "已在收款平台退费",
                "ended_by_finance": "医院财务核对后退回",
            }[why]
        )
        assert (values["receipt"], values["guide"]) == ("", "已付款，请不要重复付款")

    async def test_of_a_refund_its_own_number_sum_reason_and_arrival(self) -> None:
        memory_app = InMemoryApp()
        payment = await booked(memory_app)
        refund = Refund(
            id=f"{payment.id}R01", amount_fen=234, origin=RefundOrigin.STAFF, reason="wrong_item",
            state=RefundState.SUCCEEDED, at=memory_app.clock.now(),
        )  # fmt: skip
        await told_of(memory_app, replace(payment, refunds=(refund,)), "refund_arrived.R01", EffectKind.MESSAGE)
        values = chat(memory_app, "refund_arrived").values
        assert (values["refund"], values["amount"], values["reason"]) == (refund.id, "2.34", "开错项目")
        assert values["arrival"] == "零钱几分钟内到账，银行卡1至3个工作日"

    async def test_where_the_time_of_payment_is_not_known_it_is_the_beginning(self) -> None:
        memory_app = InMemoryApp()
        payment = replace(await paid(memory_app), paid_at=None)
        memory_app.clock.forward(3600)
        await told_of(memory_app, payment, "payment_late", EffectKind.MESSAGE)
        assert chat(memory_app, "payment_late").values["time"] == "2026-11-23 09:30"


class TestWhatIsNoted:
    async def last(self, memory_app: InMemoryApp, kind: EffectKind, **fields: Any) -> tuple[str, dict[str, str]]:
        payment = await told_of(memory_app, await paid(memory_app), "payment_late", kind, **fields)
        line = payment.history[-1]
        assert line.at == memory_app.clock.now()
        assert payment.effects == ()
        return line.what, dict(line.detail)

    async def test_a_message_and_its_number(self) -> None:
        assert await self.last(InMemoryApp(), EffectKind.MESSAGE) == (
            "message_sent", {"about": "payment_late", "id": "msg-1"},
        )  # fmt: skip

    async def test_an_sms_and_its_number(self) -> None:
        assert await self.last(InMemoryApp(), EffectKind.SMS) == (
            "sms_sent", {"about": "payment_late", "id": "biz-1"},
        )  # fmt: skip

    async def test_nobody_to_tell(self) -> None:
        nobody = {"about": "payment_late", "id": ""}
        follows_not = a_hospital(messengers={"wechat": RecordingMessenger(follows=False)})
        for hospital in (follows_not, a_hospital(messengers={})):
            assert await self.last(InMemoryApp(hospital), EffectKind.MESSAGE) == ("message_unreachable", nobody)
        assert await self.last(InMemoryApp(a_hospital(sms=None)), EffectKind.SMS) == ("sms_unreachable", nobody)

    @pytest.mark.parametrize(("code", "what"), [("48001", "message_refused"), (NO_TEMPLATE, "message_unreachable")])
    async def test_a_no_of_the_platform(self, code: str, what: str) -> None:
        memory_app = InMemoryApp()
        memory_app.messenger.will("send", OutsideRefusal("wechat", code))
        assert await self.last(memory_app, EffectKind.MESSAGE) == (what, {"about": "payment_late", "id": code})

    @pytest.mark.parametrize(("seconds", "waits"), [(119, True), (120, False)])
    async def test_who_may_still_agree_is_waited_for_two_minutes(self, seconds: int, waits: bool) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        memory_app.clock.forward(seconds)
        memory_app.messenger.will("send", NotAllowedYet("wechat", "43101"))
        if waits:
            with pytest.raises(NotAllowedYet):
                await told_of(memory_app, payment, "payment_late", EffectKind.MESSAGE)
        else:
            after = await told_of(memory_app, payment, "payment_late", EffectKind.MESSAGE)
            assert after.history[-1].what == "message_unreachable"

    @pytest.mark.parametrize("kind", [EffectKind.MESSAGE, EffectKind.SMS])
    @pytest.mark.parametrize(("seconds", "waits"), [(59, True), (60, False)])
    async def test_a_call_of_unknown_outcome_has_a_minute_to_arrive(
        self, kind: EffectKind, seconds: int, waits: bool
    ) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        unknown_at = memory_app.clock.now()
        memory_app.clock.forward(seconds)
        if waits:
            with pytest.raises(NotSent) as held:
                await told_of(memory_app, payment, "payment_late", kind, unknown_at=unknown_at)
            assert ("sms" in str(held.value)) is (kind is EffectKind.SMS)
        else:
            after = await told_of(memory_app, payment, "payment_late", kind, unknown_at=unknown_at)
            assert after.history[-1].what == f"{kind}_sent"

    async def test_an_sms_that_has_arrived_is_found_and_not_sent_again(self) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        await memory_app.sms.send(PHONE, OutgoingMessage(purpose="x", values={}), f"{payment.id}-payment_late")
        now = memory_app.clock.now()
        after = await told_of(memory_app, payment, "payment_late", EffectKind.SMS, unknown_at=now)
        assert (after.history[-1].what, after.history[-1].detail["id"]) == ("sms_sent", "found")
        assert len(memory_app.sms.sent) == 1

    async def test_a_look_up_of_unknown_outcome_is_no_deed(self) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        memory_app.sms.will("was_sent", OutcomeUnknown("sms"))
        with pytest.raises(NotSent):
            await told_of(memory_app, payment, "payment_late", EffectKind.SMS, unknown_at=memory_app.clock.now())

    async def test_a_report_says_who_told_it_and_sixty_characters_of_its_code(self) -> None:
        memory_app = InMemoryApp()
        payment = await booked(memory_app)
        report = DeliveryReport(out_id=f"{payment.id}-payment_booked", delivered=False, code="X" * 70)
        await memory_app.delivery_reports.of_sms(HOSPITAL, [report])
        line = (await memory_app.payment(payment.id)).history[-1]
        assert (line.what, line.by, line.at) == ("sms_not_delivered", "channel:sms", memory_app.clock.now())
        assert dict(line.detail) == {"about": "payment_booked", "code": "X" * 60}

    async def test_a_report_of_what_another_process_has_sent_is_noted_by_one_that_remembers_an_earlier_state(
        self,
    ) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        other = InMemoryApp(stores=memory_app.stores)
        await other.composition.runner.run_due(HOSPITAL, payment.id)
        report = DeliveryReport(out_id=f"{payment.id}-payment_booked", delivered=True, code="OK")
        assert "sms_sent" not in str(memory_app.transitions.remembered(HOSPITAL, payment.id))
        for _ in range(2):
            await memory_app.delivery_reports.of_sms(HOSPITAL, [report])
            lines = [line.what for line in (await memory_app.payment(payment.id)).history]
            assert lines.count("sms_delivered") == 1

    async def test_a_report_of_no_payment_of_ours_is_left(self) -> None:
        memory_app = InMemoryApp()
        payment = await booked(memory_app)
        stray = DeliveryReport(out_id="ZF20261123NOBODY000000-payment_booked", delivered=True, code="OK")
        ours = replace(stray, out_id=f"{payment.id}-payment_booked")
        await memory_app.delivery_reports.of_sms(HOSPITAL, [stray, ours])
        assert (await memory_app.payment(payment.id)).history[-1].what == "sms_delivered"


async def test_an_sms_is_looked_for_on_thirty_days_at_most_the_last_one_first() -> None:
    memory_app = InMemoryApp()
    payment = await paid(memory_app)
    unknown_at = memory_app.clock.now() + timedelta(days=40)
    memory_app.clock.forward(timedelta(days=41).total_seconds())
    await told_of(memory_app, payment, "payment_late", EffectKind.SMS, unknown_at=unknown_at)
    days = [day for _, day in memory_app.sms.named("was_sent")]
    assert (len(days), days[0], days[-1]) == (30, unknown_at.date(), (unknown_at - timedelta(days=29)).date())

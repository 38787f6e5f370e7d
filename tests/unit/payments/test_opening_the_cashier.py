"""What opens a cashier and what does not, what is said instead, and how often the channel is looked at for a tap."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import BadInput, ChargeChanged, ClaimTaken, NotFound
from server.patients.model import Session
from server.payments.attempts import Attempts
from server.payments.model import Payment
from server.payments.purposes.bills.texts import BILLS_TEXTS
from server.payments.refund_channel import UNKNOWN_TITLE
from server.payments.rules.progress import Progress
from server.payments.sms_choice import KNOWN_NUMBER, NO_SMS, SmsChoice, sms_to
from tests.support.builders import HOSPITAL, a_payment, a_scan, a_session, an_identity
from tests.support.channels import CodeShown
from tests.support.concurrent_taps import LI, ZHANG, li, started, zhang
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital

pytestmark = pytest.mark.asyncio


def gone(memory_app: InMemoryApp) -> None:
    """The hospital has given the channel up."""
    memory_app.hospital.channels.clear()  # type: ignore[attr-defined]


class TestTyped:
    @pytest.mark.parametrize("given", [KNOWN_NUMBER, NO_SMS, sms_to("13900000002")])
    async def test_the_number_of_before_stays_known(self, given: SmsChoice) -> None:
        memory_app = InMemoryApp()
        session = zhang(phone="13900000002")
        await memory_app.stores.sessions.put(session)
        await memory_app.payments.start("bills", session, ["B1"], given)
        known = await memory_app.stores.sessions.get(session.id, memory_app.clock.now())
        assert known == session

    async def test_another_sum_is_said_in_words(self) -> None:
        with pytest.raises(ChargeChanged) as told:
            await InMemoryApp().payments.start("bills", zhang(), ["B1"], NO_SMS, shown_fen=1)
        assert told.value.user_message == "需支付的金额现在是 12.34 元，请核对后再支付。"


class TestClaims:
    async def test_after_three_tries_the_person_is_asked_to_wait(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Somebody else takes the bill each time, and has let it go when it is looked for."""
        memory_app = InMemoryApp()
        memory_app.payment_store.fail_at(ClaimTaken(), "insert")
        looked: list[int] = []

        async def nobody_holds_it(attempts: Attempts, wanted: Payment, owners: tuple[str, ...]) -> None:
            looked.append(len(owners))

        monkeypatch.setattr(Attempts, "continue_or_close", nobody_holds_it)
        with pytest.raises(BadInput) as told:
            await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS)
        assert (told.value.user_message, looked) == (BILLS_TEXTS.contended, [1, 1, 1])


class TestResume:
    async def test_not_in_another_app_of_the_same_person(self) -> None:
        memory_app = InMemoryApp()
        payment = await started(memory_app)
        elsewhere = zhang(identity=an_identity(ZHANG, app_id="wxanother"), linked=(zhang().identity.key,))
        with pytest.raises(BadInput) as told:
            await memory_app.payments.resume(elsewhere, payment.id)
        assert told.value.user_message == "这笔支付是在另一个入口发起的，请重新支付。"
        assert len(memory_app.channel.named("order")) == 1

    async def test_what_ends_within_a_minute_opens_nothing(self) -> None:
        memory_app = InMemoryApp()
        payment = await started(memory_app)
        memory_app.clock.forward(minutes=14)
        assert (await memory_app.payments.resume(zhang(), payment.id)).call is not None
        memory_app.clock.forward(1)
        late = await memory_app.payments.resume(zhang(), payment.id)
        assert (late.payment_id, late.call, late.standing.progress) == (payment.id, None, Progress.WAITING)

    async def test_on_a_channel_that_the_hospital_has_given_up_opens_nothing(self) -> None:
        memory_app = InMemoryApp()
        payment = await started(memory_app)
        gone(memory_app)
        begun = await memory_app.payments.resume(zhang(), payment.id)
        assert (begun.payment_id, begun.call, begun.standing.progress) == (payment.id, None, Progress.WAITING)


async def queries_after(memory_app: InMemoryApp, payment: Payment, *, just_paid: bool) -> int:
    await memory_app.payments.view(zhang(), payment.id, just_paid=just_paid)
    await memory_app.work()
    return len(memory_app.channel.named("query"))


class TestView:
    async def test_a_look_is_made_for_the_cashier_s_word_alone(self) -> None:
        memory_app = InMemoryApp()
        payment = await started(memory_app)
        assert await queries_after(memory_app, payment, just_paid=False) == 0
        assert await queries_after(memory_app, payment, just_paid=True) == 1

    async def test_twelve_looks_in_ten_minutes_and_then_again(self) -> None:
        memory_app = InMemoryApp()
        payment = await started(memory_app)
        for _ in range(20):
            asked = await queries_after(memory_app, payment, just_paid=True)
        assert asked == 12
        memory_app.clock.forward(minutes=9, seconds=59)
        assert await queries_after(memory_app, payment, just_paid=True) == 12
        memory_app.clock.forward(1)
        assert await queries_after(memory_app, payment, just_paid=True) == 13

    async def test_a_paid_one_is_not_looked_at_for_a_word(self) -> None:
        memory_app = InMemoryApp()
        payment = await started(memory_app)
        await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(payment.id))
        assert await queries_after(memory_app, payment, just_paid=True) == 0
        counted = await memory_app.stores.short_lived.count(
            "look", payment.id, memory_app.clock.now(), memory_app.clock.now() + timedelta(minutes=1)
        )
        assert counted == 1, "no look was counted before this one"

    async def test_says_the_channel_as_people_call_it_and_what_the_number_is_called(self) -> None:
        memory_app = InMemoryApp()
        payment = await started(memory_app)
        view = await memory_app.payments.view(zhang(), payment.id)
        assert (view.channel_title, view.charge_number) == ("微信支付", BILLS_TEXTS.charge_number)
        gone(memory_app)
        assert (await memory_app.payments.view(zhang(), payment.id)).channel_title == UNKNOWN_TITLE == "原支付渠道"

    async def test_of_somebody_else_s_nothing_is_said(self) -> None:
        memory_app = InMemoryApp()
        payment = await started(memory_app)
        with pytest.raises(NotFound) as told:
            await memory_app.payments.view(li(), payment.id)
        assert told.value.user_message == "没有找到这笔支付。"


class TestCode:
    async def begun(self) -> tuple[InMemoryApp, Payment]:
        memory_app = InMemoryApp(a_hospital(channels={"wechat": CodeShown()}))
        return memory_app, await started(memory_app)

    async def test_is_shown_while_it_can_be_paid(self) -> None:
        memory_app, payment = await self.begun()
        memory_app.clock.forward(minutes=14)
        shown = await memory_app.payments.code(zhang(), payment.id)
        assert shown is not None
        assert (shown.text, shown.part, shown.view.payment) == (f"prepay-{payment.id}", payment.parts[0], payment)
        memory_app.clock.forward(1)
        assert await memory_app.payments.code(zhang(), payment.id) is None

    async def test_is_not_there_for_a_cashier_that_the_phone_opens(self) -> None:
        memory_app = InMemoryApp()
        payment = await started(memory_app)
        assert await memory_app.payments.code(zhang(), payment.id) is None

    async def test_is_not_there_when_all_is_paid_or_the_channel_is_given_up(self) -> None:
        memory_app, payment = await self.begun()
        notification = memory_app.channel.pay(payment.id)
        gone_app, of_gone = await self.begun()
        gone(gone_app)
        await memory_app.notifications.apply(HOSPITAL, notification)
        assert await memory_app.payments.code(zhang(), payment.id) is None
        assert await gone_app.payments.code(zhang(), of_gone.id) is None


async def stored(memory_app: InMemoryApp, number: int, **fields: object) -> Payment:
    """One of Zhang's, begun ``number`` minutes after the first."""
    one = a_payment(memory_app.clock.now() + timedelta(minutes=number))
    one = replace(one, id=f"ZF20261123{number:012}", **{"claims": (), "owner": zhang().identity.key, **fields})  # type: ignore[arg-type]
    await memory_app.stores.payments.insert(one)
    return one


class TestMine:
    def both(self) -> Session:
        """Zhang in one entrance, known as Li in another."""
        return a_session(ZHANG, a_scan("B1"), linked=(li().identity.key,))

    async def test_of_all_entrances_the_newest_first_and_twenty_on_a_page(self) -> None:
        memory_app = InMemoryApp()
        owners = (zhang().identity.key, an_identity(LI).key)
        all_of_them = [await stored(memory_app, number, owner=owners[number % 2]) for number in range(23)]
        newest_first = all_of_them[::-1]
        first = await memory_app.payments.mine(self.both())
        assert first == newest_first[:20]
        assert await memory_app.payments.mine(self.both(), first[-1].page_cursor) == newest_first[20:]
        assert await memory_app.payments.mine(self.both(), limit=3) == newest_first[:3]

    async def test_of_one_purpose_where_it_is_named(self) -> None:
        memory_app = InMemoryApp()
        await stored(memory_app, 1)
        deposit = await stored(memory_app, 2, purpose="deposit")
        assert await memory_app.payments.mine(self.both(), purpose="deposit") == [deposit]


class TestForTheHis:
    async def test_the_attempt_that_holds_the_bill_then_the_newest_that_had_money_then_the_newest(self) -> None:
        memory_app = InMemoryApp()

        async def answered() -> str:
            card_no = a_payment().personal.card_no
            return (await memory_app.payments.state_for_his(HOSPITAL, None, card_no, "B1")).id

        now = memory_app.clock.now()
        await stored(memory_app, 1)
        newest_without_money = await stored(memory_app, 9)
        assert await answered() == newest_without_money.id
        await stored(memory_app, 2, paid_at=now)
        had_money = await stored(memory_app, 3, paid_at=now)
        assert await answered() == had_money.id
        holds = await stored(memory_app, 0, claims=("bill:B1",))
        assert await answered() == holds.id

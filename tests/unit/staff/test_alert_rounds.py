"""The rounds: an alert ends with its cause, stands while it lasts, reaches finance in one message and is said again each day."""

from __future__ import annotations

import pytest

from server.alerts.model import CAUSE_GONE, LAPSED, QUIET_AFTER_CLOSED, Alert, AlertState
from server.core.errors import NotSent, OutsideRefusal
from server.payments.rules.telling import ALERTS_STANDING
from server.payments.rules.trades import RefundOutcome
from server.staff.model import Role
from tests.support.builders import HOSPITAL
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import RecordingMessenger, a_hospital
from tests.support.payment_fixtures import paid

pytestmark = pytest.mark.asyncio
DAY = 24 * 3600.0


async def returning(house: InMemoryApp, outcome: RefundOutcome = RefundOutcome.ABNORMAL) -> str:
    """A payment that the HIS refused and whose money does not arrive."""
    house.his.will("confirm", OutsideRefusal("his", "REFUSED"))
    payment = await paid(house)
    await house.work()
    house.channel.settle_refund(f"{payment.id}R01", outcome)
    await house.live_on(600, step=60)
    return payment.id


async def rounds(house: InMemoryApp, hours: float, step_s: float = 600) -> None:
    """Time passes, with a worker at work and its rounds."""
    for _ in range(int(hours * 3600 // step_s)):
        house.clock.forward(step_s)
        await house.work()
        await house.alert_rounds.once()


async def the_alert(house: InMemoryApp) -> Alert:
    [alert] = await house.alerts()
    return alert


async def raise_one(house: InMemoryApp, name: str, kind: str = "unclaimed_money") -> None:
    alert = Alert(hospital=HOSPITAL, id=name, kind=kind, text=name, at=house.clock.now())
    await house.stores.alerts.raise_alert(alert)


async def test_an_alert_stands_as_long_as_its_cause_and_ends_with_it() -> None:
    house = InMemoryApp()
    payment_id = await returning(house)
    await rounds(house, 3)
    assert (await the_alert(house)).state is AlertState.OPEN
    house.channel.settle_refund(f"{payment_id}R01")
    await rounds(house, 1)
    alert = await the_alert(house)
    assert (alert.kind, alert.state, alert.closed_by, alert.why) == (
        "refund_abnormal", AlertState.CLOSED, "system", CAUSE_GONE,
    )  # fmt: skip


async def test_nothing_ends_before_the_write_that_it_tells_of() -> None:
    """Raised, and the payment's write is still on its way: the cause is not to be seen yet."""
    house = InMemoryApp()
    payment_id = await returning(house, RefundOutcome.SUCCEEDED)
    await raise_one(house, f"{payment_id}:refund_abnormal:{payment_id}R01", "refund_abnormal")
    await house.alert_rounds.once()
    assert (await the_alert(house)).live
    house.clock.forward(180)
    await house.alert_rounds.once()
    assert not (await the_alert(house)).live


async def test_what_has_no_lasting_cause_waits_for_a_person_or_lapses() -> None:
    house = InMemoryApp()
    payment_id = await returning(house, RefundOutcome.SUCCEEDED)
    await raise_one(house, f"{payment_id}:refund_in_merchant_console:503", "refund_in_merchant_console")
    await raise_one(house, f"{payment_id}:sms_refused:payment_booked", "sms_refused")
    await rounds(house, 8 * 24, step_s=3600)
    states = {alert.kind: (alert.state, alert.why) for alert in await house.alerts()}
    assert states == {
        "refund_in_merchant_console": (AlertState.OPEN, ""),
        "sms_refused": (AlertState.CLOSED, LAPSED),
    }


async def test_finance_is_told_in_one_message_with_every_kind_and_its_count() -> None:
    house = InMemoryApp()
    await an_employee(house, "5001", Role.FINANCE, name="钱财务")
    await an_employee(house, "4001", Role.ADMIN, name="赵管理")
    for number in range(130):
        await raise_one(house, f"unclaimed:wechat:{number}")
    await raise_one(house, "ZF1:refund_abnormal:ZF1R01", "refund_abnormal")
    for _ in range(5):
        await house.alert_rounds.once()
    [(_, text)] = house.chat_told("openid-5001")
    assert text.startswith("告警：131项没有处理完\n")
    assert "有款项无法认领 130项" in text
    assert "退费异常 1项" in text, "one is not hidden behind a hundred others"
    assert house.chat_told("openid-4001") == [], "finance has it"


async def test_it_is_said_again_each_day_until_it_ends() -> None:
    house = InMemoryApp()
    await an_employee(house, "5001", Role.FINANCE)
    payment_id = await returning(house)
    await rounds(house, 5 * 24 - 1)
    assert len(house.chat_told("openid-5001")) == 5
    house.channel.settle_refund(f"{payment_id}R01")
    await rounds(house, 48)
    assert len(house.chat_told("openid-5001")) == 5, "what is over is not said again"


async def test_many_alerts_within_minutes_are_gathered() -> None:
    house = InMemoryApp()
    await an_employee(house, "5001", Role.FINANCE)
    for number in range(12):
        await raise_one(house, f"unclaimed:wechat:{number}")
        await rounds(house, 0.05, step_s=60)  # three minutes
    assert len(house.chat_told("openid-5001")) <= 5
    await rounds(house, 1)
    assert "12项" in house.chat_told("openid-5001")[-1][1]


async def test_where_nobody_in_finance_can_be_told_the_admins_are() -> None:
    house = InMemoryApp()
    await an_employee(house, "5001", Role.FINANCE)
    await an_employee(house, "4001", Role.ADMIN, name="赵管理")
    house.hospital.chats["wechat"].silent = {"openid-5001"}  # type: ignore[attr-defined]
    house.messenger.follows = False
    await raise_one(house, "unclaimed:wechat:1")
    await house.alert_rounds.once()
    assert [who for who, _ in house.chat_told("openid-4001")] == ["openid-4001"]


async def test_by_template_to_whoever_has_long_been_silent_and_again_while_it_is_unclear() -> None:
    house = InMemoryApp()
    await an_employee(house, "5001", Role.FINANCE)
    house.hospital.chats["wechat"].silent = {"openid-5001"}  # type: ignore[attr-defined]
    house.messenger.will("send", NotSent("wechat"))
    await raise_one(house, "unclaimed:wechat:1")
    await rounds(house, 1)
    sent = [notice for _, notice, _ in house.messenger.named("send") if notice.purpose == ALERTS_STANDING]
    assert len(sent) == 2, "once without an answer, once for good"
    assert (sent[1].values["count"], sent[1].values["reason"]) == ("1", "有款项无法认领")


async def test_where_nobody_can_be_told_it_stands_in_the_console_and_nothing_loops() -> None:
    house = InMemoryApp(a_hospital(messengers={"wechat": RecordingMessenger(follows=False)}))
    await raise_one(house, "unclaimed:wechat:1")
    await house.alert_rounds.once()
    alert = await the_alert(house)
    assert (alert.state, alert.said_at) == (AlertState.OPEN, house.clock.now())


async def test_what_a_person_closed_comes_again_after_a_day_if_its_cause_is_still_there() -> None:
    house = InMemoryApp()
    finance = await an_employee(house, "5001", Role.FINANCE)
    payment_id = await returning(house)
    await house.alert_rounds.once()
    alert_id = (await the_alert(house)).id
    await house.console.alerts.close(await finance.now(), [alert_id], "known", "银行卡注销，已联系患者")
    await rounds(house, 23)
    assert not (await the_alert(house)).live
    await rounds(house, 2)
    again = await the_alert(house)
    assert (again.state, again.opened) == (AlertState.OPEN, 2)
    house.channel.settle_refund(f"{payment_id}R01")
    await rounds(house, 1)
    assert (await the_alert(house)).why == CAUSE_GONE


async def test_what_a_person_closed_stays_closed_once_its_cause_has_gone() -> None:
    house = InMemoryApp()
    finance = await an_employee(house, "5001", Role.FINANCE)
    payment_id = await returning(house)
    alert_id = (await the_alert(house)).id
    await house.console.alerts.close(await finance.now(), [alert_id], "handled", "已在商户平台处理")
    house.channel.settle_refund(f"{payment_id}R01")
    await rounds(house, 2 * QUIET_AFTER_CLOSED.total_seconds() / 3600)
    alert = await the_alert(house)
    assert (alert.opened, alert.live, alert.why, alert.due_at) == (1, False, "handled", None)


async def test_acts_of_people_are_sealed_even_after_a_crash_between() -> None:
    house = InMemoryApp()
    finance = await an_employee(house, "5001", Role.FINANCE)
    await raise_one(house, "unclaimed:wechat:1")
    append = house.stores.audit.append

    async def fail(entry: object) -> None:
        raise NotSent("audit", "the machine stopped here")

    house.stores.audit.append = fail  # type: ignore[method-assign, assignment]
    assert await house.console.alerts.take(await finance.now(), ["unclaimed:wechat:1"]) == 1
    house.stores.audit.append = append  # type: ignore[method-assign]
    await house.alert_rounds.once()
    sealed = await house.stores.audit.by_id(HOSPITAL, "alert/unclaimed:wechat:1/0")
    assert sealed is not None
    assert (sealed.what, sealed.by) == ("alert_taken", "staff:5001")
    assert await house.stores.alerts.unaudited(HOSPITAL, 5) == []

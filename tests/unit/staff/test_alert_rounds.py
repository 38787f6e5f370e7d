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


async def returning(memory_app: InMemoryApp, outcome: RefundOutcome = RefundOutcome.ABNORMAL) -> str:
    """A payment that the HIS refused and whose money does not arrive."""
    memory_app.his.will("confirm", OutsideRefusal("his", "REFUSED"))
    payment = await paid(memory_app)
    await memory_app.work()
    memory_app.channel.settle_refund(f"{payment.id}R01", outcome)
    await memory_app.live_on(600, step=60)
    return payment.id


async def rounds(memory_app: InMemoryApp, hours: float, step_s: float = 600) -> None:
    """Time passes, with a worker at work and its rounds."""
    for _ in range(int(hours * 3600 // step_s)):
        memory_app.clock.forward(step_s)
        await memory_app.work()
        await memory_app.alert_rounds.once()


async def the_alert(memory_app: InMemoryApp) -> Alert:
    [alert] = await memory_app.alerts()
    return alert


async def raise_one(memory_app: InMemoryApp, name: str, kind: str = "unclaimed_money") -> None:
    alert = Alert(hospital=HOSPITAL, id=name, kind=kind, text=name, at=memory_app.clock.now())
    await memory_app.stores.alerts.raise_alert(alert)


async def test_an_alert_stands_as_long_as_its_cause_and_ends_with_it() -> None:
    memory_app = InMemoryApp()
    payment_id = await returning(memory_app)
    await rounds(memory_app, 3)
    assert (await the_alert(memory_app)).state is AlertState.OPEN
    memory_app.channel.settle_refund(f"{payment_id}R01")
    await rounds(memory_app, 1)
    alert = await the_alert(memory_app)
    assert (alert.kind, alert.state, alert.closed_by, alert.why) == (
        "refund_abnormal", AlertState.CLOSED, "system", CAUSE_GONE,
    )  # fmt: skip


async def test_nothing_ends_before_the_write_that_it_tells_of() -> None:
    """Raised, and the payment's write is still on its way: the cause is not to be seen yet."""
    memory_app = InMemoryApp()
    payment_id = await returning(memory_app, RefundOutcome.SUCCEEDED)
    await raise_one(memory_app, f"{payment_id}:refund_abnormal:{payment_id}R01", "refund_abnormal")
    await memory_app.alert_rounds.once()
    assert (await the_alert(memory_app)).live
    memory_app.clock.forward(180)
    await memory_app.alert_rounds.once()
    assert not (await the_alert(memory_app)).live


async def test_what_has_no_lasting_cause_waits_for_a_person_or_lapses() -> None:
    memory_app = InMemoryApp()
    payment_id = await returning(memory_app, RefundOutcome.SUCCEEDED)
    await raise_one(memory_app, f"{payment_id}:refund_in_merchant_console:503", "refund_in_merchant_console")
    await raise_one(memory_app, f"{payment_id}:sms_refused:payment_booked", "sms_refused")
    await rounds(memory_app, 8 * 24, step_s=3600)
    states = {alert.kind: (alert.state, alert.why) for alert in await memory_app.alerts()}
    assert states == {
        "refund_in_merchant_console": (AlertState.OPEN, ""),
        "sms_refused": (AlertState.CLOSED, LAPSED),
    }


async def test_finance_is_told_in_one_message_with_every_kind_and_its_count() -> None:
    memory_app = InMemoryApp()
    await an_employee(memory_app, "5001", Role.FINANCE, name="钱财务")
    await an_employee(memory_app, "4001", Role.ADMIN, name="赵管理")
    for number in range(130):
        await raise_one(memory_app, f"unclaimed:wechat:{number}")
    await raise_one(memory_app, "ZF1:refund_abnormal:ZF1R01", "refund_abnormal")
    for _ in range(5):
        await memory_app.alert_rounds.once()
    [(_, text)] = memory_app.chat_told("openid-5001")
    assert text.startswith("告警：131项没有处理完\n")
    assert "有款项无法认领 130项" in text
    assert "退费异常 1项" in text, "one is not hidden behind a hundred others"
    assert memory_app.chat_told("openid-4001") == [], "finance has it"


async def test_it_is_said_again_each_day_until_it_ends() -> None:
    memory_app = InMemoryApp()
    await an_employee(memory_app, "5001", Role.FINANCE)
    payment_id = await returning(memory_app)
    await rounds(memory_app, 5 * 24 - 1)
    assert len(memory_app.chat_told("openid-5001")) == 5
    memory_app.channel.settle_refund(f"{payment_id}R01")
    await rounds(memory_app, 48)
    assert len(memory_app.chat_told("openid-5001")) == 5, "what is over is not said again"


async def test_many_alerts_within_minutes_are_gathered() -> None:
    memory_app = InMemoryApp()
    await an_employee(memory_app, "5001", Role.FINANCE)
    for number in range(12):
        await raise_one(memory_app, f"unclaimed:wechat:{number}")
        await rounds(memory_app, 0.05, step_s=60)  # three minutes
    assert len(memory_app.chat_told("openid-5001")) <= 5
    await rounds(memory_app, 1)
    assert "12项" in memory_app.chat_told("openid-5001")[-1][1]


async def test_where_nobody_in_finance_can_be_told_the_admins_are() -> None:
    memory_app = InMemoryApp()
    await an_employee(memory_app, "5001", Role.FINANCE)
    await an_employee(memory_app, "4001", Role.ADMIN, name="赵管理")
    memory_app.hospital.chats["wechat"].silent = {"openid-5001"}  # type: ignore[attr-defined]
    memory_app.messenger.follows = False
    await raise_one(memory_app, "unclaimed:wechat:1")
    await memory_app.alert_rounds.once()
    assert [who for who, _ in memory_app.chat_told("openid-4001")] == ["openid-4001"]


async def test_by_template_to_whoever_has_long_been_silent_and_again_while_it_is_unclear() -> None:
    memory_app = InMemoryApp()
    await an_employee(memory_app, "5001", Role.FINANCE)
    memory_app.hospital.chats["wechat"].silent = {"openid-5001"}  # type: ignore[attr-defined]
    memory_app.messenger.will("send", NotSent("wechat"))
    await raise_one(memory_app, "unclaimed:wechat:1")
    await rounds(memory_app, 1)
    sent = [notice for _, notice, _ in memory_app.messenger.named("send") if notice.purpose == ALERTS_STANDING]
    assert len(sent) == 2, "once without an answer, once for good"
    assert (sent[1].values["count"], sent[1].values["reason"]) == ("1", "有款项无法认领")


async def test_where_nobody_can_be_told_it_stands_in_the_console_and_nothing_loops() -> None:
    memory_app = InMemoryApp(a_hospital(messengers={"wechat": RecordingMessenger(follows=False)}))
    await raise_one(memory_app, "unclaimed:wechat:1")
    await memory_app.alert_rounds.once()
    alert = await the_alert(memory_app)
    assert (alert.state, alert.said_at) == (AlertState.OPEN, memory_app.clock.now())


async def test_what_a_person_closed_comes_again_after_a_day_if_its_cause_is_still_there() -> None:
    memory_app = InMemoryApp()
    finance = await an_employee(memory_app, "5001", Role.FINANCE)
    payment_id = await returning(memory_app)
    await memory_app.alert_rounds.once()
    alert_id = (await the_alert(memory_app)).id
    await memory_app.console.alerts.close(await finance.now(), [alert_id], "known", "银行卡注销，已联系患者")
    await rounds(memory_app, 23)
    assert not (await the_alert(memory_app)).live
    await rounds(memory_app, 2)
    again = await the_alert(memory_app)
    assert (again.state, again.opened) == (AlertState.OPEN, 2)
    memory_app.channel.settle_refund(f"{payment_id}R01")
    await rounds(memory_app, 1)
    assert (await the_alert(memory_app)).why == CAUSE_GONE


async def test_what_a_person_closed_stays_closed_once_its_cause_has_gone() -> None:
    memory_app = InMemoryApp()
    finance = await an_employee(memory_app, "5001", Role.FINANCE)
    payment_id = await returning(memory_app)
    alert_id = (await the_alert(memory_app)).id
    await memory_app.console.alerts.close(await finance.now(), [alert_id], "handled", "已在商户平台处理")
    memory_app.channel.settle_refund(f"{payment_id}R01")
    await rounds(memory_app, 2 * QUIET_AFTER_CLOSED.total_seconds() / 3600)
    alert = await the_alert(memory_app)
    assert (alert.opened, alert.live, alert.why, alert.due_at) == (1, False, "handled", None)


async def test_acts_of_people_are_sealed_even_after_a_crash_between() -> None:
    memory_app = InMemoryApp()
    finance = await an_employee(memory_app, "5001", Role.FINANCE)
    await raise_one(memory_app, "unclaimed:wechat:1")
    append = memory_app.stores.audit.append

    async def fail(entry: object) -> None:
        raise NotSent("audit", "the machine stopped here")

    memory_app.stores.audit.append = fail  # type: ignore[method-assign, assignment]
    assert await memory_app.console.alerts.take(await finance.now(), ["unclaimed:wechat:1"]) == 1
    memory_app.stores.audit.append = append  # type: ignore[method-assign]
    await memory_app.alert_rounds.once()
    sealed = await memory_app.stores.audit.by_id(HOSPITAL, "alert/unclaimed:wechat:1/0")
    assert sealed is not None
    assert (sealed.what, sealed.by) == ("alert_taken", "staff:5001")
    assert await memory_app.stores.alerts.unaudited(HOSPITAL, 5) == []

"""The room of alerts: every kind with its count, taken and closed by the people whom it concerns; each act in the audit chain."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from server.alerts.model import Alert, AlertState
from server.app.doctor import _alerts, _unalerted
from server.core.errors import OutsideRefusal
from server.payments.rules.trades import RefundOutcome
from server.payments.sms_choice import sms_to
from server.staff.model import Role
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.console import another, booked, sit_down
from tests.support.builders import HOSPITAL, PHONE, a_scan, a_session
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.gen_test


async def raised(memory_app: InMemoryApp, number: int, kind: str = "unclaimed_money", about: str = "") -> str:
    alert_id = f"{about}:{kind}:{number}" if about else f"unclaimed:wechat:{number}"
    text = f"{about or 'WX'} {number}"
    await memory_app.stores.alerts.raise_alert(
        Alert(hospital=HOSPITAL, id=alert_id, kind=kind, text=text, at=memory_app.clock.now())
    )
    return alert_id


async def test_every_kind_has_its_count_and_one_is_not_hidden(memory_app: InMemoryApp, desk: Browser) -> None:
    payment = await booked(memory_app)
    for number in range(130):
        await raised(memory_app, number)
    await raised(memory_app, 1, "refund_abnormal", payment.id)
    await sit_down(memory_app, desk, await an_employee(memory_app, role=Role.FINANCE))
    page = text_of(await desk.get("/console/alerts"))
    assert '<td class="number">130</td>' in page
    assert "退费异常" in page
    of_kind = text_of(await desk.get("/console/alerts?kind=unclaimed_money"))
    assert of_kind.count('type="checkbox"') == 100
    assert "还有30条" in of_kind
    assert f'href="/console/payments/{payment.id}"' in text_of(await desk.get("/console/alerts?kind=refund_abnormal"))
    assert (await desk.get("/console/alerts?kind=nothing")).code == 400


async def test_a_payment_that_cannot_be_read_is_a_kind_with_words_and_leads_to_no_error(
    memory_app: InMemoryApp, desk: Browser
) -> None:
    payment = await booked(memory_app)
    await raised(memory_app, 1, "payment_unreadable", payment.id)
    await sit_down(memory_app, desk, await an_employee(memory_app, role=Role.FINANCE))
    assert "支付单数据无法读取，待办已暂停" in text_of(await desk.get("/console/alerts"))
    of_kind = await desk.get("/console/alerts?kind=payment_unreadable")
    assert of_kind.code == 200
    assert "支付单数据无法读取，待办已暂停" in text_of(of_kind)
    assert payment.id in text_of(of_kind)
    assert (await desk.get(f"/console/payments/{payment.id}")).code == 200


async def test_taking_and_closing_with_a_reason(memory_app: InMemoryApp, desk: Browser) -> None:
    first, second = await raised(memory_app, 1), await raised(memory_app, 2)
    await sit_down(memory_app, desk, await an_employee(memory_app, "3001", Role.FINANCE))
    path = "/console/alerts?kind=unclaimed_money"
    form = [("kind", "unclaimed_money"), ("act", "take"), ("alert", first), ("alert", second)]
    answer = await desk.submit(await desk.get(path), "/console/alerts", form)
    assert (answer.code, place(answer)) == (303, f"{path}&done=taken&count=2")
    page = await desk.get(place(answer))
    assert "已接手，共2条。" in text_of(page)
    assert "工号3001" in text_of(page)

    close = [("kind", "unclaimed_money"), ("act", "close"), ("alert", first)]
    without = await desk.submit(page, "/console/alerts", close)
    assert without.code == 400
    assert "请选择原因，并写明怎么处理的。" in text_of(without)
    answer = await desk.submit(page, "/console/alerts", [*close, ("why", "not_ours"), ("note", "张测试在窗口付的")])
    assert place(answer) == f"{path}&done=closed&count=1"
    overview = text_of(await desk.get("/console/alerts"))
    assert "不属于本系统：张测试在窗口付的" in overview
    closed = await memory_app.stores.alerts.get(HOSPITAL, first)
    assert closed is not None
    assert (closed.state, closed.closed_by) == (AlertState.CLOSED, "staff:3001")
    assert "张测试" not in repr(closed), "what people write is sealed"
    lines = [
        (entry.what, entry.by) for entry in await memory_app.stores.audit.latest(HOSPITAL, 10) if "alert" in entry.what
    ]
    assert lines == [("alert_closed", "staff:3001"), ("alert_taken", "staff:3001"), ("alert_taken", "staff:3001")]
    audit = text_of(await desk.get("/console/audit"))
    assert "关闭告警" in audit
    assert "不属于本系统" in audit
    assert (
        await memory_app.console.audit.verify(await memory_app.staff.get(HOSPITAL, "3001"), None, "")
    ).problems == []  # type: ignore[union-attr]


async def test_nobody_acts_without_choosing_or_without_the_page(memory_app: InMemoryApp, desk: Browser) -> None:
    alert_id = await raised(memory_app, 1)
    await sit_down(memory_app, desk, await an_employee(memory_app, role=Role.FINANCE))
    page = await desk.get("/console/alerts?kind=unclaimed_money")
    nothing = await desk.submit(page, "/console/alerts", {"kind": "unclaimed_money", "act": "take"})
    assert (nothing.code, "请先选择告警。" in text_of(nothing)) == (400, True)
    forged = await desk.post("/console/alerts", {"kind": "unclaimed_money", "act": "take", "alert": alert_id})
    assert forged.code == 403
    unknown = await desk.submit(
        page, "/console/alerts", {"kind": "unclaimed_money", "act": "take", "alert": "another:hospital:1"}
    )
    assert unknown.code == 404
    alert = await memory_app.stores.alerts.get(HOSPITAL, alert_id)
    assert alert is not None
    assert alert.state is AlertState.OPEN


@pytest.mark.parametrize("role", list(Role))
async def test_the_room_is_for_finance_and_admins(memory_app: InMemoryApp, desk: Browser, role: Role) -> None:
    """An admin sees that something is wrong, and no payment."""
    payment = await booked(memory_app)
    alert_id = await raised(memory_app, 1, "refund_abnormal", payment.id)
    await sit_down(memory_app, desk, await an_employee(memory_app, role=role))
    allowed = role in {Role.FINANCE, Role.ADMIN}
    page = await desk.get("/console/alerts?kind=refund_abnormal")
    assert page.code == (200 if allowed else 403)
    assert (f"/console/payments/{payment.id}" in text_of(page)) == (role is Role.FINANCE)
    manual = await desk.get("/console/manual")
    form = {"kind": "refund_abnormal", "act": "take", "alert": alert_id}
    answer = await desk.submit(manual, "/console/alerts", form)
    assert answer.code == (303 if allowed else 403)
    assert (await another(desk).get("/console/alerts")).code == 302, "and nobody without a login"


async def test_metrics_show_how_many_stand_and_for_how_long(memory_app: InMemoryApp, browser: Browser) -> None:
    await raised(memory_app, 1)
    await raised(memory_app, 2)
    memory_app.clock.forward(3600)
    page = text_of(await browser.get("/metrics"))
    assert 'zhenfu_alerts{hospital="demo",kind="unclaimed_money",state="open"} 2.0' in page
    assert 'zhenfu_alert_oldest_seconds{hospital="demo",kind="unclaimed_money"} 3600.0' in page
    for number in (1, 2):
        await memory_app.stores.alerts.change(HOSPITAL, f"unclaimed:wechat:{number}", _closed)
    assert "zhenfu_alerts{" not in text_of(await browser.get("/metrics")), "what stood before is gone"


def _closed(alert: Alert) -> Alert:
    from server.alerts.model import CAUSE_GONE, closed_by_itself

    return closed_by_itself(alert, CAUSE_GONE, alert.at)


async def test_doctor_counts_by_kind_and_finds_a_cause_that_nobody_was_told_of(memory_app: InMemoryApp) -> None:
    memory_app.his.will("confirm", OutsideRefusal("his", "REFUSED"))
    begun = await memory_app.payments.start(
        "bills", a_session("openid-zhang-ceshi", a_scan("B1")), ["B1"], sms_to(PHONE)
    )
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(begun.payment_id))
    await memory_app.work()
    memory_app.channel.settle_refund(f"{begun.payment_id}R01", RefundOutcome.ABNORMAL)
    await memory_app.live_on(600, step=60)
    for number in range(40):
        await raised(memory_app, number)
    services: object = SimpleNamespace(stores=memory_app.stores)
    said = [str(finding) for finding in await _alerts(services, HOSPITAL)]  # type: ignore[arg-type]
    assert len(said) == 2
    assert "1 × refund_abnormal (0 taken by a person)" in said[0]
    assert "40 × unclaimed_money" in said[1]
    payment = await memory_app.payment(begun.payment_id)
    assert await _unalerted(services, payment) == []  # type: ignore[arg-type]
    memory_app.stores.alerts.documents.clear()  # type: ignore[attr-defined]
    [finding] = await _unalerted(services, payment)  # type: ignore[arg-type]
    assert f"{payment.id}:refund_abnormal" in str(finding)

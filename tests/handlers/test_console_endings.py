"""The page on which finance ends a payment that no rule can end, without scripts."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from server.core.errors import OutsideRefusal
from server.payments.model import Payment, PaymentState, changed
from server.payments.sms_choice import sms_to
from server.staff.model import RefundLimits, Role
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.console import proof_of, sit_down
from tests.support.builders import HOSPITAL, PHONE, a_booking, a_scan, a_session
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.gen_test
WIDE = RefundLimits(per_refund_fen=1_000_000, per_day_fen=1_000_000)


async def stuck(memory_app: InMemoryApp) -> Payment:
    """Paid for ever: the HIS holds our number at another amount."""
    begun = await memory_app.payments.start(
        "bills", a_session("openid-zhang-ceshi", a_scan("B1")), ["B1"], sms_to(PHONE)
    )
    memory_app.his.booked[begun.payment_id] = replace(a_booking("HIS-9"), amount_fen=1000)
    memory_app.his.will("confirm", *[OutsideRefusal("his", "AMOUNT_DIFFERS")] * 40)
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(begun.payment_id))
    await memory_app.live_on(3600, step=60)
    return await memory_app.payment(begun.payment_id)


def mark_on(page: str) -> str:
    found = re.search(r'name="mark" value="([0-9]+)"', page)
    assert found
    return found[1]


async def test_one_proposes_another_agrees_and_it_is_booked(memory_app: InMemoryApp, desk: Browser) -> None:
    payment = await stuck(memory_app)
    one = await an_employee(memory_app, "3001", Role.FINANCE, WIDE, name="钱财务")
    other = await an_employee(memory_app, "3002", Role.FINANCE, WIDE, name="孙财务")
    await sit_down(memory_app, desk, one)
    shown = await desk.get(f"/console/payments/{payment.id}")
    path = f"/console/payments/{payment.id}/end"
    assert f'href="{path}"' in text_of(shown)
    page = await desk.get(path)
    for words in ("渠道：已支付", "医院系统：已入账", "10.00", "37.20", "按医院记录入账"):
        assert words in text_of(page), "what each side says, and what can be done"
    form = {"do": "propose", "mark": mark_on(text_of(page)), "act": "book_as_is", "words": "收据0042"}
    refused = await desk.submit(page, path, {**form, "act": "refund_rest", **proof_of(one)})
    assert (refused.code, "请先在医院系统里撤销" in text_of(refused)) == (403, True)
    assert 'value="收据0042"' in text_of(refused), "what was typed stays"
    nothing = await desk.submit(page, path, {**form, "act": "another", **proof_of(one)})
    assert (nothing.code, "请选择怎么了结。" in text_of(nothing)) == (400, True)
    done = await desk.submit(page, path, {**form, **proof_of(one)})
    assert (done.code, place(done)) == (303, f"/console/payments/{payment.id}?done=ending_proposed")
    assert "等待另一人复核" in text_of(await desk.get(place(done)))

    mine = await desk.get(path)
    assert "由另一人复核" in text_of(mine)
    form = {"do": "agree", "mark": form["mark"], **proof_of(one)}
    assert (await desk.submit(mine, path, form)).code == 403
    await sit_down(memory_app, desk, other)
    page = await desk.get(path)
    assert "收据0042" in text_of(page)
    done = await desk.submit(page, path, {"do": "agree", "mark": mark_on(text_of(page)), **proof_of(other)})
    assert place(done) == f"/console/payments/{payment.id}?done=ending_agreed"
    after = await memory_app.payment(payment.id)
    assert (after.state, after.booking is not None and after.booking.amount_fen) == (PaymentState.BOOKED, 1000)
    assert "按医院记录入账，金额与收款不同" in text_of(await desk.get(f"/console/payments/{payment.id}"))


async def test_a_proposal_can_be_taken_back_or_refused(memory_app: InMemoryApp, desk: Browser) -> None:
    payment = await stuck(memory_app)
    one = await an_employee(memory_app, "3001", Role.FINANCE, WIDE, name="钱财务")
    await sit_down(memory_app, desk, one)
    path = f"/console/payments/{payment.id}/end"
    page = await desk.get(path)
    form = {"do": "propose", "mark": mark_on(text_of(page)), "act": "book_as_is", "words": "收据", **proof_of(one)}
    assert (await desk.submit(page, path, form)).code == 303
    done = await desk.submit(await desk.get(path), path, {"do": "drop"})
    assert place(done).endswith("done=ending_dropped")
    after = await memory_app.payment(payment.id)
    assert (after.ending, after.state) == (None, PaymentState.PAID)


async def test_what_changed_since_the_proposal_says_so_and_is_proposed_anew(
    memory_app: InMemoryApp, desk: Browser
) -> None:
    payment = await stuck(memory_app)
    one = await an_employee(memory_app, "3001", Role.FINANCE, WIDE, name="钱财务")
    other = await an_employee(memory_app, "3002", Role.FINANCE, WIDE, name="孙财务")
    await sit_down(memory_app, desk, one)
    path = f"/console/payments/{payment.id}/end"
    page = await desk.get(path)
    form = {"do": "propose", "mark": mark_on(text_of(page)), "act": "book_as_is", "words": "收据", **proof_of(one)}
    assert (await desk.submit(page, path, form)).code == 303
    await sit_down(memory_app, desk, other)
    assert "提出以后这笔支付有变化" not in text_of(await desk.get(path))
    await memory_app.transitions.apply(
        HOSPITAL, payment.id, lambda current: changed(current, "refunded_elsewhere", at=memory_app.clock.now())
    )
    page = await desk.get(path)
    assert "提出以后这笔支付有变化，不能同意。" in text_of(page), "before anybody types a code"
    refused = await desk.submit(page, path, {"do": "agree", "mark": mark_on(text_of(page)), **proof_of(other)})
    assert (refused.code, "重新提出" in text_of(refused)) == (403, True)
    assert (await desk.submit(page, path, {"do": "drop"})).code == 303
    assert 'name="act"' in text_of(await desk.get(path))


@pytest.mark.parametrize("role", list(Role))
async def test_who_may_look_and_who_may_propose(memory_app: InMemoryApp, desk: Browser, role: Role) -> None:
    payment = await stuck(memory_app)
    await sit_down(memory_app, desk, await an_employee(memory_app, role=role))
    page = await desk.get(f"/console/payments/{payment.id}/end")
    assert page.code == (200 if role in {Role.APPROVER, Role.FINANCE} else 403)
    assert ('name="act"' in text_of(page)) == (role is Role.FINANCE)
    forged = await desk.post(f"/console/payments/{payment.id}/end", {"do": "drop"})
    assert forged.code == 403


async def test_what_rests_offers_no_ending(memory_app: InMemoryApp, desk: Browser) -> None:
    begun = await memory_app.payments.start(
        "bills", a_session("openid-zhang-ceshi", a_scan("B1")), ["B1"], sms_to(PHONE)
    )
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(begun.payment_id))
    await memory_app.work()
    await sit_down(memory_app, desk, await an_employee(memory_app, role=Role.FINANCE))
    await desk.get(f"/console/payments/{begun.payment_id}")
    await memory_app.work()
    assert "/end" not in text_of(await desk.get(f"/console/payments/{begun.payment_id}"))

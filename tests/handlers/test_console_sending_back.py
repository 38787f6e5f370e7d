"""The summary of a decision to send back says whose money goes back and about what it is a record only; the second person's word sends it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.base.display import yuan
from server.core.days import hospital_day
from server.core.errors import OutsideRefusal
from server.effects.model import EffectKind
from server.payments.model import Payment, PaymentState
from server.payments.rules.his_asked import asks_his
from server.reconciliation.day_model import day_id
from server.reconciliation.model import Leg
from server.staff.model import RefundLimits, Role
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.console import proof_of, sit_down
from tests.handlers.test_console_reconciliation import finance, ids_of, stored
from tests.support.builders import HOSPITAL
from tests.support.days_in_store import MISSING_IN_HIS, matched_day, rows_of
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid
from tests.unit.reconciliation.days import at
from tests.unit.reconciliation.days import payment as a_row

pytestmark = pytest.mark.gen_test


async def lost(memory_app: InMemoryApp) -> Payment:
    """Booked once; the HIS has lost it and has refused it anew."""
    payment = await paid(memory_app)
    await memory_app.work()
    memory_app.his.booked.clear()
    memory_app.his.will("confirm", OutsideRefusal("his", "BILL_CHANGED"))
    transitions, now = memory_app.services.shared.transitions, memory_app.clock.now()
    await transitions.apply(HOSPITAL, payment.id, lambda current: asks_his(current, "", now))
    await memory_app.live_on(60)
    payment = await memory_app.payment(payment.id)
    assert not [effect for effect in payment.effects if effect.kind is EffectKind.ASK_HIS]
    return payment


async def a_day_with(memory_app: InMemoryApp, payment: Payment) -> str:
    day = hospital_day(memory_app.clock.now()) - timedelta(days=1)
    rows = rows_of(day)
    rows.all_legs(lambda leg: a_row(leg, payment.id, payment.amount_fen, at(9, day=day)))
    rows.drop(f"payment:{payment.id}", Leg.HIS)
    await memory_app.stores.days.insert(matched_day(day, rows))
    return day_id("wechat", day)


async def test_money_goes_back_after_a_summary_that_says_so(memory_app: InMemoryApp, desk: Browser) -> None:
    payment = await lost(memory_app)
    identity = await a_day_with(memory_app, payment)
    first = await finance(memory_app, desk)
    url = f"/console/reconciliation/{identity}"
    page = await desk.get(url)
    chosen = [*ids_of(page, MISSING_IN_HIS, payment.id), ("act", "send_back"), ("remark", "医院系统不补记")]
    summary = text_of(await desk.submit(page, url, chosen))
    assert "退回付款人" in summary
    assert f"1笔 {yuan(payment.paid_fen)}，复核后原路退回" in summary
    assert "其余1笔，系统不退钱" in summary, "what is no payment of ours is a record"
    await desk.submit(page, url, [*chosen, ("do", "decide"), *proof_of(first).items()])
    day = await stored(memory_app, identity)
    assert [(each.sends, each.needs_second) for each in day.dispositions] == [("", False), (payment.id, True)]
    waiting = await desk.get(f"{url}?show=waiting")
    assert "退回付款人：医院系统不补记" in text_of(waiting)
    second = await finance(memory_app, desk, "3002", "孙财务")
    agree = [("do", "agree"), ("id", f"payment:{payment.id}")]
    done = await desk.submit(waiting, url, [*agree, *proof_of(second).items()])
    assert place(done) == f"{url}?done=agreed"
    await memory_app.work()
    assert (await memory_app.payment(payment.id)).state is PaymentState.RETURNING
    assert memory_app.channel.named("refund") == [(f"{payment.id}R01", payment.amount_fen)]


async def test_money_over_the_second_person_s_limit_stays(memory_app: InMemoryApp, desk: Browser) -> None:
    payment = await lost(memory_app)
    identity = await a_day_with(memory_app, payment)
    first = await finance(memory_app, desk)
    url = f"/console/reconciliation/{identity}"
    page = await desk.get(url)
    chosen = [*ids_of(page, payment.id), ("act", "send_back"), ("remark", "医院系统不补记"), ("do", "decide")]
    await desk.submit(page, url, [*chosen, *proof_of(first).items()])
    narrow = RefundLimits(per_refund_fen=100, per_day_fen=100)
    second = await an_employee(memory_app, "3002", Role.FINANCE, narrow, name="孙财务")
    await sit_down(memory_app, desk, second)
    agree = [("do", "agree"), ("id", f"payment:{payment.id}"), *proof_of(second).items()]
    refused = await desk.submit(await desk.get(f"{url}?show=waiting"), url, agree)
    assert refused.code == 403
    assert (await memory_app.payment(payment.id)).state is PaymentState.BOOKED
    assert not (await stored(memory_app, identity)).dispositions[-1].holds

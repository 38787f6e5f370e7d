"""The pages on which finance ends money that fits no payment, without scripts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.payments.rules.unclaimed_acts import changed
from server.payments.unclaimed_model import UnclaimedState
from server.staff.model import Role
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.console import proof_of, sit_down
from tests.handlers.test_console_endings import mark_on
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.unclaimed import LOST, paid_astray, proposed, the_money, two_of_finance

pytestmark = pytest.mark.gen_test


async def test_one_proposes_another_agrees_and_it_goes_back(memory_app: InMemoryApp, desk: Browser) -> None:
    money = await paid_astray(memory_app)
    one, other = await two_of_finance(memory_app)
    await sit_down(memory_app, desk, one)
    path = f"/console/money/one?id={money.id.replace(':', '%3A')}"
    assert f'href="{path}"' in text_of(await desk.get("/console/money"))
    page = await desk.get(path)
    for words in ("渠道：已支付", "12.34", LOST, "本系统的单号", "没有", "原路退回付款人"):
        assert words in text_of(page), "what each side says, and what can be done"
    form = {"do": "propose", "mark": mark_on(text_of(page)), "act": "send_back", "words": "凭证0042"}
    refused = await desk.submit(page, path, {**form, "act": "in_payment", **proof_of(one)})
    assert (refused.code, "本系统的支付里没有这笔钱" in text_of(refused)) == (403, True)
    assert 'value="凭证0042"' in text_of(refused), "what was typed stays"
    nothing = await desk.submit(page, path, {**form, "act": "another", **proof_of(one)})
    assert (nothing.code, "请选择怎么了结。" in text_of(nothing)) == (400, True)
    wordless = await desk.submit(page, path, {**form, "words": " ", **proof_of(one)})
    assert (wordless.code, "请写明依据" in text_of(wordless)) == (400, True)
    done = await desk.submit(page, path, {**form, **proof_of(one)})
    assert (done.code, place(done)) == (303, f"{path}&done=proposed")
    mine = await desk.get(place(done))
    assert "由另一人复核" in text_of(mine)
    alone = await desk.submit(mine, path, {"do": "agree", "mark": form["mark"], **proof_of(one)})
    assert alone.code == 403
    await sit_down(memory_app, desk, other)
    page = await desk.get(path)
    assert "凭证0042" in text_of(page)
    done = await desk.submit(page, path, {"do": "agree", "mark": mark_on(text_of(page)), **proof_of(other)})
    assert place(done) == f"{path}&done=agreed"
    await memory_app.work()
    assert "退回：处理中" in text_of(await desk.get(path))
    memory_app.channel.settle_refund(f"{LOST}U01")
    await memory_app.live_on(120)
    assert (await the_money(memory_app)).state is UnclaimedState.SETTLED
    await sit_down(memory_app, desk, one)
    money_page = text_of(await desk.get("/console/money"))
    assert "没有待认领的钱。" in money_page
    assert "最近了结的" in money_page
    page = text_of(await desk.get(path))
    assert "已退回到账" in page
    assert 'name="act"' not in page
    assert "原路退回付款人" in text_of(await desk.get("/console/audit"))


async def test_a_proposal_can_be_taken_back(memory_app: InMemoryApp, desk: Browser) -> None:
    money = await paid_astray(memory_app)
    one, _ = await two_of_finance(memory_app)
    await sit_down(memory_app, desk, one)
    path = f"/console/money/one?id={money.id.replace(':', '%3A')}"
    page = await desk.get(path)
    form = {"do": "propose", "mark": mark_on(text_of(page)), "act": "send_back", "words": "凭证", **proof_of(one)}
    assert (await desk.submit(page, path, form)).code == 303
    done = await desk.submit(await desk.get(path), path, {"do": "drop"})
    assert place(done).endswith("done=dropped")
    assert ((await the_money(memory_app)).ending, memory_app.channel.refunds) == (None, {})


async def test_what_changed_since_the_proposal_says_so(memory_app: InMemoryApp, desk: Browser) -> None:
    money = await paid_astray(memory_app)
    one, other = await two_of_finance(memory_app)
    await proposed(memory_app, one)
    await sit_down(memory_app, desk, other)
    path = f"/console/money/one?id={money.id.replace(':', '%3A')}"
    assert "提出以后这笔钱有变化" not in text_of(await desk.get(path))
    waiting = await the_money(memory_app)
    moved = changed(waiting, "unclaimed_refund_closed", at=memory_app.clock.now())
    await memory_app.stores.unclaimed.save(waiting, moved)
    assert "提出以后这笔钱有变化，不能同意。" in text_of(await desk.get(path)), "before anybody types a code"


@pytest.mark.parametrize("role", list(Role))
async def test_who_may_look_and_who_may_propose(memory_app: InMemoryApp, desk: Browser, role: Role) -> None:
    money = await paid_astray(memory_app)
    await sit_down(memory_app, desk, await an_employee(memory_app, role=role))
    path = f"/console/money/one?id={money.id.replace(':', '%3A')}"
    page = await desk.get(path)
    assert page.code == (200 if role in {Role.APPROVER, Role.FINANCE} else 403)
    assert ('name="act"' in text_of(page)) == (role is Role.FINANCE)
    forged = await desk.post(path, {"do": "drop"})
    assert forged.code == 403


async def test_what_was_changed_in_the_database_offers_no_act(memory_app: InMemoryApp, desk: Browser) -> None:
    money = await paid_astray(memory_app)
    stored = memory_app.stores.unclaimed.documents  # type: ignore[attr-defined]
    stored[(money.hospital, money.id)] = replace(money, reason="other")
    await sit_down(memory_app, desk, await an_employee(memory_app, role=Role.FINANCE))
    page = text_of(await desk.get(f"/console/money/one?id={money.id.replace(':', '%3A')}"))
    assert "在数据库中被改动" in page
    assert 'name="act"' not in page


async def test_unknown_money_is_not_found(memory_app: InMemoryApp, desk: Browser) -> None:
    await sit_down(memory_app, desk, await an_employee(memory_app, role=Role.FINANCE))
    assert (await desk.get("/console/money/one?id=wechat:none")).code == 404
    assert (await desk.get("/console/money/one")).code == 404

"""An SMS to who pays in the mini-program carries a link to the payment; whatever becomes of the link, the SMS is sent."""

from __future__ import annotations

from typing import Any

import pytest

from server.core.errors import NotSent, OutcomeUnknown, OutsideRefusal, StoreUnavailable
from server.payments.model import Payment
from tests.support.builders import a_paid, an_identity
from tests.support.in_memory_app import InMemoryApp
from tests.support.mini_program import MINI_APP, ObligingMiniProgram
from tests.support.outside import a_hospital

pytestmark = pytest.mark.asyncio
LINK = "https://wxaurl.cn/invented1"


def an_app() -> tuple[InMemoryApp, ObligingMiniProgram]:
    mini = ObligingMiniProgram()
    memory_app = InMemoryApp(a_hospital(mini_program=mini))
    memory_app.sms.linked.add("payment_booked")
    return memory_app, mini


async def booked(memory_app: InMemoryApp, app_id: str = MINI_APP) -> Payment:
    payment = a_paid(memory_app.clock.now(), payer=an_identity("mini-zhang", app_id=app_id))
    await memory_app.stores.payments.insert(payment)
    await memory_app.do_only(payment.id, "book")
    return payment


def links(memory_app: InMemoryApp) -> list[str]:
    return [notice.link for _, notice, _ in memory_app.sms.sent]


async def test_the_link_leads_to_the_payment_and_ends() -> None:
    memory_app, mini = an_app()
    payment = await booked(memory_app)
    await memory_app.work()
    assert links(memory_app) == [LINK]
    assert mini.named("payment_link") == [(payment.id, 30)]


async def test_who_pays_elsewhere_gets_the_sms_of_always() -> None:
    memory_app, mini = an_app()
    await booked(memory_app, app_id="wx-official-account")
    await memory_app.work()
    assert links(memory_app) == [""]
    assert mini.named("payment_link") == []


async def test_where_no_template_has_room_none_is_made() -> None:
    memory_app, mini = an_app()
    memory_app.sms.linked.clear()
    await booked(memory_app)
    await memory_app.work()
    assert links(memory_app) == [""]
    assert mini.named("payment_link") == []


@pytest.mark.parametrize(
    "failure", [NotSent("wechat"), OutcomeUnknown("wechat"), OutsideRefusal("wechat", "85079"), "hang"]
)
async def test_a_failed_link_does_not_keep_the_sms_back(failure: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.messages.links.MADE_WITHIN_S", 0.01)
    memory_app, mini = an_app()
    mini.will("payment_link", failure)
    payment = await booked(memory_app)
    await memory_app.work()
    assert links(memory_app) == [""]
    assert [line.what for line in (await memory_app.payment(payment.id)).history][-1] == "sms_sent"
    assert await memory_app.alerts() == []


async def test_the_same_message_tried_again_carries_the_same_link() -> None:
    memory_app, mini = an_app()
    memory_app.sms.will("send", NotSent("sms"), NotSent("sms"))
    await booked(memory_app)
    await memory_app.live_on(300, step=5)
    assert links(memory_app) == [LINK]
    assert len(memory_app.sms.named("send")) == 3
    assert len(mini.named("payment_link")) == 1


async def test_a_link_that_failed_is_not_asked_for_again() -> None:
    memory_app, mini = an_app()
    mini.will("payment_link", OutcomeUnknown("wechat"))
    memory_app.sms.will("send", NotSent("sms"))
    await booked(memory_app)
    await memory_app.live_on(300, step=5)
    assert links(memory_app) == [""]
    assert len(mini.named("payment_link")) == 1


async def test_a_death_between_the_link_and_its_note_costs_the_link_only() -> None:
    memory_app, mini = an_app()
    mini.will("payment_link", StoreUnavailable("died"))
    await booked(memory_app)
    with pytest.raises(StoreUnavailable):
        await memory_app.work()
    await memory_app.live_on(300, step=5)
    assert links(memory_app) == [""]
    assert len(mini.named("payment_link")) == 1

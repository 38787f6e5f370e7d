"""Money that stands on one side now, as a picture with a table beside it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.alerts.model import Alert
from server.core.errors import OutcomeUnknown
from tests.handlers.conftest import Browser, text_of
from tests.handlers.test_console_reconciliation import finance
from tests.support.builders import HOSPITAL
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid
from tests.support.recurring import WholeTask

pytestmark = pytest.mark.gen_test


async def test_what_stands_is_drawn_and_listed_until_it_settles(memory_app: InMemoryApp, desk: Browser) -> None:
    memory_app.his.will("confirm", *[OutcomeUnknown("his", "no answer")] * 30)
    memory_app.his.will("check", *[OutcomeUnknown("his", "no answer")] * 30)
    payment = await paid(memory_app)
    await finance(memory_app, desk)
    assert "现在没有超过时限的单边款项" in text_of(await desk.get("/console/reconciliation"))
    memory_app.clock.forward(minutes=11)
    live = WholeTask(memory_app.hospitals, memory_app.composition.days.live.piece)
    await live.once()
    memory_app.clock.forward(minutes=12)
    await finance(memory_app, desk, "3002", "孙财务")
    page = text_of(await desk.get("/console/reconciliation"))
    assert 'aria-label="现在的单边款项，数字见下表"' in page
    assert f'href="/console/payments/{payment.id}"' in page
    for words in ("已收未入账", "12分"):
        assert words in page


async def test_a_refund_stands_with_its_own_amount(memory_app: InMemoryApp, desk: Browser) -> None:
    now = memory_app.clock.now()
    for number, (what, fen) in enumerate((("not_sent:ZF1R01", 500), ("not_written_off:ZF2R01", 250))):
        alert = Alert(
            hospital=HOSPITAL, id=f"ZF{number + 1}:one_sided:{what}", kind="one_sided", text=f"ZF{number + 1} {what} {fen}",
            at=now - timedelta(minutes=5 + number),
        )  # fmt: skip
        await memory_app.stores.alerts.raise_alert(alert)
    await finance(memory_app, desk)
    page = text_of(await desk.get("/console/reconciliation"))
    for words in ("已冲销未退", "已退未冲销", "¥5.00", "¥2.50", "¥7.50"):
        assert words in page

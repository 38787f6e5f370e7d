"""A hospital without a template for something does not want it told: no alarm."""

from __future__ import annotations

import pytest

from server.core.errors import OutsideRefusal
from server.patients.contact_ports import NO_TEMPLATE
from server.payments.sms_choice import sms_to
from tests.support.builders import HOSPITAL, PHONE
from tests.support.concurrent_taps import zhang
from tests.support.in_memory_app import InMemoryApp


@pytest.mark.asyncio
async def test_no_template_is_no_alarm() -> None:
    memory_app = InMemoryApp()
    memory_app.sms.will("send", OutsideRefusal("sms", NO_TEMPLATE))
    begun = await memory_app.payments.start("bills", zhang(), ["B1"], sms_to(PHONE))
    payment = await memory_app.payment(begun.payment_id)
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(payment.id))
    await memory_app.work()
    told = await memory_app.payment(payment.id)
    assert [line.what for line in told.history if line.what.startswith("sms")] == ["sms_unreachable"]
    assert await memory_app.stores.alerts.latest(HOSPITAL, 10) == []

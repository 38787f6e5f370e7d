"""Payments brought through the services to where a test begins."""

from __future__ import annotations

from server.payments.model import Payment
from server.payments.ports import VerifiedNotification
from server.payments.sms_choice import sms_to
from tests.support.builders import HOSPITAL, PHONE, a_scan, a_session
from tests.support.in_memory_app import InMemoryApp


async def waiting(memory_app: InMemoryApp) -> Payment:
    """Somebody has the cashier open."""
    begun = await memory_app.payments.start(
        "bills", a_session("openid-zhang-ceshi", a_scan("B1")), ["B1"], sms_to(PHONE)
    )
    return await memory_app.payment(begun.payment_id)


async def paid(memory_app: InMemoryApp, amount_fen: int | None = None) -> Payment:
    payment = await waiting(memory_app)
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(payment.id, amount_fen))
    return await memory_app.payment(payment.id)


def told(content: object) -> VerifiedNotification:
    return VerifiedNotification(channel="wechat", content=content)  # type: ignore[arg-type]

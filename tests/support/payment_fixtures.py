"""Payments brought through the services to where a test begins."""

from __future__ import annotations

from server.payments.model import Payment
from server.payments.ports import VerifiedNotification
from tests.support.builders import HOSPITAL, PHONE, a_scan, a_session
from tests.support.in_memory_app import InMemoryApp


async def waiting(house: InMemoryApp) -> Payment:
    """Somebody has the cashier open."""
    begun = await house.payments.start("bills", a_session("openid-zhang-ceshi", a_scan("B1")), ["B1"], PHONE)
    return await house.payment(begun.payment_id)


async def paid(house: InMemoryApp, amount_fen: int | None = None) -> Payment:
    payment = await waiting(house)
    await house.notifications.apply(HOSPITAL, house.channel.pay(payment.id, amount_fen))
    return await house.payment(payment.id)


def told(content: object) -> VerifiedNotification:
    return VerifiedNotification(channel="wechat", notification_id="EV-1", content=content)  # type: ignore[arg-type]

"""Payments that are new to everybody, for the adapters of every channel."""

from __future__ import annotations

from datetime import timedelta

from server.infrastructure.clock_and_ids import SystemClock, SystemIds
from server.patients.model import Origin, PayerIdentity
from server.payments.model import ChannelRequest, Payment
from server.payments.ports import PaymentChannel
from server.payments.rules.paying import start
from tests.support.builders import a_payment


def a_payment_on(channel: PaymentChannel, payer: str, entrance: str, amount_fen: int) -> Payment:
    """Created, nothing sent yet. ``payer`` is the platform's own name of the person."""
    app_id, merchant_id = channel.account("jsapi")
    now = SystemClock().now().replace(microsecond=0)
    request = ChannelRequest(
        channel=channel.name,
        method="jsapi",
        app_id=app_id,
        merchant_id=merchant_id,
        payer=PayerIdentity(channel=channel.name, app_id=app_id, subject=payer),
        amount_fen=amount_fen,
        description="示例医院 门诊缴费",
        expires_at=now + timedelta(minutes=15),
    )
    return start(
        hospital="demo",
        payment_id=f"ZF{now:%Y%m%d}{SystemIds().text(12)}",
        owner=request.payer.key,
        origin=Origin(entrance=entrance),
        request=request,
        purpose="bills",
        claims=(),
        personal=a_payment().personal,
        now=now,
    )

"""Payments that are new to everybody, for the adapters of every channel."""

from __future__ import annotations

from datetime import timedelta

from server.infrastructure.clock_and_ids import SystemClock, SystemIds
from server.patients.model import Origin, PayerIdentity
from server.payments.model import Payment
from server.payments.part import ChannelRequest
from server.payments.ports import PaymentChannel
from server.payments.rules.starting import start
from tests.support.builders import a_part, a_payment


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
    payment_id = f"ZF{now:%Y%m%d}{SystemIds().text(12)}"
    like = a_payment()
    return start(
        hospital="demo",
        payment_id=payment_id,
        owner=request.payer.key,
        origin=Origin(entrance=entrance),
        purpose=like.purpose,
        payer=request.payer,
        parts=(a_part(payment_id, request=request),),
        personal=like.personal,
        claims=(),
        now=now,
    )

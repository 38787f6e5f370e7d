"""Two people with the same bill in their hands."""

from __future__ import annotations

from server.payments.model import Payment
from server.payments.sms_choice import NO_SMS
from tests.support.builders import a_scan, a_session
from tests.support.in_memory_app import InMemoryApp

ZHANG, LI = "openid-zhang-ceshi", "openid-li-xugou"


def zhang(*bill_nos: str, **fields: object):  # type: ignore[no-untyped-def]
    return a_session(ZHANG, a_scan(*bill_nos), **fields)


def li(*bill_nos: str):  # type: ignore[no-untyped-def]
    return a_session(LI, a_scan(*bill_nos))


async def started(memory_app: InMemoryApp, session=None, *bill_nos: str) -> Payment:  # type: ignore[no-untyped-def]
    begun = await memory_app.payments.start("bills", session or zhang(), list(bill_nos) or ["B1"], NO_SMS)
    return await memory_app.payment(begun.payment_id)

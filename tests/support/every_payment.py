"""All payments of a store at once, for what a test left in it."""

from __future__ import annotations

from server.payments.model import Payment
from server.payments.ports import PaymentStore


async def every_payment(store: PaymentStore) -> list[Payment]:
    """In the order of their ids."""
    return sorted([payment async for page in store.pages() for payment in page], key=lambda payment: payment.id)

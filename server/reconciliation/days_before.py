"""Which day must be matched first: each day takes the rows over that the day before carries on (`matcher`)."""

from __future__ import annotations

from datetime import timedelta

from server.effects.ports import DocumentStore
from server.reconciliation.day_model import ReconciliationDay, day_id

LOOKED_BACK_MAX = 31


async def first_to_match(days: DocumentStore[ReconciliationDay], day: ReconciliationDay) -> ReconciliationDay | None:
    """The oldest day in a row before ``day`` that is open and has no result; None where ``day`` waits for no other one."""
    first = None
    for back in range(1, LOOKED_BACK_MAX):
        before = await days.get(day.hospital, day_id(day.channel, day.day - timedelta(days=back)))
        if before is None or before.result:
            return first
        first = before
    return first

"""What `run.py doctor` looks at: the database, every payment's promise, and what waits for a person."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from server.domain.errors import StoreError
from server.domain.payment import Payment
from server.ports import Stores
from server.services.catalogue import Services

PAGE = 200
LATE = timedelta(minutes=10)
SHOWN_MAX = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence for the person at the console; numbers and codes only, no personal data."""

    text: str

    def __str__(self) -> str:
        return f"· {self.text}"


async def diagnose(ping: Callable[[], Awaitable[None]], services: Services) -> list[Finding]:
    """Everything that needs a person, at most SHOWN_MAX of each kind."""
    try:
        await ping()
    except StoreError as error:
        return [Finding(f"the database does not answer ({error}); is it running, and is ZHENFU_DATABASE_URI right?")]
    findings = [finding async for finding in _payments(services)]
    for hospital in services.hospitals:
        for alert in await services.stores.alerts.latest(hospital, SHOWN_MAX):
            findings.append(Finding(f"{hospital}: {alert.kind} since {alert.at:%Y-%m-%d %H:%M}: {alert.text}"))
        for money in await services.stores.unclaimed.latest(hospital, SHOWN_MAX):
            findings.append(
                Finding(
                    f"{hospital}: unclaimed {money.kind} of {money.amount_fen} fen, {money.transaction_id}: {money.reason}"
                )
            )
    return findings


async def _payments(services: Services) -> AsyncIterator[Finding]:
    """Every payment that is not at rest owes an effect, and no effect is long overdue."""
    late = services.clock.now() - LATE
    async for payment in every_payment(services.stores):
        if not payment.at_rest() and not payment.effects:
            yield Finding(
                f"{payment.id} is {payment.state} and owes nothing: it would be forgotten; report this as a fault"
            )
        elif payment.next_due is not None and payment.next_due < late:
            yield Finding(
                f"{payment.id} waits since {payment.next_due:%Y-%m-%d %H:%M}: is a worker running (run.py work)?"
            )


async def every_payment(stores: Stores) -> AsyncIterator[Payment]:
    after = ""
    while page := await stores.payments.page(after, PAGE):
        for payment in page:
            yield payment
        after = page[-1].id

"""What a patient who binds a card has in hand."""

from __future__ import annotations

from tests.support.in_memory_app import InMemoryApp


def the_code(memory_app: InMemoryApp) -> str:
    return next(
        notice.values["code"] for _, notice, _ in reversed(memory_app.sms.sent) if notice.purpose == "card_code"
    )

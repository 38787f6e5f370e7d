"""What the tests of the pages of reports share."""

from __future__ import annotations

from server.patients.model import BoundCard, Session
from tests.support.builders import CARD, HOSPITAL
from tests.support.in_memory_app import InMemoryApp

REPORTS = "/h/demo/reports"


async def bind(memory_app: InMemoryApp, owner: str) -> None:
    card = BoundCard(hospital=HOSPITAL, owner=owner, card_no=CARD, name="张测试")
    await memory_app.stores.cards.bind(card)


async def paths_of(memory_app: InMemoryApp, session: Session) -> dict[str, str]:
    """The path of each report's page, by its number, for whoever has now bound the card."""
    await bind(memory_app, session.identity.key)
    return {one.head.report_no: f"{REPORTS}/{one.key}" for one in await memory_app.reports.own.mine(session)}


async def viewed(memory_app: InMemoryApp) -> list[dict[str, str]]:
    """The details of the audit chain's lines about views, the oldest first."""
    entries = await memory_app.stores.audit.page(HOSPITAL, -1, 100)
    return [dict(entry.detail) for entry in entries if entry.what == "report_viewed"]

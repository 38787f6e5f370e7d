"""Modules of which every mutant is killed or argued: `make test` breaks some of their places by chance."""

from __future__ import annotations

from tests.mutation.closed_money import MONEY
from tests.mutation.closed_patients import PATIENTS
from tests.mutation.closed_platforms import PLATFORMS

_BY_FOLDER: dict[str, tuple[str, ...]] = {
    "server.alerts": (
        "model",
        "texts",
    ),
    "server.audit": (
        "check",
        "model",
        "rules",
        "service",
        "sources",
    ),
    "server.console": (
        "alert_room",
        "audit_room",
        "balance_room",
        "bank_room",
        "day_room",
        "difference_room",
        "endings",
        "figure_room",
        "live_room",
        "login",
        "money_room",
        "payment_room",
        "rules",
        "saved_views",
        "search",
        "sessions",
        "staff_room",
        "tampered",
        "unclaimed_desk",
    ),
    "server.core": (
        "actors",
        "characters",
        "csv_cells",
        "days",
        "errors",
        "history",
        "idempotency",
        "ids",
        "money",
        "newest",
        "optimistic",
        "ports",
        "systems",
        "typed",
        "typed_days",
    ),
    "server.messages": (
        "chat",
        "chat_pages",
        "delivery_reports",
        "links",
        "menus",
        "rules",
        "service",
        "stored_replies",
    ),
    "server.needs": (
        "model",
        "rules",
        "service",
        "texts",
    ),
    "server.privacy": (
        "export",
        "model",
        "records",
        "retention",
    ),
    "server.staff": (
        "actor_texts",
        "alert_rounds",
        "audit_days",
        "audit_trail",
        "facts",
        "model",
        "proofs",
        "reach",
        "records",
        "service",
        "views",
    ),
    "server.staff.rules": (
        "auth_events",
        "facts",
        "pins",
        "proofs",
    ),
}
CLOSED: tuple[str, ...] = tuple(
    f"{folder}.{name}" for folder, names in (_BY_FOLDER | MONEY | PATIENTS | PLATFORMS).items() for name in names
)

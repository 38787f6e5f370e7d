"""``/api/v1``: the JSON doors of the mini-program, and of whoever else is given them; hung into the route table by `server/app/routes`."""

from __future__ import annotations

from handlers.api.documentation import DocsDoor, OpenApiDoor
from handlers.api.door import NoSuchDoor
from handlers.api.doors import BASE, DOORS, pattern
from handlers.base.handler import Door

__all__ = ["doors"]


def doors() -> list[tuple[str, str, type[Door]]]:
    """(name, pattern, handler), the catch-all last."""
    known: list[tuple[str, str, type[Door]]] = [
        (name, pattern(f"{BASE}/{{hospital}}{path}"), door) for name, path, door in DOORS
    ]
    return [
        ("api_document", rf"{BASE}/openapi\.json", OpenApiDoor),
        ("api_docs", rf"{BASE}/docs", DocsDoor),
        *known,
        ("api_nothing_here", r"/api/.*", NoSuchDoor),
    ]

"""``/api/v1``: the JSON doors of the mini-program, and of whoever else is given them; hung into the route table by `server/app/routes`."""

from __future__ import annotations

from handlers.api.documentation import DocsHandler, OpenApiHandler
from handlers.api.door import NoSuchHandler
from handlers.api.doors import BASE, DOORS, pattern
from handlers.base.handler import BaseHandler

__all__ = ["doors"]


def doors() -> list[tuple[str, str, type[BaseHandler]]]:
    """(name, pattern, handler), the catch-all last."""
    known: list[tuple[str, str, type[BaseHandler]]] = [
        (name, pattern(f"{BASE}/{{hospital}}{path}"), door) for name, path, door in DOORS
    ]
    return [
        ("api_document", rf"{BASE}/openapi\.json", OpenApiHandler),
        ("api_docs", rf"{BASE}/docs", DocsHandler),
        *known,
        ("api_nothing_here", r"/api/.*", NoSuchHandler),
    ]

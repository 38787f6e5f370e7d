"""``/console``: the rooms for staff at a computer. Server-rendered; works without a mouse and without scripts."""

from handlers.console.doors import doors

__all__ = ["doors"]

"""``/api/v1``: the JSON doors of the mini-program, and of whoever else is given them."""

from handlers.api.doors import doors

__all__ = ["doors"]

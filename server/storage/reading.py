"""Documents that can't be read: of a newer Zhenfu, damaged, or sealed with a key that is gone. One of them stops nobody else.

Who asks for one document is told (Unreadable). Who asks for a list gets the others. Nobody writes to a document that it can't read.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from server.core.errors import StoreError, Unreadable

log = logging.getLogger("zhenfu.store")
Document = dict[str, Any]
Value = TypeVar("Value")


def read_one(document: Document, read: Callable[[Document], Value]) -> Value:
    """What ``read`` makes of ``document``. Raises Unreadable, whatever is wrong with it."""
    try:
        return read(document)
    except StoreError:
        raise
    except Exception as error:  # a damaged document can fail in any way; its content is never part of the message
        raise Unreadable(type(error).__name__) from error


def those_readable(documents: Iterable[Document], read: Callable[[Document], Value], what: str) -> list[Value]:
    """The others are passed over; ``what`` names their kind in the log, where no id may stand."""
    found = []
    for document in documents:
        try:
            found.append(read_one(document, read))
        except Unreadable as error:
            log.warning("passed over a document of %s that can't be read why=%s", what, error)
    return found

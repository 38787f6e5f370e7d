"""The driver's errors in our words. Whatever is not a known refusal means: the database did not say yes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pymongo.errors import DuplicateKeyError, PyMongoError

from server.core.errors import StoreUnavailable


@contextmanager
def translated() -> Iterator[None]:
    """Every driver error but DuplicateKeyError, which callers know what to make of, becomes StoreUnavailable."""
    try:
        yield
    except DuplicateKeyError:
        raise
    except PyMongoError as error:
        raise StoreUnavailable(type(error).__name__) from error

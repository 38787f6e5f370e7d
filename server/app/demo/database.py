"""A database for a command that was given none: that of the run beside it, or an embedded one while it lasts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import SecretStr

from server.app.demo import folder
from server.infrastructure.embedded import EmbeddedDatabase, EmbeddedDatabaseError
from settings import Settings, SettingsError


@contextmanager
def with_database(settings: Settings) -> Iterator[Settings]:
    """``settings`` with a ``database_uri``. Production always has one. Raises SettingsError if the folder is held."""
    if settings.database_uri is not None:
        yield settings
        return
    beside = folder.published_database(settings.data_dir)
    if beside:
        yield _with(settings, beside)
        return
    with folder.hold(settings.data_dir) as lock:
        database = EmbeddedDatabase(settings.data_dir / "database", None, settings.data_dir / "log" / "database.log")
        try:
            uri = database.start()
        except EmbeddedDatabaseError as error:
            raise SettingsError([str(error)]) from None
        try:
            folder.publish(lock, uri)
            yield _with(settings, uri)
        finally:
            database.stop()


def _with(settings: Settings, uri: str) -> Settings:
    return settings.model_copy(update={"database_uri": SecretStr(uri)})

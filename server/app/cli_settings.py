"""What a command of `run.py` runs with: the settings, a database, the services at one hospital."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from server.app.cli_words import Act

if TYPE_CHECKING:
    from settings import Settings


def load() -> Settings:
    from settings import load_settings

    return load_settings()


def database(hospital: str | None = None) -> AbstractContextManager[Settings]:
    """The settings with a database, while it is wanted. Raises SettingsError for a hospital without a file."""
    from server.app.demo.database import with_database
    from settings import SettingsError

    settings = load()
    if hospital and hospital not in (known := _hospitals_of(settings)):
        raise SettingsError(
            [f"run.py: there is no hospital {hospital}. For example: --hospital {known[0]} （没有这家医院）"]
        )
    return with_database(settings)


def at_one_hospital(hospital: str | None, act: Act) -> int:
    """Do ``act`` at the hospital that was named, or at the only one there is. Raises SettingsError if it is not clear which."""
    from server.app import bootstrap
    from server.app.demo.database import with_database
    from settings import SettingsError

    settings = load()
    known = _hospitals_of(settings)
    at = hospital or (known[0] if len(known) == 1 else "")
    if at not in known:
        raise SettingsError([f"run.py: say which hospital: --hospital {known[0]} （请写明是哪家医院）"])
    with with_database(settings) as complete:
        bootstrap.once(complete, lambda process: act(process.parts.services, at))
    return 0


def _hospitals_of(settings: Settings) -> list[str]:
    from settings import load_hospitals

    return [each.id for each in load_hospitals(settings)]

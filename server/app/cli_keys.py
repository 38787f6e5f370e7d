"""`run.py keys`: a new key seals from the next start on, `rotate` brings what is stored under it, `status` says what still needs which."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import timedelta
from typing import Any

from server.app import bootstrap
from server.app.configuration.keyring import add_key
from server.core.pulses import Pulse
from settings import Settings

OK, FAILED = 0, 1
ALIVE = timedelta(seconds=30)
"""Whoever runs gives a sign of life every few seconds."""


def add(settings: Settings) -> int:
    """`run.py keyring`: needs no database, and no keyring yet."""
    made = add_key(settings.keyring_file)
    print(
        f"{settings.keyring_file}: {made.active} seals from the next start on, "
        f"{len(made.keys)} key(s) open. Back this file up."
    )
    return OK


def rotate(settings: Settings) -> int:
    """Safe beside running processes, once all of them have been started with the new keyring: one that has the old one takes what is under the new
    key for changed by somebody else. As long as one of them runs nothing is done.
    """
    active = settings.keyring.active
    behind = bootstrap.once(settings, _others_than(active))
    for pulse in behind:
        print(f"{pulse.process} seals under {pulse.key_id}: start it with today's keyring, then again keys rotate")
    if behind:
        print(f"Nothing was changed. A process that has ended counts for {ALIVE.seconds} s more.")
        return FAILED

    def told(collection: str, count: int) -> None:
        print(f"{collection}: {count} resealed", flush=True)

    count = bootstrap.reseal(settings, told)
    print(f"{count} documents are under {active} now.")
    return status(settings)


def _others_than(active: str) -> Callable[[bootstrap.Process], Coroutine[Any, Any, Sequence[Pulse]]]:
    """Asks which servers and workers run that seal under another key."""

    async def look(process: bootstrap.Process) -> Sequence[Pulse]:
        lately = await process.database.stores.pulses.since(process.clock.now() - ALIVE)
        return [one for one in lately if not one.is_of_command and one.key_id not in {active, ""}]

    return look


def status(settings: Settings) -> int:
    in_use = bootstrap.keys_in_use(settings)
    for line in lines(settings.keyring.active, settings.keyring.keys, in_use):
        print(line)
    return FAILED if set(in_use) - set(settings.keyring.keys) else OK


def lines(active: str, known: Mapping[str, bytes], in_use: Mapping[str, Mapping[str, int]]) -> list[str]:
    """A sentence a key: the active one, those that are still needed, those that may go, those that are missing."""
    said = []
    for key_id in [*known, *sorted(set(in_use) - set(known))]:
        needed = ", ".join(f"{count} in {name}" for name, count in sorted(in_use.get(key_id, {}).items()))
        if key_id not in known:
            said.append(f"{key_id}: NOT IN THE KEYRING, and needed by {needed}")
        elif key_id == active:
            said.append(f"{key_id}: seals; {needed or 'nothing stored yet'}")
        elif needed:
            said.append(f"{key_id}: still needed by {needed}")
        else:
            said.append(f"{key_id}: nothing in the database needs it; codes printed under it end within their own time")
    return said

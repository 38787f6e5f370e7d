"""`run.py keys rotate` waits for every process to be started with the new key: to one that does not know it, all that is under it is changed by
somebody else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from types import SimpleNamespace
from typing import Any

import pytest

from server.app import bootstrap, cli_keys
from server.core.pulses import Pulse
from server.storage.memory import MemoryPulses
from tests.support.clock_and_ids import FakeClock

SETTINGS: Any = SimpleNamespace(keyring=SimpleNamespace(active="k2", keys={"k1": b"1" * 32, "k2": b"2" * 32}))


class Installation:
    """What the commands find there; ``resealed``: how often it was done."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = FakeClock()
        self.pulses = MemoryPulses(self.clock.now)
        self.resealed = 0
        monkeypatch.setattr(bootstrap, "once", self._once)
        monkeypatch.setattr(bootstrap, "reseal", self._reseal)
        monkeypatch.setattr(bootstrap, "keys_in_use", lambda settings: {})

    def beats(self, process: str, key_id: str) -> None:
        asyncio.run(self.pulses.beat(Pulse(process=process, offset_ms=0, key_id=key_id)))

    def _once(self, settings: object, act: Callable[[Any], Coroutine[Any, Any, object]]) -> object:
        stores = SimpleNamespace(pulses=self.pulses)
        return asyncio.run(act(SimpleNamespace(database=SimpleNamespace(stores=stores), clock=self.clock)))

    def _reseal(self, settings: object, told: object) -> int:
        self.resealed += 1
        return 7


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Installation:
    return Installation(monkeypatch)


def test_while_one_runs_with_the_old_key_nothing_is_done(
    there: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    there.beats("serve here:1", "k2")
    there.beats("work there:2", "k1")
    assert (cli_keys.rotate(SETTINGS), there.resealed) == (1, 0)
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith("work there:2 seals under k1")
    assert last.startswith("Nothing was changed.")
    there.clock.forward(seconds=cli_keys.ALIVE.seconds)
    there.beats("work there:3", "k2")
    assert (cli_keys.rotate(SETTINGS), there.resealed) == (1, 0), "it may only be slow"
    there.clock.forward(seconds=1)
    assert (cli_keys.rotate(SETTINGS), there.resealed) == (0, 1)


def test_commands_and_those_that_do_not_say_are_not_waited_for(there: Installation) -> None:
    there.beats("command here:1", "k1")
    there.beats("work here:2", "")
    assert (cli_keys.rotate(SETTINGS), there.resealed) == (0, 1)

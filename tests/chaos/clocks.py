"""Clocks that are wrong, one per process: slightly off, they all work on; minutes off, a process takes no work, says so, and stores what it is told.

Debian's libfaketime gives a process its own clock (`scripts/install-faketime`). Each reads its offset from a file, so that a clock can be set
in the middle of a run. The machine's counter, by which Zhenfu goes on between two measurements, stays true, as it does on a real machine.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from tests.chaos.books import read_books
from tests.chaos.invariants import Violation, violations
from tests.end_to_end.installation import Installation
from tests.end_to_end.phone import Phone

PLACES = ("/usr/lib", "/usr/local/lib", "/usr/lib64")
LIBRARY = "libfaketimeMT.so.1"
SLIGHTLY_S = {"serve-0": 2.0, "serve-1": -1.5, "work-0": -2.0, "work-1": 1.0}
MINUTES_S = {"serve-0": 180.0, "serve-1": -240.0, "work-0": 180.0, "work-1": 290.0}
NOTICED_WITHIN_S = 40.0
QUIET_S = 8.0
"""Longer than a lease: whoever believed their own clock would take the payment over in this time."""
DONE_WITHIN_S = 90.0


class NoFaketime(RuntimeError):
    """The library is not installed; the message says how it is."""


def faketime_library() -> Path:
    """Raises NoFaketime."""
    found = [path for place in PLACES for path in Path(place).glob(f"**/faketime/{LIBRARY}")]
    if not found:
        raise NoFaketime(
            f"{LIBRARY} is not here. It is in the package libfaketime of Debian and Ubuntu: run scripts/install-faketime "
            "as root, or leave this drill out with --without clocks"
        )
    return found[0]


class Clocks:
    """A clock for each named process of ``world``, set before it starts and in the middle of a run."""

    def __init__(self, world: Installation, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._files = {name: folder / f"{name}.clock" for name in world.names}
        self.set(dict.fromkeys(world.names, 0.0))
        library = str(faketime_library())
        for name, file in self._files.items():
            world.extra[name] = {
                "LD_PRELOAD": library,
                "FAKETIME_TIMESTAMP_FILE": str(file),
                "FAKETIME_CACHE_DURATION": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            }

    def set(self, ahead_s: Mapping[str, float]) -> None:
        """By how many seconds each named process's clock is ahead of the machine's."""
        for name, seconds in ahead_s.items():
            fresh = self._files[name].with_suffix(".new")
            fresh.write_text(f"{seconds:+.1f}s\n", "utf-8")
            fresh.replace(self._files[name])


def run_clocks(folder: Path) -> list[Violation]:
    """The drill; what is not where it belongs in its end. Raises AssertionError at the step that failed, and NoFaketime."""
    world = Installation(folder / "data", serves=2, workers=2)
    clocks = Clocks(world, folder / "clocks")
    clocks.set(SLIGHTLY_S)
    with world:
        _paid_to_the_end(world, 1, "all clocks slightly off")
        assert not _said(world, "clock off"), "a process refuses to work for two seconds"
        some = {name: MINUTES_S[name] for name in ("serve-1", "work-1")}
        clocks.set(some)
        _wait_said(world, "clock off", list(some))
        _paid_to_the_end(world, 2, "half of the processes minutes off")
        clocks.set(MINUTES_S)
        _wait_said(world, "clock off", world.names)
        patient = Phone(world, 3)
        waiting = _paid_and_left_alone(world, patient)
        clocks.set(dict.fromkeys(world.names, 0.0))
        _wait_said(world, "clock right again", world.names)
        world.wait_until(world.is_ready, "a server is ready again")
        patient.wait_for(waiting, "paid", DONE_WITHIN_S)
        return _compared(world)


def _paid_to_the_end(world: Installation, person: int, when: str) -> None:
    for kind in ("wechat", "alipay"):
        patient = Phone(world, person, kind)
        payment_id = patient.pay(patient.bills()[0])
        world.wait_until(
            lambda number=payment_id, phone=patient: phone.state(number)["progress"] == "paid",  # type: ignore[misc]
            f"{kind} payment {payment_id} is booked with {when}",
            DONE_WITHIN_S,
        )


def _paid_and_left_alone(world: Installation, patient: Phone) -> str:
    """Every process is off: what the channel tells is stored and acknowledged, and nobody acts on it. The payment's number."""
    world.wait_until(lambda: not world.is_ready(), "no server says that it is ready", NOTICED_WITHIN_S)
    payment_id = patient.pay(patient.bills()[0])
    world.wait_until(lambda: _acknowledged(world, payment_id), f"the notification of {payment_id} is taken in")
    time.sleep(QUIET_S)
    books = world.money()["his"]["trades"]
    assert payment_id not in {trade["out_trade_no"] for trade in books}, (
        "booked by a process whose clock is minutes off"
    )
    return payment_id


def _acknowledged(world: Installation, payment_id: str) -> bool:
    trades = {trade["out_trade_no"]: trade for trade in world.money()["wechatpay"]["trades"]}
    return bool(trades[payment_id]["transaction_id"]) and not trades[payment_id]["notice_owed"]


def _said(world: Installation, words: str) -> set[str]:
    """Which processes have said so."""
    return {name for name in world.names if words in (world.folder / f"{name}.log").read_text("utf-8", "replace")}


def _wait_said(world: Installation, words: str, names: list[str]) -> None:
    world.wait_until(lambda: set(names) <= _said(world, words), f"{', '.join(names)}: {words}", NOTICED_WITHIN_S)


def _compared(world: Installation) -> list[Violation]:
    until = time.monotonic() + DONE_WITHIN_S
    while (found := violations(read_books(world))) and time.monotonic() < until:
        time.sleep(1.0)
    return found

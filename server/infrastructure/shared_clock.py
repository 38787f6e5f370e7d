"""The time by which Zhenfu decides: the database's, known in each process by a measured offset (decision 0020).

A lease that one machine writes is read by another. If each went by its own clock, one that is minutes fast would take over what
is still being done, and believe a refusal whose call still runs. So every process measures what the database's clock says, goes
on from there by a counter that nobody sets, and refuses to work while its machine's clock is wrong.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.core.errors import ClockOff, StoreError, StoreUnavailable
from server.core.ports import Clock
from server.core.pulses import Pulse, PulseStore

log = logging.getLogger("zhenfu.clock")

MEASURED_EVERY_S = 5.0
FRESH_S = 15.0
"""Work is begun only with a measurement that is no older than this."""
MEASURED_WITHIN_S = 3.0
"""A measurement that takes longer says too little: half of it is its error."""
JUMP_S = 1.0
"""A machine's clock that differs from the counter by this since the last measurement was set: it is measured again at once."""
DRIFT = 0.0005
"""By how much two counters may part: seconds a second, more than any quartz."""
ROUNDED_S = 0.001


@dataclass(frozen=True, slots=True)
class Measured:
    """What the database's clock said when the counter stood at ``steady_s``, give or take ``error_s``."""

    database_at: datetime
    machine_at: datetime
    steady_s: float
    error_s: float

    @property
    def offset_s(self) -> float:
        """By how many seconds the machine's clock is ahead of the database's; negative: behind."""
        return (self.machine_at - self.database_at).total_seconds()

    @property
    def began_s(self) -> float:
        return self.steady_s - self.error_s + ROUNDED_S

    def at(self, steady_s: float) -> datetime:
        return self.database_at + timedelta(seconds=steady_s - self.steady_s)


class SharedClock:
    """ports.SureClock. ``machine`` is this machine's clock, ``steady`` counts seconds and is never set.

    ``off_s_max``: from which difference on this process refuses to work. ``key_id``: what its sign of life says of its keyring.
    """

    def __init__(
        self,
        machine: Clock,
        pulses: PulseStore,
        steady: Callable[[], float],
        *,
        process: str,
        off_s_max: float,
        key_id: str = "",
    ) -> None:
        self._machine = machine
        self._pulses = pulses
        self._steady = steady
        self._process = process
        self._key_id = key_id
        self._off_s_max = off_s_max
        self._turn = asyncio.Lock()
        self._base: Measured | None = None  # what `now` goes on from: the most exact one
        self._last: Measured | None = None
        self._off = False

    def now(self) -> datetime:
        """The database's time in whole milliseconds, so that what is read back is what was written. Before the first measurement the machine's,
        by which nothing is decided (`must_agree`).
        """
        moment = self._machine.now() if self._base is None else self._base.at(self._steady())
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    async def sleep(self, seconds: float) -> None:
        await self._machine.sleep(seconds)

    @property
    def offset_s(self) -> float | None:
        """By how many seconds this machine's clock was ahead of the database's when last measured."""
        return None if self._last is None else self._last.offset_s

    @property
    def is_off(self) -> bool:
        return self._off

    def agrees(self) -> bool:
        """True while the last measurement is fresh and the machine's clock was right in it."""
        return self._last is not None and not self._off and not self._is_stale(self._last)

    async def must_agree(self) -> None:
        """Raises ClockOff while the machine's clock is wrong, and StoreUnavailable when that can't be known."""
        if self._last is None or self._is_stale(self._last):
            await self.measure()
        if self._off:
            raise ClockOff(f"{self.offset_s:.1f} s")

    async def measure(self) -> None:
        """Ask the database for its time, by a small write and its reading. Who comes while one waits shares the next answer.

        Raises StoreUnavailable.
        """
        asked_s = self._steady()
        async with self._turn:
            if self._last is not None and self._last.began_s > asked_s:
                return
            began_s, machine_at = self._steady(), self._machine.now()
            offset_ms = 0 if self.offset_s is None else round(self.offset_s * 1000)
            pulse = Pulse(process=self._process, offset_ms=offset_ms, key_id=self._key_id)
            try:
                async with asyncio.timeout(MEASURED_WITHIN_S):
                    database_at = await self._pulses.beat(pulse)
            except TimeoutError as error:
                raise StoreUnavailable("the database's time took too long") from error
            self.note(database_at, machine_at, began_s, self._steady())

    def note(self, database_at: datetime, machine_at: datetime, began_s: float, ended_s: float) -> None:
        """``database_at`` was read between ``began_s`` and ``ended_s`` of the counter; ``machine_at`` is the machine's at its beginning."""
        half_s = (ended_s - began_s) / 2
        middle = machine_at + timedelta(seconds=half_s)
        new = Measured(database_at, middle, began_s + half_s, half_s + ROUNDED_S)
        if self._base is None or self._replaces(new, self._base):
            self._base = new
        self._last = new
        self._tell(abs(new.offset_s) - new.error_s > self._off_s_max, new.offset_s)

    async def keep_measuring(self) -> None:
        """Run for ever. A database that is down is waited for, and no bug ends the rounds."""
        while True:
            try:
                await self.measure()
            except StoreError as error:
                log.warning("clock not measured why=%s", type(error).__name__)
            except Exception:
                log.exception("clock")
            await self._machine.sleep(MEASURED_EVERY_S)

    def _is_stale(self, last: Measured) -> bool:
        """Too old, or the machine's clock was set since, or the machine slept."""
        passed_s = self._steady() - last.steady_s
        by_machine_s = (self._machine.now() - last.machine_at).total_seconds()
        return passed_s > FRESH_S or abs(by_machine_s - passed_s) > JUMP_S

    @staticmethod
    def _replaces(new: Measured, base: Measured) -> bool:
        """As exact as what time has left of the old one, or at odds with it: then the database's own clock was set."""
        old_error_s = base.error_s + (new.steady_s - base.steady_s) * DRIFT
        apart_s = abs((new.database_at - base.at(new.steady_s)).total_seconds())
        return new.error_s <= old_error_s or apart_s > old_error_s + new.error_s

    def _tell(self, off: bool, offset_s: float) -> None:
        """One sentence when it begins and one when it ends."""
        if off and not self._off:
            log.warning(
                "clock off: this machine is %.1f s %s the database. This process takes no work until its clock is right: "
                "check NTP on both machines",
                abs(offset_s),
                "ahead of" if offset_s > 0 else "behind",
            )
        if self._off and not off:
            log.warning("clock right again: this process works on")
        self._off = off


def steady_seconds() -> float:
    """The machine's counter since its start, which nobody sets. It counts the time in which the machine slept, where the system can."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))

"""What became of each Idempotency-Key: the payments begun under it, and the answers that left a door."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

from server.payments.model import Payment
from tests.simulation.api_doors import Answered, Asked
from tests.simulation.watching import RESTING_CLAIMLESS

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

Key = tuple[str, str]
_KEY: ContextVar[Key | None] = ContextVar("tap", default=None)


class Taps:
    """One tap is one key, however often its request arrives: a second payment may only begin under it if the first has ended and nobody
    was ever told of it (the process that began it died, or the store did not keep its answer)."""

    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self._begun: dict[Key, list[str]] = {}
        self._answered: dict[Key, tuple[str, bytes]] = {}
        self._first_asked: dict[Key, float] = {}

    def knocks(self, asked: Asked) -> None:
        """What this task stores from now on is done for this tap."""
        _KEY.set((asked.sender, asked.key) if asked.key else None)
        if asked.key:
            self._first_asked.setdefault((asked.sender, asked.key), self._world.loop.time())

    def of_when(self, asked: Asked, answer: Answered, since: float) -> float:
        """From when on what ``answer`` shows was asked for: a repeat says what was said to the first request, and no more."""
        repeated = answer.headers.get("idempotency-replayed")
        return self._first_asked[(asked.sender, asked.key)] if repeated else since

    def saved(self, before: Payment | None, after: Payment) -> None:
        key = _KEY.get()
        if before is not None or key is None:
            return
        earlier = self._begun.setdefault(key, [])
        live = [number for number in earlier if self._world.database.payment(number).state not in RESTING_CLAIMLESS]
        if key in self._answered or live:
            self._world.trace.problem(f"{key[0]}: a second payment under one Idempotency-Key")
        earlier.append(after.id)

    def answered(self, asked: Asked, answer: Answered) -> None:
        key, number = (asked.sender, asked.key), answer.body["payment"]["out_trade_no"]
        first = self._answered.setdefault(key, (number, asked.content))
        if first != (number, asked.content):
            self._world.trace.problem(f"{asked.sender}: two different answers under one Idempotency-Key")
        payment = self._world.database.payment(number)
        if answer.body["call"] is not None and payment.amount_fen != asked.body["amount_fen"]:
            self._world.trace.problem(f"{asked.sender}: the cashier asks for another sum than was shown")
        if answer.headers.get("idempotency-replayed"):
            self._world.notable.add("replayed")

"""Payments that can't be read for a while: a newer Zhenfu wrote them, or they are damaged (decision 0021). Others must not suffer, nobody
writes to them, a person is told of damage, and when they can be read again everything goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.core.errors import LostRace, Unreadable
from server.payments.model import Payment
from tests.simulation.chance import between, picked
from tests.simulation.line import at_once

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

SEEDS = 0.2
SPOILED_AFTER_S = (5.0, 1200.0)
FOR_S = (20.0, 600.0)
NEWER = 0.4
CALM = 2
LOOKED_EACH_S = 10.0
TOLD_WITHIN_S = 60.0
"""Without faults: a worker polls, finds it out, and tells."""
BY_ID = {"get": 1, "own": 2}
"""Place of the payment's number in the arguments."""
LISTS = frozenset({"by_owner", "between", "by_bill", "find", "owing", "page"})


class Unreadables:
    """``slow``: ids that workers may have set aside, also for a while after they can be read again."""

    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self._newer: dict[str, bool] = {}
        self._since: dict[str, float] = {}
        self.slow: set[str] = set()
        self._set_aside_before: set[str] = (
            set()
        )  # they are tried ever more rarely, so damage may be found late (decision 0021)
        self.calm_since: float | None = None

    def begin(self) -> None:
        chance, loop = self._world.chance, self._world.loop
        if chance.share("unreadable") < SEEDS:
            for place in range(2):
                after_s = between(*SPOILED_AFTER_S, chance.share(f"unreadable/{place}/after") ** 2)
                loop.call_later(after_s, self._spoil, place)

    def calm(self) -> None:
        """The faults stop; one more payment is spoilt, so that nothing else can be the reason for what comes of it."""
        self.calm_since = self._world.loop.time()
        if self._world.chance.share("unreadable") < SEEDS:
            self._spoil(CALM)

    @property
    def some(self) -> bool:
        """Is there a payment now that can't be read?"""
        return bool(self._newer)

    def _spoil(self, place: int) -> None:
        world, payments = self._world, self._world.database.payments()
        owing = [payment for payment in payments if payment.effects and payment.id not in self._newer]
        if not owing or (place != CALM and not world.faults.active):  # after the end the intruder's work is in the way
            return
        which, newer, how_long, _ = world.chance.rolls(f"unreadable/{place}")
        payment = picked(owing, which)
        self._newer[payment.id] = newer < NEWER
        self._since[payment.id] = world.loop.time()
        if payment.id in self.slow:
            self._set_aside_before.add(payment.id)
        self.slow.add(payment.id)
        world.trace.note(
            "database", f"{world.shorter(payment.id)} can't be read", "newer" if newer < NEWER else "damaged"
        )
        world.loop.call_later(between(*FOR_S, how_long), self._mend, payment.id)

    def _mend(self, payment_id: str) -> None:
        world, newer = self._world, self._newer.pop(payment_id)
        payment = world.database.payment(payment_id)
        world.trace.note("database", f"{world.shorter(payment_id)} can be read again")
        world.database.bell.ring()
        if payment is None or self.calm_since is None or payment.next_due is None:
            return
        now_s, due_s = world.loop.time(), world.clock.seconds(payment.next_due)
        begun_s = max(self._since[payment_id], self.calm_since, due_s)
        alert = at_once(world.database.stores.alerts.get(world.hospital_id, f"{payment_id}:payment_unreadable:"))
        soon = payment_id not in self._set_aside_before
        if now_s - begun_s > TOLD_WITHIN_S and soon and not newer and alert is None:
            world.trace.problem(f"nobody is told that {world.shorter(payment_id)} can't be read")
        if newer and alert is not None and alert.at > payment.created_at and self._was_never_damaged(payment_id):
            world.trace.problem(
                f"an alert says that {world.shorter(payment_id)} is damaged, and a newer version wrote it"
            )

    def _was_never_damaged(self, payment_id: str) -> bool:
        lines = [line for line in self._world.trace.lines if self._world.shorter(payment_id) in line[2]]
        return not any(outcome == "damaged" for _, _, _, outcome in lines)

    # ---- what a store does -------------------------------------------------------------------------------------------------------

    def before(self, op: str, args: tuple[Any, ...]) -> None:
        """Raises Unreadable, or LostRace for a write: the schema is part of its guard."""
        if not self._newer:
            return
        if op in BY_ID:
            self._must_read(str(args[BY_ID[op]]))
        if op in {"save", "pseudonymise"} and args[0].id in self._newer:
            raise LostRace(args[0].id)

    def after(self, op: str, answer: Any) -> Any:
        """Lists pass over what can't be read; who asks by claims is told."""
        if not self._newer or op not in {*LISTS, "by_claims"}:
            return answer
        if op == "by_claims":
            for payment in answer:
                self._must_read(payment.id)
        return [payment for payment in answer if payment.id not in self._newer]

    def _must_read(self, payment_id: str) -> None:
        if payment_id in self._newer:
            raise Unreadable("simulated", newer=self._newer[payment_id])

    def holds_back(self, payments: list[Payment]) -> bool:
        """Is something due that is set aside? What is no longer overdue is as any other again."""
        now = self._world.clock.now()
        overdue = {p.id for p in payments if p.id in self.slow and p.next_due is not None and p.next_due <= now}
        self.slow &= overdue | self._newer.keys()
        return bool(overdue)

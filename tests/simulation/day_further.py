"""One more side of a channel's days, as an insurance centre's list: it has what it was told, without some rows and with some other amounts."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from typing import TYPE_CHECKING

from server.core.errors import OutcomeUnknown
from server.reconciliation.day_model import DayLeg, ReconciliationDay
from server.reconciliation.model import Leg, Row, RowState
from server.reconciliation.rules.lines import row_of
from server.reconciliation.rules.our_rows import our_rows
from server.reconciliation.rules.result_text import result_from_text
from server.reconciliation.statements import RefusalReason, StatementRefused
from server.storage.row_files import RowFile
from tests.simulation.chance import picked
from tests.simulation.day_books import ACCOUNTS
from tests.simulation.faults import STATEMENT
from tests.simulation.line import at_once
from tests.support.reconciled import file_of

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

HAS_ONE = 0.6
"""In how many runs a channel's days have one more side."""
LACKS, SAYS_MORE = 0.3, 0.3
MORE_FEN = 1


@dataclass
class FurtherSide:
    """reconciliation.ports.FurtherLeg of one channel. Its list is a file with the columns of docs/reconciliation.md, read as one is."""

    world: SimulatedWorld

    @property
    def channel(self) -> str:
        """Whose days it lists; empty in a run without it."""
        has_one, which, _, _ = self.world.chance.rolls("one more side")
        return picked(ACCOUNTS, which) if has_one < HAS_ONE else ""

    async def rows(self, day: date) -> Sequence[Row] | None:
        """Raises StatementRefused, OutcomeUnknown."""
        label = self.world.chance.visit("further.list")
        fault = self.world.faults.at("statement", f"{label}/file", STATEMENT)
        if fault is not None and fault.kind == "late_file":
            return None
        if fault is not None and fault.kind == "half_written":
            raise StatementRefused(reason=RefusalReason.HALF)
        if fault is not None:
            raise OutcomeUnknown("further", "simulated: no answer")
        return tuple(RowFile(Leg.FURTHER, io.BytesIO(self._file(day))))

    def lacks(self, key: str) -> bool:
        return self.world.chance.share(f"further/{key}") < LACKS

    def says_more(self, key: str) -> bool:
        return LACKS <= self.world.chance.share(f"further/{key}") < LACKS + SAYS_MORE

    def _file(self, day: date) -> bytes:
        told = [row for payment in self.world.database.payments() for row in our_rows(payment, self.channel, day)]
        return file_of(
            row._replace(amount_fen=row.amount_fen + (MORE_FEN if self.says_more(row.key) else 0))
            for row in told
            if not self.lacks(row.key)
        )


def is_of_further_side(discrepancy: str) -> bool:
    return discrepancy.startswith(f"{Leg.FURTHER}:")


def check_further(world: SimulatedWorld) -> None:
    """Of just what the further side lacks, or has with another amount, it is said; and of what has moved after the list was made."""
    side = world.closing.further
    for day in world.database.days():
        leg = day.leg(Leg.FURTHER)
        if day.channel == side.channel and day.result:
            if leg is None or not leg.sha256:
                world.trace.problem(f"(j) {day.id} was matched without its further side")
            else:
                _check_day(world, side, day, leg)


def _check_day(world: SimulatedWorld, side: FurtherSide, day: ReconciliationDay, leg: DayLeg) -> None:
    ours = _our_rows_of(world, day)
    right = {row.key for row in ours if row.state is RowState.DONE and (side.lacks(row.key) or side.says_more(row.key))}
    found = result_from_text(day.result).discrepancies
    named = {each.id.partition(":")[2]: each for each in found if is_of_further_side(each.id)}
    for key in sorted(right - set(named)):
        world.trace.problem(f"(j) {day.id}: nothing is said of {world.shorter(key)}, which the further side lacks")
    for key in sorted(set(named) - right):
        payment = world.database.payment(named[key].rows[0].payment_number)
        if payment is None or not any(line.at > leg.at for line in payment.history):
            world.trace.problem(f"(j) {day.id}: {world.shorter(key)} is called differing, and the further side agrees")


def _our_rows_of(world: SimulatedWorld, day: ReconciliationDay) -> list[Row]:
    ours = day.leg(Leg.OURS)
    if ours is None:
        return []
    with at_once(world.database.files.opened(ours.sha256))() as file:
        of_the_day = takewhile(lambda line: not line.startswith((b"carried\t", b"number\t", b"left\t")), file)
        return [row_of(Leg.OURS, line.rstrip(b"\n")) for line in of_the_day]

"""A bound card that nobody uses for more than a year: the year is taken from the note of its last use, in the database.

From then on the binding has ended, whatever entrance asks. Nobody has to unbind it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.simulation.chance import between
from tests.simulation.line import at_once

if TYPE_CHECKING:
    from tests.simulation.visitors import Visitor

SHARE = 0.35
AFTER_S = (1.0, 900.0)
USED = "card_used"
"""The kind of that note (server/patients/cards_in_use.py)."""


def forget_later(visitor: Visitor) -> None:
    """The card that ``visitor`` has just bound, in some runs."""
    world = visitor.world
    share, after, _, _ = world.chance.rolls(world.chance.visit(f"{visitor.name}/unused"))
    if share < SHARE:
        world.loop.call_later(between(*AFTER_S, after**2), _a_year_passes, visitor)


def _a_year_passes(visitor: Visitor) -> None:
    world, stores = visitor.world, visitor.world.database.stores
    ended = False
    for card_no in visitor.person.cards:
        for card in at_once(stores.cards.of_card(world.hospital_id, card_no, 100)):
            if not card.owner.endswith(f":{visitor.subject}"):
                continue
            key = world.sealer.lookup(USED, f"{card.hospital}\x00{card.owner}\x00{card.card_no}")
            now = world.clock.now()
            at_once(
                stores.short_lived.put(USED, key, (now - timedelta(days=400)).isoformat(), now + timedelta(days=3000))
            )
            ended = True
    if ended:
        for process in world.processes:  # what a process remembers of the last day is over, too
            if process.parts is not None:
                process.parts.services.shared.cards_in_use.uses.remembered.clear()
        world.trace.note(visitor.name, "has not used the card for a year")
        visitor.unbound()

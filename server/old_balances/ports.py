"""What old outpatient balances need of the HIS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from server.old_balances.model import BalancePage, ListPlace, OldBalance


class OldBalanceSystem(Protocol):
    """The HIS as it knows what is left on outpatient cards. Everything raises OutsideRefusal, OutcomeUnknown, NotSent."""

    async def balance(self, card_no: str) -> OldBalance | None:
        """None where the card never had one, or it went back long ago."""

    async def balances(self, place: ListPlace, limit: int) -> BalancePage:
        """At most ``limit`` of the balances of all cards with more than 0 fen, in an order that does not change. Whoever goes from page to page
        misses no line that stands in the list all the time, whatever leaves it meanwhile; a line may come twice.
        """


OldBalanceSystems = Mapping[str, OldBalanceSystem]
"""By hospital; one whose HIS does not tell of old balances is not in it."""

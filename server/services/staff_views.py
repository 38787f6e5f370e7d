"""Who among staff saw personal data outside a payment's own page: each search and each list is a line for the audit chain, written
before anything is shown. Searches have a limit per person and hour. (Who opens one payment stands in that payment's history.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from server.domain.desk import TAIL_CHARS, FindBy
from server.domain.errors import TooManyTries
from server.domain.payment import Payment
from server.domain.staff import Staff
from server.domain.visits import LISTED, SEARCHED
from server.ports import Clock, Hospital, Sealer, ShortLivedStore
from server.services.staff import StaffService

CHAT, CONSOLE = "chat", "console"
HOUR = timedelta(hours=1)
HASH_CHARS = 16
_COUNT, _NOTED = "staff_searches", "staff_listed"


class StaffViews:
    def __init__(
        self,
        hospitals: Mapping[str, Hospital],
        staff: StaffService,
        short_lived: ShortLivedStore,
        sealer: Sealer,
        clock: Clock,
    ) -> None:
        self._hospitals = hospitals
        self._staff = staff
        self._short_lived = short_lived
        self._sealer = sealer
        self._clock = clock

    async def may_search(self, actor: Staff) -> None:
        """Counts one search more, over all doors. Raises TooManyTries."""
        most, now = self._hospitals[actor.hospital].refund_rules.searches_per_hour, self._clock.now()
        if await self._short_lived.count(_COUNT, f"{actor.hospital}:{actor.number}", now, now + HOUR) > most:
            told = f"一小时内最多查询{most}次，请稍后再查，或请同事查询。"
            raise TooManyTries("staff searches", person=told, wait_seconds=int(HOUR.total_seconds()))

    async def searched(self, actor: Staff, by: FindBy, words: str, found: Sequence[Payment], door: str) -> None:
        """``words`` are kept as the end of a payment's number, or, where they are personal, as a keyed hash that says only whether two
        searches were for the same.
        """
        text = words.strip().upper()
        kept = text[-TAIL_CHARS:]
        if by is not FindBy.TAIL:
            kept = self._sealer.lookup("staff_search", f"{actor.hospital}/{by}/{text}")[:HASH_CHARS]
        await self._staff.visited(actor, SEARCHED, door=door, by=str(by), words=kept, found=str(len(found)))

    async def listed(self, actor: Staff, what: str, door: str) -> None:
        """``what`` names the list. Again within the hour it is the same look."""
        now = self._clock.now()
        key = f"{actor.hospital}:{actor.number}:{door}:{what}"
        if await self._short_lived.get(_NOTED, key, now) is None:
            await self._staff.visited(actor, LISTED, door=door, list=what)
            await self._short_lived.put(_NOTED, key, "1", now + HOUR)

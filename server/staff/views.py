"""Who among staff saw personal data outside a payment's own page: each search and each list is a line for the audit chain, written
before anything is shown. Searches have a limit per person and hour. (Who opens one payment stands in that payment's history.)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from server.core.errors import TooManyTries
from server.core.ports import Clock, Sealer, ShortLivedStore
from server.core.typed import name_key, number_key, search_words
from server.payments.finder import FoundPayments
from server.payments.hospital import Hospital
from server.payments.rules.numbers_held import OPEN, NumberKind
from server.payments.rules.search import PaymentSearch, filters_text
from server.staff.model import Staff
from server.staff.rules.auth_events import LISTED
from server.staff.service import StaffService

CHAT, CONSOLE = "chat", "console"
HOUR = timedelta(hours=1)
HASH_CHARS = 16
OWN_TAIL_CHARS = 6
UNKNOWN, FILTERS = "number", "filters"
"""By what was searched where nothing says which number it was, or where there was none."""
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
            raise TooManyTries("staff searches", user_message=told, wait_seconds=int(HOUR.total_seconds()))

    async def searched(self, actor: Staff, search: PaymentSearch, found: FoundPayments, door: str, what: str) -> None:
        """A search, or the export of one. Words are kept as the end of a payment's number, or, where they may be personal, as a keyed hash
        that says only whether two searches were for the same; so is a department's name.
        """
        detail = {"door": door, "by": str(found.by or (UNKNOWN if search.words else FILTERS))}
        if search.words:
            detail["words"] = self._kept(actor, number_key(search_words(search.words)), found.by)
        if search.has_filter:
            detail["filters"] = filters_text(search)
        if search.department:
            detail["department"] = self._hashed(actor, f"department/{name_key(search.department)}")
        await self._staff.record_auth_event(actor, what, **detail, found=str(len(found.payments)))

    def _kept(self, actor: Staff, key: str, by: NumberKind | None) -> str:
        return key[-OWN_TAIL_CHARS:] if by in OPEN else self._hashed(actor, key)

    def _hashed(self, actor: Staff, text: str) -> str:
        return self._sealer.lookup("staff_search", f"{actor.hospital}/{text}")[:HASH_CHARS]

    async def listed(self, actor: Staff, what: str, door: str) -> None:
        """``what`` names the list. Again within the hour it is the same look."""
        now = self._clock.now()
        key = f"{actor.hospital}:{actor.number}:{door}:{what}"
        if await self._short_lived.get(_NOTED, key, now) is None:
            await self._staff.record_auth_event(actor, LISTED, door=door, list=what)
            await self._short_lived.put(_NOTED, key, "1", now + HOUR)

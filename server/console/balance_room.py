"""门诊余额 for finance: whom no message has reached, a page of the HIS's list at a time, and the list to be taken along."""

from __future__ import annotations

from dataclasses import replace

from server.console.rules import Room, must_enter
from server.core.errors import NotAllowed
from server.old_balances.model import Unreached, UnreachedPage, WhyNot
from server.old_balances.unreached import UnreachedList
from server.staff.model import Staff
from server.staff.proofs import Proof
from server.staff.rules.auth_events import Asked
from server.staff.service import StaffService
from server.staff.views import CONSOLE, StaffViews

UNREACHED = "unreached"
LINES = 100
"""So many lines of the HIS's list are looked at for a page."""
PAGES_LOOKED_AT = 5
"""Where nobody on a page fits, so many are looked at before people are asked to go on by themselves."""
EXPORT_LINES_MAX = 20_000


class BalanceRoom:
    def __init__(self, unreached: UnreachedList, staff: StaffService, views: StaffViews) -> None:
        self._unreached = unreached
        self._staff = staff
        self._views = views

    def offered(self, actor: Staff) -> bool:
        """Does the HIS of this person's hospital tell of old balances?"""
        return self._unreached.offered(actor.hospital)

    async def page(self, actor: Staff, place: str, why: WhyNot | None = None) -> UnreachedPage:
        """The first that has somebody, from the ``next`` of another page on, or from the beginning; with ``why`` only those of this reason.

        Raises NotAllowed, NotFound where the HIS tells of no old balances, Forged for another ``place``, OutsideError.
        """
        must_enter(actor, Room.MONEY)
        page = await self._fitting(actor, place, why)
        for _ in range(PAGES_LOOKED_AT - 1):
            if page.found or not page.next:
                break
            page = replace(await self._fitting(actor, page.next, why), first=page.first)
        await self._views.listed(actor, UNREACHED, CONSOLE)
        return page

    async def taken_along(self, actor: Staff, proof: Proof) -> tuple[Unreached, ...]:
        """All of them, nothing masked. Raises as `page`, TooManyTries, NotAllowed for a list that is too long for a page."""
        must_enter(actor, Room.MONEY)
        await self._staff.prove(actor, proof, Asked.UNREACHED)
        found: list[Unreached] = []
        async for page in self._unreached.taken_along(actor.hospital, actor.as_actor):
            found.extend(page.found)
            if len(found) > EXPORT_LINES_MAX:
                raise NotAllowed("list too long", user_message="名单太长，请信息科在服务器上导出，见操作手册。")
        return tuple(found)

    async def _fitting(self, actor: Staff, place: str, why: WhyNot | None) -> UnreachedPage:
        page = await self._unreached.page(actor.hospital, place, LINES)
        if why is None:
            return page
        return replace(page, found=tuple(one for one in page.found if one.why is why))

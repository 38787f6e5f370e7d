"""Money that leaves because one employee says so: they prove who they are, and it counts against their limits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.core.errors import LostRace, Refusal
from server.refunds.permission import RefundPermission
from server.staff.model import Staff
from server.staff.proofs import Proof
from server.staff.rules.auth_events import Asked
from server.staff.service import StaffService


class Authorization:
    """``asked`` is what the proof is asked for, as the line of the authentication says."""

    def __init__(self, staff: StaffService, permission: RefundPermission, asked: Asked) -> None:
        self._staff = staff
        self._permission = permission
        self._asked = asked

    @asynccontextmanager
    async def by(self, actor: Staff, proof: Proof, fen: int) -> AsyncIterator[None]:
        """Around the act that lets ``fen`` go: the proof is used up and ``fen`` of the day's limit is spent before it; with 0 fen the
        actor proves who they are, and no more. The limit is given back if the act is surely not done (a store that does not answer may have
        done it). Raises NotAllowed, TooManyTries.
        """
        proven = await self._staff.prove(actor, proof, self._asked, spends_fen=fen)
        try:
            if fen:
                await self._permission.must_fit_the_day(proven)
            yield
        except (Refusal, LostRace):
            await self._staff.give_back(proven, fen)
            raise

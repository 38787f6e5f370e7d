"""Money that leaves on somebody's word: proven, counted against their limits, and given back to them where surely nothing came of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.core.errors import LostRace, Refusal
from server.refunds.permission import RefundPermission
from server.staff.model import Staff
from server.staff.proofs import Proof
from server.staff.rules.auth_events import Asked
from server.staff.service import StaffService


class WordOf:
    def __init__(self, staff: StaffService, permission: RefundPermission) -> None:
        self._staff = staff
        self._permission = permission

    @asynccontextmanager
    async def on(self, actor: Staff, proof: Proof, fen: int) -> AsyncIterator[None]:
        """Around the act that lets ``fen`` go; with 0 fen just proven. Raises NotAllowed, TooManyTries."""
        proven = await self._staff.prove(actor, proof, Asked.ENDING, spends_fen=fen)
        try:
            if fen:
                await self._permission.must_fit_the_day(proven)
            yield
        except (Refusal, LostRace):
            await self._staff.give_back(proven, fen)
            raise

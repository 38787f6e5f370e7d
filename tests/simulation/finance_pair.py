"""Two of finance, who end what no rule can end. One of them tries it alone first, and with a fen too much: neither may come through."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from server.app.wiring import Composition
from server.core.errors import ZhenfuError
from server.payments.ending_model import EndingAct
from server.payments.model import Payment, PaymentState
from server.payments.rules.ending_acts import is_outdated, seen_mark
from server.payments.rules.ending_sides import stuck_refunds
from server.payments.rules.ending_write_offs import unanswered_write_offs
from server.staff.service import Proof
from tests.simulation.process import ConnectionLost

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

NEXT_CODE_S = 31.0
TRIES = 3
ONE, OTHER = "3001", "3002"


class FinancePair:
    """They are hired when there is something to end, so that runs without it stay what they were."""

    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self._hired = False

    async def book_as_is(self, payment_id: str) -> bool:
        return await self._end(payment_id, EndingAct.BOOK_AS_IS)

    async def settle_elsewhere(self, payment_id: str) -> bool:
        """The payer has got the money by transfer."""
        return await self._end(payment_id, EndingAct.SETTLED_ELSEWHERE)

    async def settle_refused(self, payment_id: str, refund_id: str) -> bool:
        """The channel refuses to send this refund, because somebody has refunded the payment there: the payer has the money. True where
        nothing is left to end.
        """
        stuck = {refund.id for refund in stuck_refunds(self._payment(payment_id))}
        if payment_id not in self._world.unannounced or refund_id not in stuck:
            return True
        return await self._end(payment_id, EndingAct.SETTLED_ELSEWHERE)

    async def refund_rest(self, payment_id: str) -> bool:
        """The HIS has it at another amount: not while it does; a clerk cancels it there, and the money goes back."""
        self._hire()
        payment = self._payment(payment_id)
        if payment.state is PaymentState.PAID and self._world.his_differs(payment_id):
            refund = self._propose(payment, EndingAct.REFUND_REST, 0)
            await self._must_fail(refund, f"{self._name(payment)} goes back although the HIS has it")
        self._world.desk.cancel(payment_id)
        return await self._end(payment_id, EndingAct.REFUND_REST)

    async def end_write_off(self, payment_id: str, refund_id: str) -> bool:
        """The HIS has not answered for long. Its people say whether it has written the refund off."""
        if not any(refund.id == refund_id for refund in unanswered_write_offs(self._payment(payment_id))):
            return False
        written = self._world.desk.has_written_off(refund_id)
        return await self._end(payment_id, EndingAct.WRITTEN_OFF if written else EndingAct.GIVEN_UP)

    def _hire(self) -> None:
        if not self._hired:
            self._world.employees.hire_finance()
            self._hired = True

    async def _end(self, payment_id: str, act: EndingAct) -> bool:
        self._hire()
        for _ in range(TRIES):
            with suppress(ConnectionLost, ZhenfuError):
                await self._once(payment_id, act)
                return True
        return False

    async def _once(self, payment_id: str, act: EndingAct) -> None:
        payment = self._payment(payment_id)
        amount_fen = sum(refund.amount_fen for refund in stuck_refunds(payment)) * (act is EndingAct.SETTLED_ELSEWHERE)
        if amount_fen:
            await self._must_fail(
                self._propose(payment, act, amount_fen + 1), f"{self._name(payment)} gives a fen too much back"
            )
        if is_outdated(payment):
            await self._ask(self._drop(payment_id))
        if self._payment(payment_id).ending is None:
            await self._ask(self._propose(self._payment(payment_id), act, amount_fen))
        await self._must_fail(self._agree(payment_id, ONE), f"{self._name(payment)} was ended by one person alone")
        await self._ask(self._agree(payment_id, OTHER))
        self._world.trace.note("finance", f"ends {act}", self._name(payment))

    async def _must_fail(self, act: Callable[[Composition], Awaitable[Any]], problem: str) -> None:
        with suppress(ZhenfuError):
            await self._ask(act)
            self._world.trace.problem(f"(h) {problem}")

    def _propose(self, payment: Payment, act: EndingAct, amount_fen: int) -> Callable[[Composition], Awaitable[Any]]:
        async def propose(parts: Composition) -> None:
            actor = await parts.services.staff.get(self._world.hospital_id, ONE)
            await parts.services.console.endings.propose(
                actor, payment.id, seen_mark(payment), act, amount_fen, "transfer 0042", self._proof(ONE)
            )

        return propose

    def _drop(self, payment_id: str) -> Callable[[Composition], Awaitable[Any]]:
        async def drop(parts: Composition) -> None:
            actor = await parts.services.staff.get(self._world.hospital_id, ONE)
            await parts.services.console.endings.drop(actor, payment_id)

        return drop

    def _agree(self, payment_id: str, number: str) -> Callable[[Composition], Awaitable[Any]]:
        async def agree(parts: Composition) -> None:
            actor = await parts.services.staff.get(self._world.hospital_id, number)
            mark = seen_mark(self._payment(payment_id))
            await parts.services.console.endings.agree(actor, payment_id, mark, self._proof(number))

        return agree

    async def _ask(self, act: Callable[[Composition], Awaitable[Any]]) -> None:
        await asyncio.sleep(NEXT_CODE_S)
        await self._world.web[0].ask(act)

    def _proof(self, number: str) -> Proof:
        return self._world.employees.proof(number)

    def _payment(self, payment_id: str) -> Payment:
        payment = self._world.database.payment(payment_id)
        assert payment is not None
        return payment

    def _name(self, payment: Payment) -> str:
        return self._world.shorter(payment.id)

"""待认领的钱 in the console: what each side says now, one of the typed acts proposed with PIN and TOTP, and a second person's word.

Both times the channel is asked anew, within a bound; a side that does not answer allows nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from typing import TypeVar

from server.core.errors import BadInput, NotFound, OutsideError
from server.core.ids import payment_id_of
from server.core.ports import Clock, Ids, Sealer
from server.patients.model import PayerIdentity
from server.payments.hospital import Hospital
from server.payments.ports import PaymentStore
from server.payments.rules.trades import Trade
from server.payments.rules.unclaimed_acts import UnclaimedSides, agree, drop, out_fen, propose, proposed
from server.payments.sides import ASKED_S_MAX
from server.payments.unclaimed_model import UnclaimedAct, UnclaimedEnding, UnclaimedMoney
from server.payments.unclaimed_returns import UnclaimedLedger
from server.refunds.authorization import Authorization
from server.refunds.permission import RefundPermission
from server.refunds.rules.permissions import DECIDES, must_be
from server.staff.model import Role, Staff
from server.staff.proofs import Proof
from server.staff.rules.auth_events import Asked
from server.staff.service import StaffService

PROPOSES = (Role.FINANCE,)
PROOF_CHARS_MAX = 200
TICKET_LENGTH = 24
Answer = TypeVar("Answer")


class UnclaimedDesk:
    def __init__(
        self,
        *,
        hospitals: Mapping[str, Hospital],
        payments: PaymentStore,
        ledger: UnclaimedLedger,
        permission: RefundPermission,
        staff: StaffService,
        sealer: Sealer,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._hospitals = hospitals
        self._payments = payments
        self._ledger = ledger
        self._permission = permission
        self._staff = staff
        self._authorization = Authorization(staff, permission, Asked.ENDING)
        self._sealer = sealer
        self._clock = clock
        self._ids = ids

    async def look(self, actor: Staff, money_id: str) -> tuple[UnclaimedMoney, UnclaimedSides]:
        """The money, and what each side says of it now. Raises NotFound."""
        must_be(actor, DECIDES)
        money = await self._ledger.documents.get(actor.hospital, money_id)
        if money is None:
            raise NotFound("unclaimed", user_message=self._ledger.kind.not_found)
        return money, await self._asked(money)

    async def propose(
        self, actor: Staff, money_id: str, mark: int, act: UnclaimedAct, words: str, proof: Proof
    ) -> UnclaimedMoney:
        """Raises NotAllowed, TooManyTries, BadInput with words for the form. ``words`` say why, and what shows it."""
        must_be(actor, PROPOSES)
        money, sides = await self.look(actor, money_id)
        await self._permission.must_not_have_paid(actor, _payer(money, sides.trade))
        if not words.strip():
            raise BadInput("proof", user_message="请写明依据，例如凭证号和日期。")
        sealed, now = self._sealer.seal(_purpose(money), words.strip()[:PROOF_CHARS_MAX].encode()), self._clock.now()
        ticket = self._ids.text(TICKET_LENGTH)
        ending = UnclaimedEnding(act=act, by=actor.as_actor, at=now, mark=mark, ticket=ticket, proof=sealed)
        propose(money, ending, sides, now)
        await self._staff.prove(actor, proof, Asked.ENDING)
        return await self._ledger.apply(actor.hospital, money.id, lambda current: propose(current, ending, sides, now))

    async def agree(self, actor: Staff, money_id: str, mark: int, proof: Proof) -> UnclaimedMoney:
        """The act is done in the write that says so. Raises as `propose`."""
        money, sides = await self.look(actor, money_id)
        now, by = self._clock.now(), actor.as_actor
        agree(money, by, mark, sides, now)
        ending = proposed(money)
        fen = out_fen(money, ending)
        payer = _payer(money, sides.trade)
        await self._permission.must_be_second_without_payment(actor, payer, ending.by, fen)
        async with self._authorization.by(actor, proof, fen):
            return await self._ledger.apply(
                actor.hospital, money.id, lambda current: agree(current, by, mark, sides, now)
            )

    async def drop(self, actor: Staff, money_id: str) -> UnclaimedMoney:
        """Take it back, or refuse it: nothing moves, so no proof is asked."""
        must_be(actor, DECIDES)
        now = self._clock.now()
        return await self._ledger.apply(actor.hospital, money_id, lambda current: drop(current, actor.as_actor, now))

    def proof_of(self, money: UnclaimedMoney) -> str:
        """What the proposer of the waiting act, or else of the one that ended it, wrote."""
        told = money.ending or money.ended
        return self._sealer.open(_purpose(money), told.proof).decode() if told is not None and told.proof else ""

    # ---- steps ---------------------------------------------------------------------------------------------------------------------

    async def _asked(self, money: UnclaimedMoney) -> UnclaimedSides:
        hospital = self._hospitals[money.hospital]
        channel = hospital.channels.get(money.channel)
        trade = refund = None
        if channel is not None:
            trade = await _answer(channel.query(money.out_trade_no))
        if channel is not None and money.refund_no:
            refund = await _answer(channel.query_refund(money.out_trade_no, money.refund_no))
        payment = await self._payments.get(money.hospital, payment_id_of(money.out_trade_no))
        ours = money.out_trade_no.startswith(hospital.prefix)
        return UnclaimedSides(trade=trade, refund=refund, payment=payment, ours=ours)


async def _answer(call: Awaitable[Answer]) -> Answer | None:
    """None where the channel does not answer in time."""
    try:
        async with asyncio.timeout(ASKED_S_MAX):
            return await call
    except (OutsideError, TimeoutError):
        return None


def _payer(money: UnclaimedMoney, trade: Trade | None) -> str:
    """The key of whoever paid, as the channel names them now, which is nobody's where it does not; empty where it is silent."""
    if trade is None:
        return ""
    return PayerIdentity(channel=money.channel, app_id=trade.app_id, subject=trade.payer).key


def _purpose(money: UnclaimedMoney) -> str:
    return f"unclaimed_proof:{money.hospital}/{money.id}"

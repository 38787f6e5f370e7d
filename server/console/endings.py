"""了结: finance sees what each side says now, proposes one of the typed acts with PIN and TOTP, and a second person agrees to it.

Both times the channel and the HIS are asked anew, within a bound; a side that does not answer allows nothing.
"""

from __future__ import annotations

from server.console.payment_room import PaymentRoom
from server.core.errors import BadInput
from server.core.ports import Clock, Ids, Sealer
from server.payments.ending_model import Ending, EndingAct
from server.payments.ledger import Transitions
from server.payments.model import Payment
from server.payments.rules.ending_acts import agree, decided_refunds, drop, out_fen, propose, proposed
from server.payments.rules.ending_sides import Sides
from server.payments.sides import SidesNow
from server.refunds.authorization import Authorization
from server.refunds.permission import RefundPermission
from server.refunds.previews import NOTE
from server.refunds.rules.permissions import DECIDES, must_be
from server.staff.model import Role, Staff
from server.staff.proofs import Proof
from server.staff.rules.auth_events import Asked
from server.staff.service import StaffService

PROPOSES = (Role.FINANCE,)
PROOF_CHARS_MAX = 200
TICKET_LENGTH = 24


class EndingDesk:
    def __init__(
        self,
        *,
        sides: SidesNow,
        permission: RefundPermission,
        room: PaymentRoom,
        staff: StaffService,
        transitions: Transitions,
        sealer: Sealer,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._sides = sides
        self._room = room
        self._permission = permission
        self._staff = staff
        self._authorization = Authorization(staff, permission, Asked.ENDING)
        self._transitions = transitions
        self._sealer = sealer
        self._clock = clock
        self._ids = ids

    async def look(self, actor: Staff, payment_id: str) -> tuple[Payment, Sides]:
        """The payment, and what each side says of it now. Who looks is written down."""
        must_be(actor, DECIDES)
        payment = await self._room.look(actor, payment_id)
        return payment, await self._sides.of(payment)

    async def propose(
        self, actor: Staff, payment_id: str, mark: int, act: EndingAct, amount_fen: int, words: str, proof: Proof
    ) -> Payment:
        """Raises NotAllowed, TooManyTries, BadInput with words for the form. ``words`` say what shows it: receipt number, date."""
        must_be(actor, PROPOSES)
        payment, sides = await self.look(actor, payment_id)
        await self._permission.must_not_be_theirs(actor, payment)
        if not words.strip():
            raise BadInput("proof", user_message="请写明依据，例如凭证号和日期。")
        if act is not EndingAct.SETTLED_ELSEWHERE:
            amount_fen = 0
        sealed = self._sealer.seal(f"{NOTE}:{payment.id}", words.strip()[:PROOF_CHARS_MAX].encode())
        ending, now = self._ending(actor, act, amount_fen, sealed, mark), self._clock.now()
        propose(payment, ending, sides, now)
        await self._staff.prove(actor, proof, Asked.ENDING)
        return await self._transitions.apply(
            actor.hospital, payment.id, lambda current: propose(current, ending, sides, now)
        )

    async def agree(self, actor: Staff, payment_id: str, mark: int, proof: Proof) -> Payment:
        """The act is done in the write that says so. Raises as `propose`."""
        payment, sides = await self.look(actor, payment_id)
        now = self._clock.now()
        agree(payment, actor.as_actor, mark, sides, now)
        ending = proposed(payment)
        fen = out_fen(payment, ending)
        await self._permission.must_be_second(actor, payment, ending.by, fen)
        for refund in decided_refunds(payment, ending):
            await self._permission.must_decide(actor, payment, refund, agree=False)
        async with self._authorization.by(actor, proof, fen):
            return await self._transitions.apply(
                actor.hospital, payment.id, lambda current: agree(current, actor.as_actor, mark, sides, now)
            )

    async def drop(self, actor: Staff, payment_id: str) -> Payment:
        """Take it back, or refuse it: no money moves, so no proof is asked."""
        must_be(actor, DECIDES)
        payment, now = await self._room.open(actor, payment_id), self._clock.now()
        return await self._transitions.apply(
            actor.hospital, payment.id, lambda current: drop(current, actor.as_actor, now)
        )

    def proof_of(self, payment: Payment) -> str:
        """What the proposer wrote."""
        sealed = payment.ending.proof if payment.ending is not None else ""
        return self._sealer.open(f"{NOTE}:{payment.id}", sealed).decode() if sealed else ""

    # ---- steps ---------------------------------------------------------------------------------------------------------------------

    def _ending(self, actor: Staff, act: EndingAct, amount_fen: int, proof: str, mark: int) -> Ending:
        return Ending(
            act=act,
            amount_fen=amount_fen,
            by=actor.as_actor,
            at=self._clock.now(),
            mark=mark,
            ticket=self._ids.text(TICKET_LENGTH),
            proof=proof,
        )

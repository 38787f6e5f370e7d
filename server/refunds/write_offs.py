"""The effects that have the HIS write a refund off before its money goes, and that tell it what became of the money (DESIGN section 3)."""

from __future__ import annotations

from collections.abc import Mapping

from server.core.actors import HIS, SYSTEM
from server.core.errors import NotFound, NotSent, OutsideRefusal
from server.core.ports import Clock, Sealer
from server.core.systems import HOSPITAL_SYSTEM
from server.effects.model import Effect, EffectKind
from server.payments.his_ports import RefundAsked, RefundTold
from server.payments.hospital import Hospital
from server.payments.ledger import Decide
from server.payments.model import Payment
from server.payments.purpose import Purposes
from server.payments.refund_channel import must_lead_back
from server.payments.refund_model import Refund, RefundState
from server.payments.rules.booking import refusal_is_believed
from server.payments.rules.refund_window import BeyondReach
from server.refunds.rules.requests import his_told, write_off_refused, written_off

FINAL_REFUSALS = frozenset({"REFUSED", "NO_DATA", "CONFLICT"})
"""The codes of his-interface.md section 2 that are a no to this refund."""
BEYOND_REACH = "BEYOND_REACH"
"""Our own no, before the HIS is asked: it was silent for so long that the channel would not take the refund any more."""
WORDS = "his_words"


class WriteOffService:
    """RELEASE and NOTIFY_HIS. Both are safe to repeat: the HIS knows our refund number."""

    def __init__(self, hospitals: Mapping[str, Hospital], purposes: Purposes, sealer: Sealer, clock: Clock) -> None:
        self._hospitals = hospitals
        self._purposes = purposes
        self._sealer = sealer
        self._clock = clock

    async def run(self, payment: Payment, effect: Effect) -> Decide:
        """Raises OutcomeUnknown or NotSent while it is not known."""
        refund = payment.refund(effect.subject)
        if refund is None:
            raise NotFound(f"refund {effect.subject}")
        if effect.kind is EffectKind.RELEASE:
            return await self._release(payment, refund, effect)
        return await self._notify(payment, refund, effect)

    async def _release(self, payment: Payment, refund: Refund, effect: Effect) -> Decide:
        asked = RefundAsked(
            out_trade_no=payment.id,
            out_refund_no=refund.id,
            amount_fen=refund.amount_fen - refund.covered_fen,
            lines=refund.lines,
        )
        token = effect.lease or ""
        if refund.state is RefundState.APPROVED and effect.unknown_at is None:
            try:
                must_lead_back(self._hospitals[payment.hospital], payment, self._clock.now(), refund.id)
            except BeyondReach as beyond:
                return self._ended(payment, refund, effect, BEYOND_REACH, beyond.user_message, SYSTEM)
        try:
            number = await self._purposes[payment.purpose].release(payment, asked)
        except OutsideRefusal as refusal:
            return self._refused(payment, refund, effect, refusal)
        now = self._clock.now()
        return lambda current: written_off(current, refund.id, token, number, now)

    def _refused(self, payment: Payment, refund: Refund, effect: Effect, refusal: OutsideRefusal) -> Decide:
        if refusal.reason_code not in FINAL_REFUSALS:
            raise refusal
        longest_call = self._hospitals[payment.hospital].his.capabilities.longest_call
        if not refusal_is_believed(effect, self._clock.now(), longest_call):
            raise NotSent(HOSPITAL_SYSTEM, "refused while an earlier call may still be running") from refusal
        return self._ended(payment, refund, effect, refusal.reason_code, refusal.user_message, HIS)

    def _ended(self, payment: Payment, refund: Refund, effect: Effect, code: str, person: str, by: str) -> Decide:
        now, token = self._clock.now(), effect.lease or ""
        words = self._sealer.seal(f"{WORDS}:{payment.id}", person.encode())
        return lambda current: write_off_refused(current, refund.id, token, code, words, now, by)

    async def _notify(self, payment: Payment, refund: Refund, effect: Effect) -> Decide:
        """Where a refund gave way to the console's, the HIS is told under which number of the channel, and when, the money went instead."""
        sent = payment.refund(refund.covered_by) or refund
        told = RefundTold(
            out_trade_no=payment.id,
            out_refund_no=refund.written_off_as or refund.id,
            channel_refund_no=sent.channel_refund_id or "",
            succeeded=True,
            at=sent.finished_at or self._clock.now(),
        )
        await self._purposes[payment.purpose].refunded(payment, told)
        now, token = self._clock.now(), effect.lease or ""
        return lambda current: his_told(current, refund.id, token, now)

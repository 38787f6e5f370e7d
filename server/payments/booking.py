"""The effect that tells the HIS, and never believes a no before asking for our own number (DESIGN section 3)."""

from __future__ import annotations

from collections.abc import Mapping

from server.core.errors import NotSent, OutsideRefusal
from server.core.ports import Clock
from server.effects.model import Effect
from server.payments.his_ports import ConfirmRequest, HospitalSystem
from server.payments.hospital import Hospital
from server.payments.ledger import Decide
from server.payments.model import Booking, Payment
from server.payments.rules.booking import FINAL_REFUSALS, booked, refusal_is_believed, refused


class BookingService:
    def __init__(self, hospitals: Mapping[str, Hospital], clock: Clock) -> None:
        self._hospitals = hospitals
        self._clock = clock

    async def run(self, payment: Payment, effect: Effect) -> Decide:
        """Raises OutcomeUnknown or NotSent while it is not known: the effect then tries again under the same number."""
        his = self._hospitals[payment.hospital].his
        token = effect.lease or ""
        if effect.unknown_at is not None:
            earlier = await his.check(payment.id)
            if earlier is not None:
                return self._found(payment, token, earlier)
        try:
            booking = await his.confirm(self._request(payment))
        except OutsideRefusal as refusal:
            return await self._refused(his, payment, effect, refusal)
        return self._found(payment, token, booking)

    async def _refused(self, his: HospitalSystem, payment: Payment, effect: Effect, refusal: OutsideRefusal) -> Decide:
        """ "Already paid" may be the trace of our own lost call: only a HIS that does not have our number has refused us."""
        ours = await his.check(payment.id)
        token, now = effect.lease or "", self._clock.now()
        if ours is not None:
            return self._found(payment, token, ours)
        if refusal.reason_code not in FINAL_REFUSALS:
            raise refusal
        if not refusal_is_believed(effect, now, his.capabilities.longest_call):
            raise NotSent("his", "refused while an earlier call may still be running") from refusal
        return lambda current: refused(current, token, refusal.reason_code, now)

    def _found(self, payment: Payment, token: str, ours: Booking) -> Decide:
        """Our number in the HIS. Under another amount it is neither booked nor returned: a person must look."""
        if ours.amount_fen is not None and ours.amount_fen != payment.amount_fen:
            raise OutsideRefusal("his", "AMOUNT_DIFFERS", "our number is there with another amount")
        return self._booked(token, ours)

    def _booked(self, token: str, booking: Booking) -> Decide:
        now = self._clock.now()
        return lambda current: booked(current, token, booking, now)

    def _request(self, payment: Payment) -> ConfirmRequest:
        return ConfirmRequest(
            out_trade_no=payment.id,
            card_no=payment.personal.card_no,
            bill_nos=payment.bill_nos,
            amount_fen=payment.amount_fen,
            channel=payment.cash.channel,
            transaction_id=payment.cash.transaction_id or "",
            paid_at=payment.paid_at or payment.created_at,
            origin=payment.origin,
        )

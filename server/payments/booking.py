"""The effect that tells the HIS, and never believes a no before asking for our own number (DESIGN section 3)."""

from __future__ import annotations

from collections.abc import Mapping

from server.core.errors import NotSent, OutsideRefusal
from server.core.ports import Clock
from server.core.systems import HOSPITAL_SYSTEM
from server.effects.model import Effect
from server.payments.hospital import Hospital
from server.payments.ledger import Decide
from server.payments.model import Booking, Payment
from server.payments.purpose import Purposes
from server.payments.rules.booking import FINAL_REFUSALS, booked, refusal_is_believed, refused


class BookingService:
    def __init__(self, hospitals: Mapping[str, Hospital], purposes: Purposes, clock: Clock) -> None:
        self._hospitals = hospitals
        self._purposes = purposes
        self._clock = clock

    async def run(self, payment: Payment, effect: Effect) -> Decide:
        """Raises OutcomeUnknown or NotSent while it is not known: the effect then tries again under the same number."""
        purpose = self._purposes[payment.purpose]
        token = effect.lease or ""
        if effect.unknown_at is not None:
            earlier = await purpose.check(payment)
            if earlier is not None:
                return self._found(payment, token, earlier)
        try:
            booking = await purpose.book(payment)
        except OutsideRefusal as refusal:
            return await self._refused(payment, effect, refusal)
        return self._found(payment, token, booking)

    async def _refused(self, payment: Payment, effect: Effect, refusal: OutsideRefusal) -> Decide:
        """ "Already paid" may be the trace of our own lost call: only a HIS that does not have our number has refused us."""
        ours = await self._purposes[payment.purpose].check(payment)
        token, now = effect.lease or "", self._clock.now()
        if ours is not None:
            return self._found(payment, token, ours)
        if refusal.reason_code not in FINAL_REFUSALS:
            raise refusal
        longest_call = self._hospitals[payment.hospital].his.capabilities.longest_call
        if not refusal_is_believed(effect, now, longest_call):
            raise NotSent(HOSPITAL_SYSTEM, "refused while an earlier call may still be running") from refusal
        return lambda current: refused(current, token, refusal.reason_code, now)

    def _found(self, payment: Payment, token: str, ours: Booking) -> Decide:
        """Our number in the HIS. Under another amount it is neither booked nor returned: a person must look."""
        if ours.amount_fen is not None and ours.amount_fen != payment.amount_fen:
            raise OutsideRefusal(HOSPITAL_SYSTEM, "AMOUNT_DIFFERS", "our number is there with another amount")
        return self._booked(token, ours)

    def _booked(self, token: str, booking: Booking) -> Decide:
        now = self._clock.now()
        return lambda current: booked(current, token, booking, now)

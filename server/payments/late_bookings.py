"""Asks the HIS whether a call of ours has landed after all: before money goes back that it has refused, and for days after; and for days
after it has refused a booking again that it had lost.
"""

from __future__ import annotations

from collections.abc import Mapping

from server.core.errors import NotSent, OutsideError, OutsideRefusal
from server.core.ports import Clock, Ids
from server.core.systems import HOSPITAL_SYSTEM
from server.effects.model import Effect
from server.payments.hospital import Hospital
from server.payments.ledger import Decide
from server.payments.model import Booking, Payment, PaymentState
from server.payments.purpose import Purposes
from server.payments.refund_model import Refund
from server.payments.rules.his_asked import landed_late
from server.payments.rules.late_bookings import his_has_it, must_ask_his, not_in_his


class LateBookings:
    def __init__(self, hospitals: Mapping[str, Hospital], purposes: Purposes, clock: Clock, ids: Ids) -> None:
        self._hospitals = hospitals
        self._purposes = purposes
        self._clock = clock
        self._ids = ids

    async def run(self, payment: Payment, effect: Effect) -> Decide:
        """LATE_BOOKING. Raises OutcomeUnknown or NotSent while the HIS does not answer."""
        found = await self._purposes[payment.purpose].check(payment)
        if found is not None:
            return self._has_it(payment, effect, found)
        token, now, jitter = effect.lease or "", self._clock.now(), self._ids.jitter()
        return lambda current: not_in_his(current, token, now, jitter)

    async def before_sending(self, payment: Payment, refund: Refund, effect: Effect) -> Decide | None:
        """None: ``refund`` may be sent. A HIS that says nothing is waited for as long as a call of ours may take there; after that no call of
        ours can be on its way.
        """
        if not must_ask_his(payment, effect):
            return None
        try:
            found = await self._purposes[payment.purpose].check(payment)
        except OutsideError as silent:
            longest_call = self._hospitals[payment.hospital].his.capabilities.longest_call
            if self._clock.now() - refund.at < longest_call:
                raise NotSent(HOSPITAL_SYSTEM, "asked before money goes back") from silent
            return None
        return None if found is None else self._has_it(payment, effect, found)

    def _has_it(self, payment: Payment, effect: Effect, found: Booking) -> Decide:
        """A payment that the HIS has under another amount is neither booked nor returned: a person must look."""
        if found.amount_fen is not None and found.amount_fen != payment.amount_fen:
            raise OutsideRefusal(HOSPITAL_SYSTEM, "AMOUNT_DIFFERS", "our number is there with another amount")
        token, now = effect.lease or "", self._clock.now()

        def decide(current: Payment) -> Payment:
            if current.state is PaymentState.BOOKED:
                return landed_late(current, token, found, now)
            return his_has_it(current, effect.key, token, found, now)

        return decide

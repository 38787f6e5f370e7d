"""The effect that asks the HIS for what its list of a day lacks, and tells it again what it has lost (decision 0054)."""

from __future__ import annotations

from collections.abc import Mapping

from server.core.errors import NotFound, NotSent, OutsideRefusal
from server.core.ports import Clock
from server.core.systems import HOSPITAL_SYSTEM
from server.effects.model import Effect
from server.payments.his_ports import RefundAsked
from server.payments.hospital import Hospital
from server.payments.ledger import Decide
from server.payments.model import Booking, Payment
from server.payments.purpose import Purposes
from server.payments.rules.booking import FINAL_REFUSALS, refusal_is_believed
from server.payments.rules.his_asked import booked_again, his_answered, may_be_booked_again, written_off_again


class AskingHis:
    """ASK_HIS. Safe to repeat: the HIS knows our numbers and gives the first answer again."""

    def __init__(self, hospitals: Mapping[str, Hospital], purposes: Purposes, clock: Clock) -> None:
        self._hospitals = hospitals
        self._purposes = purposes
        self._clock = clock

    async def run(self, payment: Payment, effect: Effect) -> Decide:
        """Ask the HIS about the payment, or about the write-off of the refund that ``effect`` names. Raises OutcomeUnknown, NotSent, and OutsideRefusal for
        a no that is about the call.
        """
        if effect.subject:
            return await self._write_off(payment, effect)
        found = await self._purposes[payment.purpose].check(payment)
        if found is None and may_be_booked_again(payment):
            return await self._again(payment, effect)
        if found is not None and _is_another(payment, found):
            token, now = effect.lease or "", self._clock.now()
            return lambda current: booked_again(current, token, found, now)
        return self._said(effect, found)

    async def _again(self, payment: Payment, effect: Effect) -> Decide:
        purpose, token, now = self._purposes[payment.purpose], effect.lease or "", self._clock.now()
        try:
            booking = await purpose.book(payment)
        except OutsideRefusal as refusal:
            if (ours := await purpose.check(payment)) is None:
                return self._refused(payment, effect, refusal)
            booking = ours
        return lambda current: booked_again(current, token, booking, now)

    def _refused(self, payment: Payment, effect: Effect, refusal: OutsideRefusal) -> Decide:
        """The drugs may be out: no money goes back without a person."""
        now, longest_call = self._clock.now(), self._hospitals[payment.hospital].his.capabilities.longest_call
        if refusal.reason_code not in FINAL_REFUSALS:
            raise refusal
        if not refusal_is_believed(effect, now, longest_call):
            raise NotSent(HOSPITAL_SYSTEM, "refused while an earlier call may still be running") from refusal
        answer, token = {"found": "no", "code": refusal.reason_code}, effect.lease or ""
        return lambda current: his_answered(current, effect.subject, token, answer, now)

    async def _write_off(self, payment: Payment, effect: Effect) -> Decide:
        refund = payment.refund(effect.subject)
        if refund is None:
            raise NotFound(f"refund {effect.subject}")
        asked = RefundAsked(
            out_trade_no=payment.id,
            out_refund_no=refund.written_off_as or refund.id,
            amount_fen=refund.amount_fen,
            lines=refund.lines,
        )
        try:
            number = await self._purposes[payment.purpose].release(payment, asked)
        except OutsideRefusal as refusal:
            return self._refused(payment, effect, refusal)
        token, now = effect.lease or "", self._clock.now()
        if number != refund.his_refund_no:
            return lambda current: written_off_again(current, refund.id, token, number, now)
        answer = {"found": "yes", "his_refund_no": number}
        return lambda current: his_answered(current, effect.subject, token, answer, now)

    def _said(self, effect: Effect, found: Booking | None) -> Decide:
        answer = {"found": "no"} if found is None else {"found": "yes", "his_trade_no": found.his_trade_no}
        if found is not None and found.amount_fen is not None:
            answer["amount_fen"] = str(found.amount_fen)
        token, now = effect.lease or "", self._clock.now()
        return lambda current: his_answered(current, effect.subject, token, answer, now)


def _is_another(payment: Payment, found: Booking) -> bool:
    """Has the HIS booked it again since, by a call of ours whose answer was lost? Another amount is for a person."""
    known = payment.booking
    same_amount = found.amount_fen is None or found.amount_fen == payment.amount_fen
    return same_amount and (known is None or known.his_trade_no != found.his_trade_no)

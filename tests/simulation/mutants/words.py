"""Broken words: what people are told, in which order, and whether it is still true."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import server.core.days
import server.messages.rules
import server.messages.service
import server.payments.rules.booking
import server.payments.rules.telling
import server.refunds.rules.requests
from server.core.money import yuan_text
from server.effects.model import Effect
from server.messages.service import MessageService
from server.patients.contact_ports import OutgoingMessage
from server.payments.hospital import Hospital
from server.payments.model import Payment
from server.payments.refund_model import Refund, RefundState
from server.payments.rules.booking import BOOKING_LASTS
from server.payments.rules.telling import REFUND_WAITING
from server.refunds.staff_messages import StaffMessageService
from tests.simulation.mutants.patching import Patches, everywhere


def overtaken_still_sent() -> Patches:
    return everywhere(server.messages.rules.still_true, lambda payment, subject: True)


def dropped_though_true() -> Patches:
    real = server.messages.rules.still_true

    def still_true(payment: Payment, subject: str) -> bool:
        return real(payment, subject) and not (subject == "payment_booked" and payment.refunds)

    return everywhere(real, still_true)


def order_swapped() -> Patches:
    def ahead_of(effects: tuple[Effect, ...], message: Effect) -> None:
        return None

    return everywhere(server.payments.rules.telling.ahead_of, ahead_of)


def late_told_at_once() -> Patches:
    """Whoever waits for the HIS is told so at the first failed try."""
    real = server.payments.rules.booking.is_late

    def is_late(payment: Payment, now: datetime, told_after: timedelta) -> bool:
        return real(payment, now, timedelta())

    return everywhere(real, is_late)


def late_told_again() -> Patches:
    """Every failed try tells again that the booking lasts."""
    real = server.payments.rules.booking.is_late

    def is_late(payment: Payment, now: datetime, told_after: timedelta) -> bool:
        untold = tuple(line for line in payment.history if line.what != BOOKING_LASTS)
        return real(replace(payment, history=untold), now, told_after)

    return everywhere(real, is_late)


def _told(change: Any) -> Patches:
    real = MessageService._notice

    def notice(self: MessageService, hospital: Hospital, payment: Payment, subject: str) -> OutgoingMessage:
        made = real(self, hospital, payment, subject)
        return replace(made, values={**made.values, **change(payment, made)})

    return [patch.object(MessageService, "_notice", notice)]


def part_said_as_the_whole() -> Patches:
    return _told(lambda payment, notice: {"amount": yuan_text(payment.paid_fen)})


def asked_said_as_paid() -> Patches:
    return _told(
        lambda payment, notice: (
            {"amount": yuan_text(payment.amount_fen)} if notice.purpose.startswith("payment_return") else {}
        )
    )


def another_reason() -> Patches:
    reasons = server.messages.service.RETURN_REASONS
    swapped = dict(zip(reasons, [*list(reasons.values())[1:], next(iter(reasons.values()))], strict=True))
    return [patch.dict(reasons, swapped)]


def a_no_without_its_reason() -> Patches:
    real = server.refunds.rules.requests.reject_refund

    def reject_refund(payment: Payment, refund_id: str, by: str, now: datetime, words: str = "") -> Payment:
        return real(payment, refund_id, by, now)

    return everywhere(real, reject_refund)


def another_guide() -> Patches:
    return _told(lambda payment, notice: {"guide": payment.id})


def the_time_of_greenwich() -> Patches:
    def hospital_time(moment: datetime) -> datetime:
        return moment.astimezone(UTC)

    return everywhere(server.core.days.hospital_time, hospital_time)


def the_day_of_greenwich() -> Patches:
    return everywhere(server.core.days.hospital_day, lambda moment: moment.astimezone(UTC).date())


def the_text_of_another_purpose() -> Patches:
    real = MessageService._notice

    def notice(self: MessageService, hospital: Hospital, payment: Payment, subject: str) -> OutgoingMessage:
        made = real(self, hospital, payment, subject)
        return replace(made, purpose={"refund_accepted": "refund_arrived"}.get(made.purpose, made.purpose))

    return [patch.object(MessageService, "_notice", notice)]


def asked_though_decided() -> Patches:
    """Staff are asked to agree whatever has become of the request."""
    real = StaffMessageService._tell_one

    async def tell_one(self: StaffMessageService, payment: Payment, refund: Refund, purpose: str, *more: Any) -> None:
        await real(
            self,
            payment,
            replace(refund, state=RefundState.REQUESTED) if purpose == REFUND_WAITING else refund,
            purpose,
            *more,
        )

    return [patch.object(StaffMessageService, "_tell_one", tell_one)]


def staff_told_of_the_whole() -> Patches:
    real = StaffMessageService._tell

    async def tell(
        self: StaffMessageService,
        hospital_id: str,
        person: Any,
        purpose: str,
        text: str,
        refund: Refund,
        effect: Effect,
    ) -> None:
        more = replace(refund, amount_fen=refund.amount_fen + 1)
        await real(self, hospital_id, person, purpose, text, more, effect)

    return [patch.object(StaffMessageService, "_tell", tell)]

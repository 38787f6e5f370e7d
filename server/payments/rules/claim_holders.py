"""Which payment holds what must not be paid twice: the channel may have its money before the HIS marks it as paid."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from server.core.days import moment_text
from server.core.money import yuan_text
from server.patients.model import mask_phone
from server.payments.model import Payment
from server.payments.rules.progress import Progress, standing

MONEY_ARRIVED = frozenset({Progress.CONFIRMING, Progress.PAID})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimHolder:
    """The payment that holds a claim, as a person who sees what is claimed may know it.

    ``payment_id`` is empty and ``phone_masked`` may be set when another person pays; ``at`` is when the money arrived, or when the
    attempt began; ``amount_fen`` is the sum of the whole payment, which may pay for more.
    """

    payment_id: str
    progress: Progress
    channel: str
    amount_fen: int
    at: datetime
    phone_masked: str = ""

    @property
    def is_mine(self) -> bool:
        return bool(self.payment_id)

    @property
    def has_money(self) -> bool:
        """True when the channel holds the money: nobody may be asked to pay for this again."""
        return self.progress in MONEY_ARRIVED


def claim_holders(payments: Iterable[Payment], owners: Collection[str]) -> dict[str, ClaimHolder]:
    """By number of what is paid for, for the live ``payments`` that hold claims; ``owners`` are all keys of the person who looks."""
    return {
        number: claim_holder(payment, owners) for payment in payments for number in payment.personal.subject.numbers
    }


def claim_holder(payment: Payment, owners: Collection[str]) -> ClaimHolder:
    mine = payment.owner in owners
    return ClaimHolder(
        payment_id=payment.id if mine else "",
        progress=standing(payment).progress,
        channel=payment.parts[0].channel,
        amount_fen=payment.paid_fen or payment.amount_fen,
        at=payment.paid_at or payment.created_at,
        phone_masked="" if mine or not payment.personal.phone else mask_phone(payment.personal.phone),
    )


def who_paid(payment: ClaimHolder, channel_title: str) -> str:
    """Who, how, when and how much, for somebody else's payment: ``手机号 138****0002 的人用…付款，11月23日 09:30，97.60 元``.

    ``channel_title`` is what people call the channel; without a phone number the payer is only "another person".
    """
    who = f"手机号 {payment.phone_masked} 的人" if payment.phone_masked else "他人"
    how = f"用{channel_title}" if channel_title else ""
    return f"{who}{how}付款，{moment_text(payment.at)}，{yuan_text(payment.amount_fen)} 元"

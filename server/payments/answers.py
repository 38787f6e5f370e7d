"""What the patient's side is answered about a payment: how to open its cashier, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass, replace

from server.patients.model import NAMES_ONLY
from server.payments.model import Payment
from server.payments.part import Part
from server.payments.ports import ClientCall
from server.payments.rules.progress import Standing, standing
from server.payments.texts import CHARGE_NUMBER


@dataclass(frozen=True, slots=True)
class Started:
    """``call`` opens the cashier; None when there is nothing to open: then ``standing`` says why."""

    payment: Payment
    call: ClientCall | None = None

    @property
    def payment_id(self) -> str:
        return self.payment.id

    @property
    def standing(self) -> Standing:
        return standing(self.payment)


@dataclass(frozen=True, slots=True)
class PaymentView:
    payment: Payment
    standing: Standing
    channel_title: str
    charge_number: str = CHARGE_NUMBER


def as_payers_see(payment: Payment) -> Payment:
    """The payment without what its payer must not learn of the patient: of one that began by a code which a finder may hold, the card, the
    HIS's numbers of what is paid for, its guide, and its receipt, on which the full name stands.
    """
    if payment.origin.entrance not in NAMES_ONLY:
        return payment
    personal = payment.personal
    charges = tuple(replace(charge, number="") for charge in personal.subject.charges)
    booking = payment.booking and replace(payment.booking, guide_text="", receipt_url="")
    subject = replace(personal.subject, charges=charges)
    return replace(payment, booking=booking, personal=replace(personal, card_no="", subject=subject))


@dataclass(frozen=True, slots=True)
class ShownCode:
    """``text`` is the content of a QR code: whoever scans it with the client of the part's channel pays ``part``."""

    view: PaymentView
    part: Part
    text: str

"""What a message is about, as the subject of the effect that owes it: ``purpose``, ``purpose.R01`` or ``purpose.R01.1001``. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from server.payments.model import Payment
from server.payments.refund_model import Refund, short_number


@dataclass(frozen=True, slots=True)
class Topic:
    """``purpose`` is that of the message; ``refund`` the end of a refund's number (``R01``), empty where it is about the payment, and of a
    booking that has changed which change it is (``N01``); ``staff`` the number of the one who is told, empty where it is the payer, or not
    known yet.
    """

    purpose: str
    refund: str = ""
    staff: str = ""

    @classmethod
    def of(cls, subject: str) -> Topic:
        """What an effect's subject says."""
        return cls(*subject.split(".", 2))

    @classmethod
    def of_refund(cls, purpose: str, refund_id: str) -> Topic:
        return cls(purpose, short_number(refund_id))

    def __str__(self) -> str:
        """The subject of the effect."""
        return ".".join(part for part in (self.purpose, self.refund, self.staff) if part)

    def refund_in(self, payment: Payment) -> Refund | None:
        """The refund that it is about; None where it is about none, or about one that is not ours."""
        return payment.refund(f"{payment.id}{self.refund}") if self.refund else None

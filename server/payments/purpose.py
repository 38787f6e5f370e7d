"""用途: the contract behind which everything that is paid for lives. Payments call a purpose by its name and never import one.

`Payment.purpose` is the name under which wiring registers the purpose (`Purposes`). Whatever raises an OutsideError here is tried again
by the effect that called it, so every call must be safe to repeat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from server.patients.model import Origin, Session
from server.payments.his_ports import RefundAsked, RefundTold
from server.payments.model import Booking, Payment
from server.payments.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeTexts:
    """What people read about a purpose. ``taken`` has one gap, ``{who}``: who has paid already, how, when and how much."""

    title: str
    taken: str
    being_closed: str
    contended: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What is to be paid, for whom, and for what. ``claims`` must not be paid twice while the payment lives; a purpose may claim nothing.

    ``description`` is what the payer reads at the channel: it never says what was treated. ``origin`` says where the payment began, if the
    purpose knows (a scanned QR); else it is where the person logged in.
    """

    amount_fen: int
    claims: tuple[str, ...]
    description: str
    patient_name: str
    card_no: str
    subject: Subject
    origin: Origin | None = None


class Purpose(Protocol):
    """One purpose. The hospital is in the session or the payment."""

    name: str
    texts: PurposeTexts

    async def quote(self, session: Session, chosen: Sequence[str]) -> Quote:
        """What ``chosen`` (numbers of the purpose's own) costs now. Raises NotFound, BadInput, BillChanged with words, or OutsideError."""

    async def book(self, payment: Payment) -> Booking:
        """Tell the HIS that it is paid, under our number. Raises OutsideRefusal, OutcomeUnknown, NotSent."""

    async def check(self, payment: Payment) -> Booking | None:
        """What the HIS has under our number; None when it does not have it (yet)."""

    async def may_release(self, payment: Payment, asked: RefundAsked) -> str:
        """Empty when it may be written off, else the reason in the HIS's words, for staff and never logged."""

    async def release(self, payment: Payment, asked: RefundAsked) -> str:
        """Write off before the money goes back. The HIS's refund number; the same number of ours gets the first one again."""

    async def refunded(self, payment: Payment, told: RefundTold) -> None:
        """The HIS hears what became of a refund's money. Repeatable."""


Purposes = Mapping[str, Purpose]
"""Every purpose by its name, as wiring has them."""

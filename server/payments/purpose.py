"""用途: the contract behind which everything that is paid for lives. Payments call a purpose by its name and never import one.

`Payment.purpose` is the name under which wiring registers the purpose (`Purposes`). Whatever raises an OutsideError here is tried again
by the effect that called it, so every call must be safe to repeat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from server.patients.model import Origin, Session
from server.payments.his_ports import RefundAsked, RefundTold
from server.payments.model import Booking, Payment
from server.payments.refund_model import CASH
from server.payments.subject import Subject
from server.payments.texts import CHARGE_NUMBER


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeTexts:
    """What people read about a purpose. ``taken`` has one gap, ``{who}``: who has paid already, how, when and how much. ``charge_number`` is
    what patients call the HIS's number of what they pay, ``charge_amount`` what they call the sum of it that they pay,
    ``again`` what they call another one in its place.
    """

    title: str
    taken: str
    being_closed: str
    contended: str
    charge_number: str = CHARGE_NUMBER
    charge_amount: str = "金额"
    again: str = "重新支付"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedPart:
    """How much of one kind of money. ``channel`` is set where only that one can move it; else the payer's way of paying does. Money goes
    back from the lowest ``undo_order`` on.
    """

    amount_fen: int
    kind: str = CASH
    channel: str = ""
    undo_order: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What is to be paid, for whom, and for what. ``claims`` must not be paid twice while the payment lives; a purpose may claim nothing.

    ``parts`` stand in the order in which they are paid. ``description`` is what the payer reads at the channel: it never says what was treated. ``origin`` says where the payment began, if the
    purpose knows (a scanned QR); else it is where the person logged in. ``holds``: see `Purpose.hold`. ``elsewhere_until``: nothing is paid here, all of it elsewhere by then; what is not is given back.
    """

    parts: tuple[QuotedPart, ...]
    claims: tuple[str, ...]
    description: str
    patient_name: str
    card_no: str
    subject: Subject
    origin: Origin | None = None
    holds: bool = False
    elsewhere_until: datetime | None = None

    @property
    def amount_fen(self) -> int:
        return sum(part.amount_fen for part in self.parts)


class Purpose(Protocol):
    """One purpose. The hospital is in the session or the payment."""

    name: str
    texts: PurposeTexts

    async def quote(self, session: Session, chosen: Sequence[str]) -> Quote:
        """What ``chosen`` (numbers of the purpose's own) costs now. Raises NotFound, BadInput, ChargeChanged with words, or OutsideError."""

    async def hold(self, payment: Payment) -> None:
        """Hold under our number what must not be given to anybody else (a slot); called before the first order and again before each further
        one, only where the quote says ``holds``. Raises OutsideRefusal where it can't be had: nothing is ordered then.
        """

    async def on_closed(self, payment: Payment) -> None:
        """Free what was held under our number: the payment has ended unpaid, or its money goes back. Owed as an effect, so it is tried again;
        never frees what is booked under our number, and a hold that arrives later than this must come to nothing. Called for a booked payment
        of 0 fen, too, which the patient gives back: then it raises OutsideRefusal where that can't be.
        """

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

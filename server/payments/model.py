"""支付单: the document that holds one attempt to pay one purpose, with its parts, refunds, effects and history (DESIGN section 3).

    created ──► pending ──► paid ──► booked
      │ └──────────┼─────────┘└────► returning ──► returned
      └─► closed ◄─┘      closed ──────┘

This file has the shapes; the transitions are in `paying`, `booking` and `returning`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from server.core.actors import SYSTEM
from server.core.errors import Tampered
from server.core.history import HistoryEvent
from server.effects.model import LOOKS, TELLINGS, Effect, EffectKind, earliest, find
from server.patients.model import Origin, PayerIdentity
from server.payments.ending_model import Ending
from server.payments.part import Part, PartState
from server.payments.refund_model import RUNNING, SHARE_FREE, Refund, RefundOrigin, RefundState
from server.payments.subject import Subject


class PaymentState(StrEnum):
    CREATED = "created"
    PENDING = "pending"
    PAID = "paid"
    BOOKED = "booked"
    CLOSED = "closed"
    RETURNING = "returning"
    RETURNED = "returned"


VIEWED = "viewed"
"""Staff have seen whose payment it is."""
AUDITED_LINES = frozenset({VIEWED, "tampering_accepted", "his_asked", "booked_again", "written_off_again"})
"""Any of these makes a payment's whole history part of the audit chain: people looked, or reconciliation had something mended."""
UNPAID = frozenset({PaymentState.CREATED, PaymentState.PENDING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """Personal data of a payment. Encrypted as one in the database; never in a log, URL, or the channel's order.

    ``phone`` is where the SMS goes; ``patient_phone`` is the patient's own, as the hospital has it, empty where nobody said it.
    """

    patient_name: str
    card_no: str
    phone: str
    subject: Subject
    patient_phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """What the HIS answered when it took the payment over. ``guide_text`` tells the patient where to go next.

    ``amount_fen`` is what the HIS has under our number; None where the answer does not say (a confirm that was just accepted).
    ``news`` is what the HIS said of it afterwards: text of the purpose's own, which nobody else reads.
    """

    his_trade_no: str
    receipt_no: str
    receipt_url: str = ""
    guide_text: str = ""
    amount_fen: int | None = None
    news: str = ""


PageCursor = tuple[datetime, str]
"""Where a payment stands among others: when it began, and its id, since many begin in one instant. An empty id is before them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One attempt. ``payer`` is who began it, by the login; each part's request says who pays it. ``claims`` is what must not be paid twice while this one lives; empty means it claims nothing."""

    hospital: str
    id: str
    version: int
    state: PaymentState
    purpose: str
    owner: str
    origin: Origin
    payer: PayerIdentity
    personal: Personal
    parts: tuple[Part, ...]
    claims: tuple[str, ...]
    created_at: datetime
    refunds: tuple[Refund, ...] = ()
    effects: tuple[Effect, ...] = ()
    history: tuple[HistoryEvent, ...] = ()
    paid_at: datetime | None = None
    booking: Booking | None = None
    return_reason: str | None = None
    late_trade_no: str = ""  # the HIS's number of it, where it holds it although the money has gone back
    ending: Ending | None = None  # proposed, and waiting for a second person
    audited_lines: int = 0  # how many lines of the history stand in the audit chain
    holds: bool = False  # its purpose holds something for it (a slot), which is freed when it ends without being used
    tampered: bool = False  # found when it was read: somebody changed what is stored; never stored itself

    @property
    def page_cursor(self) -> PageCursor:
        return self.created_at, self.id

    @property
    def amount_fen(self) -> int:
        """What was asked."""
        return sum(part.amount_fen for part in self.parts)

    @property
    def paid_fen(self) -> int:
        """What the channels hold or held of it."""
        return sum(part.paid_fen for part in self.parts)

    @property
    def next_due(self) -> datetime | None:
        return earliest(self.effects)

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of the channels of its parts, each once."""
        return tuple(dict.fromkeys(part.channel for part in self.parts))

    @property
    def open_parts(self) -> tuple[Part, ...]:
        """The parts that may still be paid, in the order in which they are paid."""
        return tuple(part for part in self.parts if part.state is PartState.UNPAID)

    @property
    def may_be_paid(self) -> bool:
        """Could money still come, even after a close?"""
        return any(part.state is not PartState.PAID for part in self.parts)

    def part_for(self, order_no: str) -> Part:
        """The part with this order; the first part for a number that is of none (and for an effect of the first, which names none)."""
        return next((part for part in self.parts if part.order_no == order_no), self.parts[0])

    def part_of(self, refund: Refund) -> Part:
        """Whose money ``refund`` is."""
        return next((part for part in self.parts if part.kind == refund.part), self.parts[0])

    def refund(self, refund_id: str) -> Refund | None:
        return next((refund for refund in self.refunds if refund.id == refund_id), None)

    @property
    def refunding_fen(self) -> int:
        """The sum of all refunds that hold a share: running, failed and done ones alike."""
        return sum(refund.asked_fen for refund in self.refunds if refund.state not in SHARE_FREE)

    @property
    def refunded_fen(self) -> int:
        return sum(refund.amount_fen for refund in self.refunds if refund.state is RefundState.SUCCEEDED)

    @property
    def audited(self) -> bool:
        """People had a hand in it, or looked, or it was mended: its whole history belongs into the audit chain."""
        asked_for = any(refund.origin in {RefundOrigin.STAFF, RefundOrigin.HIS} for refund in self.refunds)
        return asked_for or any(line.what in AUDITED_LINES for line in self.history)

    def at_rest(self) -> bool:
        """True when nothing is owed any more."""
        running = any(refund.state in RUNNING for refund in self.refunds)
        doubted = any(
            effect.kind in {EffectKind.QUERY, EffectKind.FREE, EffectKind.LAPSE}
            or (effect.kind is EffectKind.QUERY_REFUND and self.refund(effect.subject) is None)
            for effect in self.effects
        )
        unaudited = self.audited and self.audited_lines < len(self.history)
        untold = self.state is PaymentState.BOOKED and any(refund.unsettled for refund in self.refunds)
        return self.state in {PaymentState.BOOKED, PaymentState.CLOSED, PaymentState.RETURNED} and not (
            running or doubted or unaudited or untold
        )

    def is_forgotten(self) -> bool:
        """True when it is not at rest and nothing that it owes would bring it there. No payment is; `run.py doctor` looks for one."""
        return not self.at_rest() and all(effect.kind in LOOKS | TELLINGS for effect in self.effects)


def changed(
    payment: Payment,
    what: str,
    *,
    at: datetime,
    by: str = SYSTEM,
    detail: Mapping[str, str] | None = None,
    **fields: object,
) -> Payment:
    """``payment`` one version on, with ``fields`` replaced and one line of history. Every transition ends here, so that no line
    about what people did misses the audit chain.
    """
    line = HistoryEvent(at=at, what=what, by=by, detail=MappingProxyType(dict(detail or {})))
    after = replace(payment, version=payment.version + 1, history=(*payment.history, line), **fields)  # type: ignore[arg-type]
    if after.audited and find(after.effects, str(EffectKind.SEAL)) is None:
        after = replace(after, effects=(*after.effects, Effect(kind=EffectKind.SEAL, due_at=at)))
    return after


def untouched(payment: Payment) -> Payment:
    """``payment`` itself, where somebody outside would act on what it says. Raises Tampered."""
    if payment.tampered:
        raise Tampered(payment.id)
    return payment


def about(payment: Payment, part: Part) -> str:
    """The subject of an effect that concerns the order of ``part``: empty for the first, else the order's number."""
    return "" if part is payment.parts[0] or part.order_no == payment.id else part.order_no


def with_part(payment: Payment, part: Part) -> tuple[Part, ...]:
    """The payment's parts with ``part`` in the place of the one of its kind."""
    return tuple(part if old.kind == part.kind else old for old in payment.parts)


def with_refund(payment: Payment, refund: Refund) -> tuple[Refund, ...]:
    """The payment's refunds with ``refund`` in the place of the one of its id, or added."""
    if payment.refund(refund.id) is None:
        return (*payment.refunds, refund)
    return tuple(refund if old.id == refund.id else old for old in payment.refunds)


def bumped(payment: Payment, **fields: object) -> Payment:
    """``payment`` one version on without a line of history: leases and retries, which nobody wants to read."""
    return replace(payment, version=payment.version + 1, **fields)  # type: ignore[arg-type]

"""The hospital's own system, in both directions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from server.core.ports import RawRequest
from server.patients.model import Origin
from server.patients.ports import PatientDirectory
from server.payments.model import Booking
from server.payments.refund_model import RefundLine


@dataclass(frozen=True, slots=True, kw_only=True)
class HisCapabilities:
    """``longest_call``: a call of ours has its effect within this time after it was sent, or never (his-interface.md section 5). ``told_after``:
    so long after the money came the payer is told that the HIS has not taken the payment yet. ``bills_kept``: for so long a list of unpaid
    bills may be shown as the HIS told it; none: it is asked each time.
    """

    presettle: bool = False
    longest_call: timedelta = timedelta(minutes=5)
    told_after: timedelta = timedelta(minutes=10)
    bills_kept: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What the HIS is told of the money, whatever was paid for. ``channel`` is ``none`` where nothing was to pay."""

    out_trade_no: str
    amount_fen: int
    channel: str
    transaction_id: str
    paid_at: datetime
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundAsked:
    """What the HIS is asked to write off (his-interface.md, refund.check and refund.release)."""

    out_trade_no: str
    out_refund_no: str
    amount_fen: int
    lines: tuple[RefundLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundTold:
    """What became of a refund's money (refund.notify). ``out_refund_no`` is the number under which the HIS wrote it off."""

    out_trade_no: str
    out_refund_no: str
    channel_refund_no: str
    succeeded: bool
    at: datetime


class HospitalSystem(PatientDirectory, Protocol):
    """The HIS, as far as every payment needs it. Refusals come as OutsideRefusal with ``reason_code`` of his-interface.md section 2; ``user_message`` has its words, to be shown and
    never logged."""

    capabilities: HisCapabilities

    async def check(self, out_trade_no: str) -> Booking | None:
        """Our number, or None when the HIS does not have it (yet)."""

    async def refund_check(self, asked: RefundAsked) -> str:
        """Empty when it may be written off, else the reason in the HIS's words, for staff and never logged."""

    async def refund_release(self, asked: RefundAsked) -> str:
        """Write off: nothing can be dispensed any more. The HIS's refund number; the same number of ours gets the first one again."""

    async def refund_notify(self, told: RefundTold) -> None:
        """Repeatable."""


class HisRequestVerifier(Protocol):
    """The opposite direction: requests of the HIS to our `/his/v1/` doors (his-interface.md section 4).

    ``key_ids`` are the keys that name this hospital.
    """

    key_ids: frozenset[str]

    async def verify(self, raw: RawRequest) -> None:
        """Raises Forged for a wrong signature, a stale timestamp or a nonce seen before."""

    def answer(self, raw: RawRequest, body: bytes) -> Mapping[str, str]:
        """Headers that sign ``body`` as the answer to ``raw``."""

"""退费: the part of a payment's document that holds one refund (DESIGN section 3).

    requested ──► approved ──► released ──► submitted ──► succeeded
        │            │ (HIS writes off)         └─► abnormal ─┘
        └─► rejected | withdrawn | expired      the channel's final no: closed

This file has the shapes; the transitions are in `payments.rules.returning` (money) and
`refunds.rules.requests` (people and the HIS).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RefundState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    RELEASED = "released"
    SUBMITTED = "submitted"
    SUCCEEDED = "succeeded"
    ABNORMAL = "abnormal"
    CLOSED = "closed"  # the channel's final no: its share is free again, its number is never sent again
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


RUNNING = frozenset(
    {
        RefundState.REQUESTED,
        RefundState.APPROVED,
        RefundState.RELEASED,
        RefundState.SUBMITTED,
        RefundState.ABNORMAL,
    }
)
ACCEPTED = frozenset({RefundState.SUBMITTED, RefundState.ABNORMAL})
"""The channel has it, and has not said its last word."""
NEVER_SENT = frozenset({RefundState.REJECTED, RefundState.WITHDRAWN, RefundState.EXPIRED})
SHARE_FREE = NEVER_SENT | {RefundState.CLOSED}


class RefundOrigin(StrEnum):
    AUTOMATIC = "automatic"  # money that can't be used goes back without anyone asking
    STAFF = "staff"
    HIS = "his"  # the HIS wrote it off at a window and asked us to send the money
    MERCHANT_CONSOLE = "merchant_console"  # made at the channel, not by us
    ELSEWHERE = "elsewhere"  # reached the payer another way, by the word of two people with proof; never at the channel


_OURS = re.compile(r"R[0-9]{2,3}$")


def short_number(refund_id: str) -> str:
    """``R01`` of one of ours, the last three characters of somebody else's number."""
    found = _OURS.search(refund_id)
    return found[0] if found else refund_id[-3:]


REASONS = {
    "duplicate": "重复缴费",
    "wrong_item": "开错项目",
    "not_done": "项目未做",
    "out_of_stock": "药品缺货",
    "window": "窗口退费",
    "settlement": "结算退回",
    "balance": "退还余额",
    "other": "其他原因",
}
"""What staff may say why, and what the payer reads at the channel: never free words, which may name somebody."""


CASH = "cash"
"""The kind of part that most payments have, and have alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundLine:
    """The part of a refund that is of one item of one charge (`subject.Charge`)."""

    charge_no: str
    item_no: str
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """退费. ``id`` is the out_refund_no: the payment's id + ``R`` + two digits.

    ``request_id`` names the tap that asked for it: the same one again asks for nothing new.
    ``approval_reasons`` say why a second person must agree (empty: nobody need); ``note`` is the asker's own words and ``his_words``
    those of the HIS, or of whoever said no to it, both sealed. ``written_off_as`` is the number under which the HIS wrote it off: its own, or that of an earlier try which
    the channel refused. ``his_settled_at`` is when the HIS knew of the money that has gone (or would not hear of it).
    ``part`` is the kind of the part of the payment whose money it is; ``rest_fen`` of the same request goes back from later parts when this money has gone. ``covered_by`` is the console's refund to which this one gave way, ``covered_fen`` how much of a console's refund such ones had been.
    """

    id: str
    amount_fen: int
    origin: RefundOrigin
    reason: str
    state: RefundState
    at: datetime
    channel_refund_id: str | None = None
    finished_at: datetime | None = None
    lines: tuple[RefundLine, ...] = ()
    rest_fen: int = 0
    request_id: str = ""
    asked_by: str = ""
    requested_via: str = ""
    approval_reasons: tuple[str, ...] = ()
    note: str = ""
    expires_at: datetime | None = None
    decided_by: str = ""
    his_refund_no: str = ""
    written_off_as: str = ""
    his_words: str = ""
    his_settled_at: datetime | None = None
    covered_by: str = ""
    covered_fen: int = 0
    part: str = CASH

    @property
    def asked_fen(self) -> int:
        """What was asked for in one request, as far as its money is still to go: of this part and of later ones."""
        return self.amount_fen + self.rest_fen

    @property
    def unsettled(self) -> bool:
        """The refund's money has gone (or that of the console's refund to which it gave way), and the HIS that booked the payment does not know
        yet. What goes back by itself was never booked.
        """
        gone = self.covered_by or (self.state is RefundState.SUCCEEDED and self.origin is not RefundOrigin.AUTOMATIC)
        return bool(gone) and self.his_settled_at is None

"""了结: the shape of an act by which people end a payment that no rule can end; the rules are in `ending_acts`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EndingAct(StrEnum):
    """How people end a payment that no rule can end (`payments.rules.ending_acts`)."""

    BOOK_AS_IS = "book_as_is"  # the HIS's record is accepted as it is
    REFUND_REST = "refund_rest"  # what is left goes back to the payer
    SETTLED_ELSEWHERE = "settled_elsewhere"  # the money has reached the payer another way, with proof
    WRITTEN_OFF = "written_off"  # the HIS, which never answered, has written the refund off, with proof: its money goes
    GIVEN_UP = "given_up"  # the HIS has not written it off, with proof: nothing is sent
    CANCELLED_IN_HIS = "cancelled_in_his"  # what the HIS held of returned money is cancelled there


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """One act, proposed by one person and waiting for another. ``mark`` is what the proposer saw (`ending_acts.seen_mark`), ``proof`` the
    receipt's number, date and whatever else shows it, sealed; ``amount_fen`` is what was settled elsewhere, else 0.
    """

    act: EndingAct
    amount_fen: int
    by: str
    at: datetime
    mark: int
    ticket: str
    proof: str = ""
    agreed_by: str = ""

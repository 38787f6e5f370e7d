"""待认领的钱: the document of verified money that fits no payment, from when it is first told until people have ended it.

    open ──► returning ──► settled      two people sent it back, and the channel has paid it back
      │  ◄──────┘    │                  the channel's final no: people decide again
      └──────────────┴──► settled       two people say that it is settled another way

The first record of an id stays; a repeat of the same money is the same money. The rules are in `rules.unclaimed_acts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.core.history import HistoryEvent
from server.effects.model import Effect, earliest


class UnclaimedState(StrEnum):
    OPEN = "open"  # people must decide
    RETURNING = "returning"  # two people sent it back; its refund is on its way
    SETTLED = "settled"  # ended


class UnclaimedAct(StrEnum):
    """How people end money that fits no payment."""

    SEND_BACK = "send_back"  # all of it goes back to the payer
    SETTLED_ELSEWHERE = "settled_elsewhere"  # it is another system's, or has been settled by hand, with proof
    IN_PAYMENT = "in_payment"  # our payment of this number holds it by now


@dataclass(frozen=True, slots=True, kw_only=True)
class UnclaimedEnding:
    """One act, proposed by ``by`` and agreed to by ``agreed_by``, who is empty while it waits. ``mark`` is what the proposer saw
    (`unclaimed_acts.seen_mark`), ``proof`` what they wrote, sealed.
    """

    act: UnclaimedAct
    by: str
    at: datetime
    mark: int
    ticket: str
    proof: str = ""
    agreed_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnclaimedMoney:
    """Money of one transaction at a channel, or one refund there. ``id`` is unique per hospital: channel and transaction, or channel,
    order and number of a refund. ``transaction_id`` is the channel's number of the payment or of the refund.

    ``ending`` waits for a second person, ``ended`` was agreed to. ``refund_no`` is the number under which it goes back,
    ``refunds_closed`` counts the numbers that the channel has refused for good. ``audited_lines`` counts the lines of the history that
    stand in the audit chain. ``tampered``: somebody changed what is stored; never stored itself.
    """

    hospital: str
    id: str
    channel: str
    out_trade_no: str
    transaction_id: str
    kind: str  # payment | refund
    amount_fen: int
    reason: str
    at: datetime
    version: int = 1
    state: UnclaimedState = UnclaimedState.OPEN
    ending: UnclaimedEnding | None = None
    ended: UnclaimedEnding | None = None
    refund_no: str = ""
    refunds_closed: int = 0
    effects: tuple[Effect, ...] = ()
    history: tuple[HistoryEvent, ...] = ()
    audited_lines: int = 0
    tampered: bool = False

    @property
    def next_due(self) -> datetime | None:
        return earliest(self.effects)

    @property
    def settled(self) -> bool:
        """Nobody needs to look at it any more. What somebody changed in the database is never settled."""
        return self.state is UnclaimedState.SETTLED and not self.tampered

"""What of an old balance can go back now, and under which request. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from server.payments.model import Payment
from server.payments.refund_model import SHARE_FREE, Refund, RefundState
from server.payments.rules.outside_refunds import gone_fen
from server.refunds.model import Deposit
from server.refunds.rules.shares import ShareState, state_of

REQUEST = "old-balance"
_NOT_WRITTEN_OFF = frozenset({RefundState.REQUESTED, RefundState.APPROVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Returning:
    """One part of a balance that was asked back."""

    way: str
    amount_fen: int
    asked_at: datetime
    state: ShareState


def is_lot_of(payment: Payment, card_no: str) -> bool:
    """May ``payment`` be money of this card's balance? The HIS has put it there, whatever it was paid for."""
    return payment.personal.card_no == card_no


def request_of(payment: Payment) -> str:
    """The request under which the lot ``payment`` is asked for money now: two taps on the same page ask once."""
    return f"{REQUEST}-{len(_asked(payment)) + 1}"


def still_in_balance_fen(told: Deposit, payment: Payment) -> int:
    """How much of the lot ``payment`` is on its way although the HIS still counts it: not written off yet, or later than what it told. No
    more than the HIS has left of the lot: it may have written off what we have not heard of.
    """
    asked = [refund for refund in _asked(payment) if refund.state not in SHARE_FREE]
    waiting_fen = sum(refund.amount_fen for refund in asked if refund.state in _NOT_WRITTEN_OFF)
    untold_fen = sum(refund.amount_fen for refund in asked) - told.returned_fen
    return min(max(waiting_fen, untold_fen, 0), told.amount_fen - told.returned_fen)


def by_our_books(told: Sequence[Deposit], ours: Mapping[str, Payment]) -> tuple[tuple[Deposit, ...], int]:
    """The lots as they are once all that was asked has gone, and how much that is."""
    on_its_way = {number: _on_its_way_fen(told, payment) for number, payment in ours.items()}
    after = tuple(_after(one, on_its_way.get(one.out_trade_no, 0)) for one in told)
    return after, sum(on_its_way.values())


def returning_of(ours: Mapping[str, Payment]) -> tuple[Returning, ...]:
    """All that was asked back of these lots, the newest first. A number that follows one which the channel refused takes its place; of one that
    gave way to the console's, or to what finance did, it is what that one brought.
    """
    found = [
        Returning(
            way=payment.part_of(refund).channel,
            amount_fen=gone_fen(payment, refund),
            asked_at=refund.at,
            state=state_of(payment, refund),
        )
        for payment in ours.values()
        for refund in _asked(payment)
        if refund.covered_by or refund.state is not RefundState.CLOSED
    ]
    return tuple(sorted(found, key=lambda one: one.asked_at, reverse=True))


def _asked(payment: Payment) -> list[Refund]:
    return [refund for refund in payment.refunds if refund.request_id.startswith(f"{REQUEST}-")]


def _on_its_way_fen(told: Sequence[Deposit], payment: Payment) -> int:
    return sum(still_in_balance_fen(one, payment) for one in told if one.out_trade_no == payment.id)


def _after(told: Deposit, on_its_way_fen: int) -> Deposit:
    return replace(told, returned_fen=min(told.returned_fen + on_its_way_fen, told.amount_fen))

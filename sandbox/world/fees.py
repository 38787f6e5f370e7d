"""What a payment platform keeps of a merchant's money: a share of each payment, given back with each refund."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

POINTS_MAX = 10_000
Share = Annotated[int, Field(ge=0, lt=POINTS_MAX)]
"""Basis points: 60 are 0.60 %."""


def fee_fen(amount_fen: int, basis_points: int) -> int:
    """The fee of a payment, rounded half up to the fen."""
    return (amount_fen * basis_points * 2 + POINTS_MAX) // (2 * POINTS_MAX)


def fee_back_fen(fee_fen: int, total_fen: int, refunded_fen: int, given_back_fen: int) -> int:
    """What comes back with a refund after which ``refunded_fen`` of ``total_fen`` are refunded: all refunds of a payment together
    give back its whole fee, to the fen. ``given_back_fen`` came back with the earlier ones.
    """
    return fee_fen * refunded_fen // total_fen - given_back_fen

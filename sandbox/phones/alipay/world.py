"""What an Alipay phone must be told by the sandbox's world, beyond the public JSON controls that its page uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """A trade that the app made. ``buyer_id`` is the one who may pay it; ``payable`` why or that it can still be paid."""

    trade_no: str
    buyer_id: str
    amount_fen: int
    description: str
    payee: str
    payable: Literal["yes", "paid", "closed"]


class AlipayWorld(Protocol):
    def user_id_of(self, number: int) -> str | None:
        """The user_id of person ``number`` (from 1)."""

    def trade(self, trade_no: str) -> Trade | None: ...

"""The bank book 银行到账簿 of a hospital: what its channels have paid out and what has arrived at its banks, whichever file told of it.

A payout 提现 leaves a channel's account under a number of its own and arrives some days later, alone or in parts, in one of the hospital's
accounts. It is matched by its number, else by its amount, and never by day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from server.core.days import hospital_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Money that came into ``account``. ``numbers`` are what stands in the bank's words in the way of numbers; the words are not kept,
    because other people's transfers have names in them.
    """

    account: str
    number: str
    amount_fen: int
    at: datetime
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """``number`` and ``channel_no`` are the two numbers that a fund statement has for it. ``arrivals`` is what has come of it so far."""

    channel: str
    number: str
    channel_no: str
    amount_fen: int
    at: datetime
    arrivals: tuple[Arrival, ...] = ()

    @property
    def arrived_fen(self) -> int:
        return sum(each.amount_fen for each in self.arrivals)

    @property
    def day(self) -> date:
        return hospital_day(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFile:
    """A bank's file that somebody has handed in, kept under ``sha256``. It tells of ``account`` from ``first`` to ``last``."""

    sha256: str
    account: str
    first: date
    last: date
    rows: int
    came_fen: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BankBook:
    """``waiting`` are arrivals that belong to no payout yet, or never will. ``version`` is 0 before anything was kept."""

    hospital: str
    version: int = 0
    payouts: tuple[Payout, ...] = ()
    waiting: tuple[Arrival, ...] = ()
    files: tuple[BankFile, ...] = ()
    tampered: bool = False  # found when it was read: somebody changed what is stored; never stored itself

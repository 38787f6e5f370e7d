"""门诊余额: what is left on an outpatient card, as the HIS tells of it (docs/his-interface.md section 11). Money is fen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.refunds.model import Deposit, LotOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class OldBalance:
    """``lots``: the sums that were paid in, those of which nothing is left, too; spent money is in none of them by name, so together they
    may have more left than ``balance_fen``. ``window``: where the hospital pays out what can't go back the way it came, in its own words.
    """

    card_no: str
    patient_name: str
    balance_fen: int
    lots: tuple[Deposit, ...]
    order: LotOrder
    window: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedBalance:
    """One line of the hospital's list of all balances. ``phone`` is the patient's as the HIS has it; empty where it has none."""

    card_no: str
    patient_name: str
    phone: str
    balance_fen: int


@dataclass(frozen=True, slots=True)
class ListPlace:
    """Where to go on in the HIS's list: behind the card ``last``, the ``count``-th as far as it was read; the beginning where it is empty.
    ``by_card``: the HIS finds this place itself.
    """

    count: int = 0
    last: str = ""
    by_card: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancePage:
    """``total``: how many lines the whole list has; ``before``: how many of them stand before these. ``next`` is None at the end."""

    total: int
    lines: tuple[ListedBalance, ...]
    before: int = 0
    next: ListPlace | None = None


class WhyNot(StrEnum):
    """Why somebody with a balance was not reached. NOT_TOLD: the message is owed still."""

    NOBODY_BOUND = "nobody_bound"
    NOT_TOLD = "not_told"
    NO_PHONE = "no_phone"
    NO_SMS = "no_sms"
    REFUSED = "refused"
    NOT_DELIVERED = "not_delivered"


@dataclass(frozen=True, slots=True)
class Unreached:
    """``since``: from when on it is so; None where nobody knows."""

    balance: ListedBalance
    why: WhyNot
    since: datetime | None


@dataclass(frozen=True, slots=True)
class UnreachedPage:
    """Whom of a page of the HIS's list no message reached, in its order. ``first`` and ``last``: the lines of the HIS's list that were looked
    at, counted from 1, of ``total``. ``next``: the text by which one goes on, empty at the end (`places`).
    """

    found: tuple[Unreached, ...]
    first: int
    last: int
    total: int
    next: str = ""

    @property
    def sum_fen(self) -> int:
        return sum(one.balance.balance_fen for one in self.found)

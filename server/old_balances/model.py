"""门诊余额: what is left on an outpatient card, as the HIS tells of it (docs/his-interface.md section 11). Money is fen."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancePage:
    """``total``: how many lines the whole list has."""

    total: int
    lines: tuple[ListedBalance, ...]

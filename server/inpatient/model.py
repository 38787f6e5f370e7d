"""住院: admissions, their deposits and their days, as the HIS tells of them (docs/his-interface.md section 8). Money is fen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from server.refunds.model import LotOrder

DEPOSIT, DISCHARGE = "deposit", "discharge"
"""The names of the purposes: paying in, and settling at the end."""


class AdmissionState(StrEnum):
    ADMITTED = "admitted"
    DISCHARGED = "discharged"  # has left the ward, not settled yet
    SETTLED = "settled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Names one admission: the number (住院号), and which stay under this number it is (住院次数)."""

    admission_no: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """One stay in the hospital. ``deposits_fen`` were paid in and not given back, ``spent_fen`` is what everything has cost so far,
    ``own_fen`` the patient's own part of that. ``left_fen`` of the deposits, or ``owed_fen``: one of them is 0. ``low_reason``: the HIS's
    words why more should be paid in; empty where it need not.
    """

    stay: Stay
    card_no: str
    patient_name: str
    department: str
    ward: str
    bed: str
    doctor: str
    admitted_at: datetime
    discharged_at: datetime | None
    state: AdmissionState
    deposits_fen: int
    spent_fen: int
    own_fen: int
    left_fen: int
    owed_fen: int
    low_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositQuote:
    """``needed_fen`` is the most that the HIS takes now, 0 where nothing is needed; ``reason`` is its words for it. ``cap_fen`` is the
    legal limit of the whole deposit, None where the HIS names none.
    """

    needed_fen: int
    reason: str
    cap_fen: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayItem:
    """``amount_fen`` is below 0 where the HIS took something back (冲销)."""

    name: str
    spec: str
    unit: str
    quantity: str
    unit_price_fen: int
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayKind:
    """All of a day that is of one kind of item: 床位, 西药, 检查."""

    category: str
    amount_fen: int
    items: tuple[DayItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayList:
    """一日清单."""

    day: date
    amount_fen: int
    kinds: tuple[DayKind, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KindSum:
    """All of a stay that is of one kind of item."""

    category: str
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Presettlement:
    """出院预结算: what the HIS would settle now. ``number`` names this very calculation: it is another one when a sum changes.
    ``to_pay_fen`` or ``to_return_fen`` is 0: so they say who owes whom.
    """

    number: str
    total_fen: int
    fund_fen: int
    account_fen: int
    own_fen: int
    deposits_fen: int
    to_pay_fen: int
    to_return_fen: int
    order: LotOrder
    kinds: tuple[KindSum, ...] = ()

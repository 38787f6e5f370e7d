"""What a payment is for, in words that every purpose has: what is charged, and what the purpose itself must know again later.

A purpose writes it when it quotes; afterwards it never changes. Storage seals it whole, with the personal data of the payment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeItem:
    """费用明细 (FHIR ChargeItem). ``quantity`` is decimal text as the HIS wrote it; prices are fen.

    ``own_fen`` is the patient's own part of ``amount_fen``; None where the HIS does not say it per item.
    """

    item_no: str
    name: str
    category: str
    spec: str
    unit: str
    quantity: str
    unit_price_fen: int
    amount_fen: int
    own_fen: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One thing that is paid for (FHIR Invoice): a bill, a registration, a deposit. ``number`` is the HIS's number of it, which people hold.

    ``own_fen`` is what the patient pays; the other three are None where the HIS does not know the split.
    """

    number: str
    kind: str
    department: str
    doctor: str
    issued_at: datetime
    own_fen: int
    total_fen: int | None = None
    fund_fen: int | None = None
    account_fen: int | None = None
    items: tuple[ChargeItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """``facts`` is text of the purpose's own, which nobody else reads. It must name nobody: an erasure leaves it as it is."""

    charges: tuple[Charge, ...]
    facts: str = ""

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(charge.number for charge in self.charges)

    @property
    def departments(self) -> tuple[str, ...]:
        """Each once, in the order of the charges; a charge may name none."""
        return tuple(dict.fromkeys(charge.department for charge in self.charges if charge.department))

    @property
    def has_items(self) -> bool:
        return any(charge.items for charge in self.charges)

"""What outpatient bills need of the HIS, beside what every payment needs of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from server.payments.his_ports import HospitalSystem, Paid
from server.payments.model import Booking
from server.payments.purposes.bills.model import Bill


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmRequest(Paid):
    """What the HIS is told of paid bills (docs/his-interface.md, bill.confirm)."""

    card_no: str
    bill_nos: tuple[str, ...]


class BillSystem(HospitalSystem, Protocol):
    """The HIS as it bills outpatients."""

    async def unpaid_bills(self, card_no: str) -> Sequence[Bill]: ...

    async def bill(self, card_no: str, bill_no: str) -> Bill | None:
        """The bill with its items; bills that are paid, too."""

    async def presettle(self, card_no: str, bill_nos: Sequence[str]) -> int:
        """The own part in fen after the insurance has been asked; only called where the capability says so."""

    async def confirm(self, request: ConfirmRequest) -> Booking: ...


BillSystems = Mapping[str, BillSystem]
"""By hospital."""

"""What can be paid for here: every purpose under its name. A new purpose is one line in `purposes_by_name`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from server.app.services import Adapters
from server.payments.hospital import Hospital
from server.payments.purpose import Purposes
from server.payments.purposes.bills.ports import BillSystem
from server.payments.purposes.bills.purpose import BillsPurpose
from server.payments.purposes.bills.service import BillService


def bill_systems(hospitals: Mapping[str, Hospital]) -> Mapping[str, BillSystem]:
    """The HIS of each hospital as it bills outpatients. `Hospital.his` says less, because payments know no bills; one adapter is both."""
    return {name: cast(BillSystem, hospital.his) for name, hospital in hospitals.items()}


def purposes_by_name(adapters: Adapters, bills: BillService) -> Purposes:
    hospitals = adapters.hospitals
    known = (
        BillsPurpose(hospitals, bill_systems(hospitals), bills, adapters.clock),
        *adapters.more_purposes,
    )
    return {purpose.name: purpose for purpose in known}

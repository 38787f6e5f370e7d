"""What can be paid for here: every purpose under its name. A new purpose is one line in `paid_for`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from server.app.services import Adapters
from server.inpatient.admissions import AdmissionService
from server.inpatient.deposit_purpose import DepositPurpose
from server.inpatient.discharge import DischargeService
from server.inpatient.discharge_purpose import DischargePurpose
from server.inpatient.ports import InpatientSystem, InpatientSystems
from server.inpatient.wristbands import WristbandService
from server.old_balances.ports import OldBalanceSystem
from server.old_balances.service import OldBalanceService
from server.patients.ports import CardStore
from server.payments.hospital import Hospital
from server.payments.ledger import Transitions
from server.payments.purpose import Purpose, Purposes
from server.payments.purposes.bills.bill_list_cache import BillListCache
from server.payments.purposes.bills.ports import BillSystem
from server.payments.purposes.bills.purpose import BillsPurpose
from server.payments.purposes.bills.service import BillService
from server.refunds.lots import LotReader
from server.registration.purpose import RegistrationPurpose


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidFor:
    """The purposes, and what their pages ask beside them."""

    purposes: Purposes
    bills: BillService
    admissions: AdmissionService
    wristbands: WristbandService
    discharges: DischargeService


class _HasInpatients(Protocol):
    inpatient: InpatientSystem | None


class _HasOldBalances(Protocol):
    old_balances: OldBalanceSystem | None


def bill_systems(hospitals: Mapping[str, Hospital]) -> Mapping[str, BillSystem]:
    """The HIS of each hospital as it bills outpatients. `Hospital.his` says less, because payments know no bills; one adapter is both."""
    return {name: cast(BillSystem, hospital.his) for name, hospital in hospitals.items()}


def inpatient_systems(hospitals: Mapping[str, Hospital]) -> InpatientSystems:
    """The HIS of each hospital that looks after inpatients by our interface."""
    found = {name: cast(_HasInpatients, hospital.his).inpatient for name, hospital in hospitals.items()}
    return {name: system for name, system in found.items() if system is not None}


def old_balances(adapters: Adapters, cards: CardStore, transitions: Transitions) -> OldBalanceService:
    """What goes back to outpatients: nothing of it is paid for here."""
    hospitals, clock = adapters.hospitals, adapters.clock
    found = {name: cast(_HasOldBalances, hospital.his).old_balances for name, hospital in hospitals.items()}
    systems = {name: system for name, system in found.items() if system is not None}
    lots = LotReader(hospitals, adapters.stores.payments, clock)
    return OldBalanceService(systems, cards, lots, transitions, adapters.sealer, clock)


def paid_for(adapters: Adapters, cards: CardStore, transitions: Transitions, bill_lists: BillListCache) -> PaidFor:
    hospitals, sealer, clock, payments = adapters.hospitals, adapters.sealer, adapters.clock, adapters.stores.payments
    systems = bill_systems(hospitals)
    bills = BillService(systems, bill_lists, cards, payments, sealer, clock)
    admissions = AdmissionService(inpatient_systems(hospitals), cards, sealer)
    wristbands = WristbandService(hospitals, admissions, sealer, clock)
    discharges = DischargeService(admissions, LotReader(hospitals, payments, clock), payments)
    known: Sequence[Purpose] = (
        BillsPurpose(hospitals, systems, bills, clock),
        DepositPurpose(hospitals, admissions, wristbands),
        DischargePurpose(hospitals, admissions, discharges, transitions, clock),
        RegistrationPurpose(hospitals, adapters.registration, cards, payments, sealer, clock),
        *adapters.more_purposes,
    )
    by_name = {purpose.name: purpose for purpose in known}
    return PaidFor(purposes=by_name, bills=bills, admissions=admissions, wristbands=wristbands, discharges=discharges)

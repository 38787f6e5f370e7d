"""What registration needs of the HIS (docs/his-interface.md section 9), beside what every payment needs of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from server.patients.model import Origin, Patient
from server.payments.his_ports import Paid
from server.payments.model import Booking
from server.registration.doctor_model import Doctor
from server.registration.model import Department, QueuePlace, Shift, ShiftSlots
from server.registration.record_model import Record
from server.registration.rules.at_window import WindowRule
from server.registration.rules.being_here import Site
from server.registration.rules.hospital_rules import RegistrationRules
from server.registration.waiting_model import Wait


@dataclass(frozen=True, slots=True, kw_only=True)
class LockAsked:
    """A number is to be held under our number until ``until`` (reg.lock)."""

    out_trade_no: str
    slot_no: str
    card_no: str
    amount_fen: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationPaid(Paid):
    """What the HIS is told of a paid number (reg.confirm)."""

    slot_no: str
    card_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveAsked:
    """A number is taken under our number, to be paid at the window until ``pay_until`` (reg.reserve)."""

    out_trade_no: str
    slot_no: str
    card_no: str
    fee_fen: int
    pay_until: datetime
    origin: Origin


class RegistrationSystem(Protocol):
    """The HIS as it gives out numbers. All raise OutcomeUnknown and NotSent; what changes something raises OutsideRefusal with words."""

    async def patient(self, card_no: str) -> Patient | None: ...

    async def departments(self) -> Sequence[Department]:
        """The departments that take registrations, in the HIS's order."""

    async def doctors(self) -> Sequence[Doctor]:
        """The doctors who may have shifts, by department. Asked only where the hospital lists them (`RegistrationOffer.lists_doctors`)."""

    async def shifts(self, department_no: str, first: date, last: date) -> Sequence[Shift]:
        """The shifts of these days, both included; stopped and replaced ones too."""

    async def slots(self, schedule_no: str) -> ShiftSlots | None:
        """The shift with its free numbers; None when there is no such shift."""

    async def records(self, card_no: str, first: date, last: date) -> Sequence[Record]:
        """What the patient of this card has or had of numbers of these days, both included, whatever the card, the way and the phone. Asked
        only where a rule counts (`RegistrationRules.counts`).
        """

    async def queue(self, out_trade_no: str) -> QueuePlace | None:
        """Where the patient of a booked number stands; None where the HIS has no queue of it."""

    async def check_in(self, out_trade_no: str, point: str) -> None:
        """The patient is here. Repeatable; refused with words when it is too early or too late."""

    async def wait(self, card_no: str, schedule_no: str) -> None:
        """The patient waits for a number of this full shift. Repeatable; refused with words where the shift is not full or the list is.
        This and the next two are asked only where the hospital has waiting lists (`RegistrationOffer.has_waiting_lists`).
        """

    async def end_wait(self, card_no: str, schedule_no: str) -> None:
        """The patient waits no longer; what is offered to them goes to the next. Repeatable."""

    async def waits(self, card_no: str) -> Sequence[Wait]:
        """Every list on which the patient of this card stands."""

    async def lock(self, asked: LockAsked) -> None:
        """The same number of ours with the same content is locked once. Refused after `unlock` of that number, and where the number is taken."""

    async def unlock(self, out_trade_no: str) -> None:
        """Frees what is locked under our number, never what is booked. Repeatable; of nothing locked, a later lock is refused."""

    async def confirm(self, paid: RegistrationPaid) -> Booking:
        """Booked for good, though the lock may have ended, while nobody else has the number. The same content gets the first result again."""

    async def reserve(self, asked: ReserveAsked) -> Booking:
        """Booked until `ReserveAsked.pay_until`, and for good when the window has taken the fee by then. The same content gets the first
        result again. Asked only where the hospital has its numbers paid at the window (`RegistrationOffer.at_window`).
        """

    async def cancel(self, out_trade_no: str) -> None:
        """Gives back a number that cost nothing, or that nobody has paid at the window. Repeatable. Refused with words for one that is used
        or paid.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationOffer:
    """A hospital that takes registrations here: by which system, under which rules. ``lists_doctors``: its HIS has a list of doctors.
    ``has_waiting_lists``: its HIS lets patients wait for a number of a full shift. ``at_window``: which numbers may be paid at the window;
    None where its HIS knows no such. ``sites``: at which places of the hospital a patient is here.
    """

    system: RegistrationSystem
    rules: RegistrationRules
    lists_doctors: bool = False
    has_waiting_lists: bool = False
    at_window: WindowRule | None = None
    sites: tuple[Site, ...] = ()


Offers = Mapping[str, RegistrationOffer]
"""By hospital; one that takes no registrations is not in it."""

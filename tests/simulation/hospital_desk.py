"""What people at the hospital do in their own system: take money at the window, edit and withdraw bills."""

from __future__ import annotations

import contextlib
import random

from sandbox.hospital.catalogue import invented_bill, patient_of_person
from sandbox.hospital.errors import No
from sandbox.hospital.his import BILL, PATIENT
from sandbox.hospital.ledger import RELEASE, TRADE
from sandbox.outside import Outside
from sandbox.world.people import Person
from sandbox.world.scene import Scene
from sandbox.world.wire import Request

FREE_BILL = 12
"""Number of a bill that the insurance pays in full (see the catalogue)."""


def open_hospital(scene: Scene, people: tuple[Person, ...], seed: int) -> list[str]:
    """A small hospital for one run, instead of the demo's hundreds of patients. The numbers of its bills, the contested one first."""
    dice = random.Random(f"hospital/{seed}")
    now, numbers = scene.clock.now(), []
    patients = [patient_of_person(person) for person in people]
    for patient in patients:
        for card in patient["cards"]:
            scene.records.put(PATIENT, card, patient)
    for line in range(2 + dice.randrange(3)):
        patient = patients[0] if line < 2 else patients[dice.randrange(len(patients))]
        number = FREE_BILL if line == 3 else line + 1
        group = f"{patient['patient_id']}-{'A' if line < 2 else 'B'}"
        bill = invented_bill(dice, number, patient, now, group)
        numbers.append(bill["bill_no"])
        scene.records.put(BILL, bill["bill_no"], bill)
    return numbers


class HospitalDesk:
    """``gruff``: this HIS answers ALREADY_PAID to a number that it has booked itself, as many do (his-interface.md section 3)."""

    def __init__(self, outside: Outside, *, gruff: bool) -> None:
        self._outside = outside
        self._gruff = gruff
        self._records = outside.scene.records

    def pay_at_window(self, bill_no: str) -> str:
        with contextlib.suppress(No):  # it is paid or withdrawn already
            self._outside.hospital.his.pay_at_window(bill_no)
        return self._status(bill_no)

    def withdraw(self, bill_no: str) -> str:
        """The doctor takes the prescription back; a paid bill stays."""
        bill = self._records.get(BILL, bill_no)
        if bill is not None and bill["status"] == "unpaid":
            self._records.put(BILL, bill_no, {**bill, "status": "cancelled"})
        return self._status(bill_no)

    def edit(self, bill_no: str, more_fen: int) -> str:
        """A prescription is changed: the own part grows."""
        bill = self._records.get(BILL, bill_no)
        if bill is not None and bill["status"] == "unpaid":
            own, total = bill["own_fen"] + more_fen, bill["total_fen"] + more_fen
            self._records.put(BILL, bill_no, {**bill, "own_fen": own, "total_fen": total})
        return self._status(bill_no)

    def knows(self, confirm: Request) -> bool:
        return self._records.get(TRADE, str(confirm.json().get("out_trade_no"))) is not None

    def write_another_amount(self, confirm: Request, more_fen: int) -> bool:
        """The HIS has this payment now, and at another amount than it was told. False if it has not taken it."""
        number = str(confirm.json().get("out_trade_no"))
        trade = self._records.get(TRADE, number)
        if trade is None or not trade["amount_fen"] or trade["amount_fen"] + more_fen <= 0:
            return False
        self._records.put(TRADE, number, {**trade, "amount_fen": trade["amount_fen"] + more_fen})
        return True

    def cancel(self, out_trade_no: str) -> None:
        """A clerk cancels in the HIS what it has booked under this number; the bill ends with it."""
        trade = self._records.get(TRADE, out_trade_no)
        for bill_no in trade["bill_nos"] if trade is not None else ():
            bill = self._records.get(BILL, bill_no)
            if bill is not None:
                self._records.put(BILL, bill_no, {**bill, "status": "cancelled"})
        self._records.drop(TRADE, out_trade_no)

    def forget(self, out_trade_no: str, *, for_good: bool = False) -> None:
        """The HIS comes back from a backup in which this booking is not: its bills can be paid again; ``for_good``, they are not in it either."""
        trade = self._records.get(TRADE, out_trade_no)
        for bill_no in trade["bill_nos"] if trade is not None else ():
            bill = self._records.get(BILL, bill_no)
            if bill is not None:
                self._records.put(BILL, bill_no, {**bill, "status": "cancelled" if for_good else "unpaid"})
        self._records.drop(TRADE, out_trade_no)

    def is_gruff_about(self, confirm: Request) -> bool:
        asked = confirm.json()
        return self._gruff and self._records.get(TRADE, str(asked.get("out_trade_no"))) is not None

    def has_written_off(self, out_refund_no: str) -> bool:
        return self._records.get(RELEASE, out_refund_no) is not None

    def _status(self, bill_no: str) -> str:
        bill = self._records.get(BILL, bill_no)
        return "no such bill" if bill is None else f"{bill['status']} {bill['own_fen']}"

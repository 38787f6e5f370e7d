"""The HIS as a state machine: patients, bills and what was paid for them (docs/his-interface.md section 3)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from sandbox.hospital.attendance import Attendance
from sandbox.hospital.catalogue import first_morning, invented_bill, patient_of_person
from sandbox.hospital.clinic_queue import ClinicQueue
from sandbox.hospital.day_list import NAME as DAY_LIST
from sandbox.hospital.day_list import DayList
from sandbox.hospital.errors import No
from sandbox.hospital.inpatients import ADMISSION, Inpatients
from sandbox.hospital.ledger import RELEASE, TRADE, Ledger
from sandbox.hospital.old_balances import BALANCE, OldBalances
from sandbox.hospital.registration import Registration
from sandbox.hospital.reports import REPORT, Reports
from sandbox.hospital.reservations import Reservations
from sandbox.hospital.takings import Takings
from sandbox.hospital.waiting_list import WaitingList
from sandbox.hospital.window import Window
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

PATIENT, BILL, COUNTER = "his.patient", "his.bill", "his.counter"
SEED = 20260101
OPEN = "unpaid"


class Hospital:
    """``functions`` by the names of the interface; each takes the request's object and returns ``data``."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.registration = Registration(scene, self.patient_query)
        self.reservations = Reservations(scene, self.registration)
        self.attendance = Attendance(scene, self.patient_query)
        self._ledger = Ledger(scene, self.bills, self.set_status, self.registration)
        self.window = Window(scene, self._ledger)
        self.takings = Takings(scene)
        self.inpatients = Inpatients(scene, self._ledger)
        self.old_balances = OldBalances(scene, self._ledger, self.patient_query)
        self.reports = Reports(scene)
        self.day_list = DayList(scene, self.takings, self._named)
        self._of_card: dict[str, list[str]] = {}
        self._indexed = 0
        self.clinic_queue = ClinicQueue(scene)
        self.waiting_list = WaitingList(scene, self.registration, self.patient_query)
        self.functions: dict[str, Callable[[Record], Record]] = {
            "patient.query": self.patient_query,
            "bills.unpaid": self.bills_unpaid,
            "bill.detail": self.bill_detail,
            "bill.presettle": self.presettle,
            "bill.confirm": self._ledger.confirm,
            "trade.check": self._ledger.check,
            "refund.check": self._ledger.refund_check,
            "refund.release": self._ledger.refund_release,
            "refund.notify": self._ledger.refund_notify,
            DAY_LIST: self.day_list.answer,
            **self.inpatients.functions,
            **self.old_balances.functions,
            **self.registration.functions,
            **self.reservations.functions,
            **self.attendance.functions,
            **self.clinic_queue.functions,
            **self.waiting_list.functions,
            **self.reports.functions,
        }

    def open(self) -> None:
        """The first morning, if it has not been yet."""
        records = self._scene.records
        if not records.count(PATIENT):
            patients, bills = first_morning(SEED, self._scene.people, self._scene.clock.now())
            with records.together():
                for patient in patients:
                    for card in patient["cards"]:
                        records.put(PATIENT, card, patient)
                for bill in bills:
                    records.put(BILL, bill["bill_no"], bill)
                records.put(COUNTER, "bills", {"last": len(bills)})
        if not records.count(ADMISSION):
            with records.together():
                people = [patient_of_person(person) for person in self._scene.people]
                self.inpatients.open(people, self._scene.clock.now())
        if not records.count(BALANCE):
            with records.together():
                people = [patient_of_person(person) for person in self._scene.people]
                self.old_balances.open(people, self._scene.clock.now())
        if not records.count(REPORT):
            with records.together():
                self.reports.open(self._scene.clock.now())
        self._index()

    def _index(self) -> None:
        """Which bills a card has; anew whenever somebody else has put bills into the records."""
        self._of_card = {}
        for bill in self._scene.records.all(BILL):
            self._of_card.setdefault(bill["card_no"], []).append(bill["bill_no"])
        self._indexed = self._scene.records.count(BILL)

    # ---- questions -----------------------------------------------------------------------------------------------------------------

    def patient_query(self, asked: Record) -> Record:
        found = self._scene.records.get(PATIENT, str(asked.get("card_no", "")))
        if found is None and "card_no" not in asked:
            same = (
                p
                for p in self._scene.records.all(PATIENT)
                if p["id_no"] == asked["id_no"] and p["name"] == asked["name"]
            )
            found = next(same, None)
        if found is None:
            raise No("NO_DATA", "没有这个患者")
        return {"patient": found}

    def bills_unpaid(self, asked: Record) -> Record:
        bills = [_without_items(bill) for bill in self.bills_of([asked["card_no"]]) if bill["status"] == OPEN]
        if not bills:
            raise No("NO_DATA", "没有待缴费用")
        return {"bills": bills}

    def bill_detail(self, asked: Record) -> Record:
        bill = self._scene.records.get(BILL, asked["bill_no"])
        if bill is None or bill["card_no"] != asked["card_no"]:
            raise No("NO_DATA", "没有这张缴费单")
        return {"bill": _as_told(bill)}

    def presettle(self, asked: Record) -> Record:
        bills = self.bills(asked)
        return {name: sum(bill[name] for bill in bills) for name in ("total_fen", "fund_fen", "account_fen", "own_fen")}

    def bills(self, asked: Record) -> list[Record]:
        """Those that ``asked`` names, of one patient and one settle group. Raises No."""
        bills = [self._scene.records.get(BILL, number) for number in asked["bill_nos"]]
        found = [bill for bill in bills if bill is not None and bill["card_no"] == asked["card_no"]]
        if len(found) != len(bills) or any(bill["status"] == "cancelled" for bill in found):
            raise No("BILL_CHANGED", "缴费单不存在、已修改或已撤销")
        if len({bill["settle_group"] for bill in found}) > 1:
            raise No("REFUSED", "这些缴费单不能一起结算，请分开缴费")
        return found

    def _named(self, bill_nos: Iterable[str]) -> list[Record]:
        """Those that there are, cancelled ones too."""
        found = (self._scene.records.get(BILL, number) for number in bill_nos)
        return [bill for bill in found if bill is not None]

    def bills_of(self, cards: Iterable[str]) -> list[Record]:
        """All, paid ones too, oldest first."""
        if self._indexed != self._scene.records.count(BILL):
            self._index()
        numbers = [number for card in cards for number in self._of_card.get(card, [])]
        return [bill for number in numbers if (bill := self._scene.records.get(BILL, number)) is not None]

    def set_status(self, bill_nos: Iterable[str], status: str, **more: str) -> None:
        for bill_no in bill_nos:
            bill = self._bill(bill_no)
            self._scene.records.put(BILL, bill_no, {**bill, "status": status, **more})
            self._scene.tell("bill", bill["card_no"])

    # ---- the counter ---------------------------------------------------------------------------------------------------------------

    def pay_at_window(self, bill_no: str) -> Record:
        """Somebody pays this bill at the counter: no payment of the app's is of it. Raises No."""
        bill = self._open_bill(bill_no)
        self.set_status([bill_no], "paid", out_trade_no="")
        return bill

    def issue(self, card_no: str, own_fen: int | None = None) -> Record:
        """A new bill. Raises No."""
        patient = self.patient_query({"card_no": card_no})["patient"]
        counter = self._scene.records.get(COUNTER, "bills") or {"last": 0}
        number = counter["last"] + 1
        self._scene.records.put(COUNTER, "bills", {"last": number})
        group = f"{patient['patient_id']}-{number}"
        dice = random.Random(SEED + number)
        bill = invented_bill(
            dice, number, patient, self._scene.clock.business_now(), group, card_no=card_no, own_fen=own_fen
        )
        self._scene.records.put(BILL, bill["bill_no"], bill)
        self._of_card.setdefault(card_no, []).append(bill["bill_no"])
        self._indexed += 1
        self._scene.tell("bill", card_no)
        return bill

    def change(self, bill_no: str) -> Record:
        """Withdrawn, and issued anew under another number. Raises No."""
        bill = self._open_bill(bill_no)
        self.set_status([bill_no], "cancelled")
        return self.issue(bill["card_no"])

    def dispense(self, bill_no: str) -> None:
        """What it was for has been handed out. Raises No."""
        bill = self._bill(bill_no)
        if bill["status"] != "paid":
            raise No("REFUSED", f"缴费单是 {bill['status']}，没有缴费就不能取药")
        self._scene.records.put(BILL, bill_no, {**bill, "dispensed": True})

    def payment_of(self, bill_no: str) -> str:
        """Our number under which this bill was paid. Raises No."""
        number = str(self._bill(bill_no).get("out_trade_no") or "")
        if not number:
            raise No("REFUSED", "这张缴费单不是经诊付付的")
        return number

    def _bill(self, bill_no: str) -> Record:
        bill = self._scene.records.get(BILL, bill_no)
        if bill is None:
            raise No("NO_DATA", "没有这张缴费单")
        return bill

    def _open_bill(self, bill_no: str) -> Record:
        bill = self._bill(bill_no)
        if bill["status"] != OPEN:
            raise No("REFUSED", f"缴费单是 {bill['status']}，不是 {OPEN}")
        return bill

    def books(self) -> Record:
        names = ("bill_no", "card_no", "own_fen", "status", "out_trade_no")
        records = self._scene.records
        return {
            "bills": [{name: bill.get(name) for name in names} for bill in records.all(BILL)],
            "trades": list(records.all(TRADE)),
            "refunds": list(records.all(RELEASE)),
            "takings": self.takings.all(),
        }


def _as_told(bill: Record) -> Record:
    """Without what is the hospital's own business."""
    return {name: value for name, value in bill.items() if name not in {"out_trade_no", "dispensed"}}


def _without_items(bill: Record) -> Record:
    return {name: value for name, value in _as_told(bill).items() if name != "items"}

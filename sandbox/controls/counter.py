"""The hospital's own counter (README.md): what happens there without us."""

from __future__ import annotations

import asyncio
from typing import Annotated

from pydantic import Field

from sandbox.controls.asked import FEN_MAX, Name, RefundFen
from sandbox.controls.handlers import Control
from sandbox.controls.paper import MADE, made_code
from sandbox.hospital.errors import No
from sandbox.hospital.his import PATIENT
from sandbox.world.shapes import Asked, worded
from sandbox.world.wire import Record

ISSUED_MAX = 500
ASKED_MAX, PAUSE_S = 5, 0.4
TOLD = ("his_refund_no", "out_trade_no", "amount_fen")


class Issued(Asked):
    person: Name = ""
    count: Annotated[int, Field(ge=1, le=ISSUED_MAX), worded(f"a whole number from 1 to {ISSUED_MAX}")] = 1
    own_fen: Annotated[
        Annotated[int, Field(ge=0, le=FEN_MAX)] | None, worded("a whole number of fen")
    ] = None  # fmt: skip


class Bill(Asked):
    bill_no: Name = ""


class Patient(Asked):
    person: Name = ""


class Number(Asked):
    out_trade_no: Name = ""


class WindowRefund(Bill, Number):
    fen: RefundFen = None


class CounterHandler(Control):
    """``POST /sandbox/his/{action}``."""

    def post(self, action: str) -> None:
        try:
            with self.outside.scene.records.together():
                told = self._issue() if action == "issue" else self._change(action, self.asked(Bill).bill_no)
        except No as no:
            self.fail(404 if no.code == "NO_DATA" else 409, no.code, no.message)
            return
        self.courier.wake()
        self.write(told)

    def _issue(self) -> dict[str, list[str]]:
        asked = self.asked(Issued)
        is_card = self.outside.scene.records.get(PATIENT, asked.person)
        card_no = asked.person if is_card else self.person(asked.person).cards[0]
        bills = [self.outside.hospital.his.issue(card_no, asked.own_fen) for _ in range(asked.count)]
        for bill in bills:
            self.outside.hospital.push(bill)
        return {"bill_nos": [bill["bill_no"] for bill in bills]}

    def _change(self, action: str, bill_no: str) -> dict[str, object]:
        his = self.outside.hospital.his
        if action == "pay_at_window":
            self.outside.hospital.push(his.pay_at_window(bill_no))
        elif action == "dispense":
            his.dispense(bill_no)
        else:
            fresh = his.change(bill_no)
            self.outside.hospital.push(fresh)
            return {"done": True, "bill_nos": [fresh["bill_no"]]}
        return {"done": True}


class WardHandler(Control):
    """``POST /sandbox/his/discharge {person}``, ``…/settlement_taken_back {person}``: of the person's newest stay."""

    def post(self, action: str) -> None:
        inpatients = self.outside.hospital.his.inpatients
        card_no = self.person(self.asked(Patient).person).cards[0]
        try:
            with self.outside.scene.records.together():
                if action == "discharge":
                    admission = inpatients.discharge(card_no)
                else:
                    admission = inpatients.newest(card_no)
                    inpatients.settling.take_back(admission)
        except No as no:
            self.fail(404 if no.code == "NO_DATA" else 409, no.code, no.message)
            return
        self.write({"admission_no": admission["admission_no"], "stay": admission["stay"]})


class BalanceHandler(Control):
    """``POST /sandbox/his/refund_to_card {out_trade_no | bill_no}``: a window puts a bill's money onto the card; ``…/balance_paid_out
    {person}``: what lies on the person's card is paid out in cash, as far as the app did not take it.
    """

    def post(self, action: str) -> None:
        his = self.outside.hospital.his
        try:
            with self.outside.scene.records.together():
                if action == "refund_to_card":
                    wanted = self.asked(WindowRefund)
                    number = wanted.out_trade_no or his.payment_of(wanted.bill_no)
                    told: dict[str, object] = {
                        "out_trade_no": number,
                        "card_no": his.old_balances.move(number)["card_no"],
                    }
                else:
                    told = {"paid_fen": his.old_balances.pay_out(self.person(self.asked(Patient).person).cards[0])}
        except No as no:
            self.fail(404 if no.code == "NO_DATA" else 409, no.code, no.message)
            return
        self.write(told)


class WristbandHandler(Control):
    """``POST /sandbox/his/wristband {person}``: the code of the person's newest stay, as the app makes it."""

    async def post(self) -> None:
        hospital = self.outside.hospital
        try:
            admission = hospital.his.inpatients.newest(self.person(self.asked(Patient).person).cards[0])
        except No as no:
            self.fail(404, no.code, no.message)
            return
        made, _ = await made_code(self.outside, self.courier, hospital.make_wristband(admission))
        if made is None:
            self.fail(424, "NO_ANSWER", "the app has made no code")
            return
        self.write({name: made[name] for name in MADE})


class LaboratoryHandler(Control):
    """``POST /sandbox/his/audit_report {person}``: the doctor on duty audits a report of the person's, and the app is told."""

    def post(self) -> None:
        card_no = self.person(self.asked(Patient).person).cards[0]
        try:
            with self.outside.scene.records.together():
                report = self.outside.hospital.his.reports.audit(card_no)
                self.outside.hospital.announce(report)
        except No as no:
            self.fail(404, no.code, no.message)
            return
        self.courier.wake()
        self.write({"report_no": report["report_no"], "title": report["title"]})


class WindowRefundHandler(Control):
    """``POST /sandbox/his/refund_at_window {out_trade_no | bill_no, fen?}``: written off here, then the app is asked for the money."""

    async def post(self) -> None:
        wanted, his = self.asked(WindowRefund), self.outside.hospital.his
        try:
            with self.outside.scene.records.together():
                number = wanted.out_trade_no or his.payment_of(wanted.bill_no)
                asked = his.window.write_off(number, wanted.fen)
        except No as no:
            self.fail(404 if no.code == "NO_DATA" else 409, no.code, no.message)
            return
        told = await self._ask(asked)
        if told is None:
            self.fail(
                424,
                "NO_ANSWER",
                "written off, and the app has not answered: send the same again, it goes on with this refund",
            )
            return
        code, data = str(told.get("code")), told.get("data") or {}
        with self.outside.scene.records.together():
            if code == "OK":
                his.window.taken(asked, str(data["out_refund_no"]))
            else:
                his.window.undo(asked)
        if code != "OK":
            self.fail(409, code, f"the app said {code} {told.get('message', '')}: the write-off is undone".strip())
            return
        self.write({"out_refund_no": data["out_refund_no"], **{name: asked[name] for name in TOLD}})

    async def _ask(self, asked: Record) -> Record | None:
        """Repeated until there is an answer that is none of BUSY, for a while."""
        for tries in range(ASKED_MAX):
            if tries:
                await asyncio.sleep(PAUSE_S)
            outbound = self.outside.hospital.ask("refund.make", asked)
            answer = await self.courier.send(outbound)
            told = self.outside.hospital.opened(outbound, answer.status, answer.headers, answer.body)
            if told is not None and told.get("code") != "BUSY":
                return told
        return None

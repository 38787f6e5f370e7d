"""The hospital's own counter (README.md): what happens there without us."""

from __future__ import annotations

import asyncio

from tornado.web import HTTPError

from sandbox.controls.handlers import Control
from sandbox.controls.paper import MADE, made_code
from sandbox.hospital.errors import No
from sandbox.hospital.his import PATIENT
from sandbox.world.wire import Record

ISSUED_MAX = 500
MISSED_MAX = 20
ASKED_MAX, PAUSE_S = 5, 0.4
TOLD = ("his_refund_no", "out_trade_no", "amount_fen")


class CounterHandler(Control):
    """``POST /sandbox/his/{action}``."""

    def post(self, action: str) -> None:
        try:
            with self.outside.scene.records.together():
                told = self._issue() if action == "issue" else self._change(action, str(self.body().get("bill_no", "")))
        except No as no:
            self.fail(404 if no.code == "NO_DATA" else 409, no.code, no.message)
            return
        self.courier.wake()
        self.write(told)

    def _issue(self) -> dict[str, list[str]]:
        body = self.body()
        count, own_fen, who = body.get("count", 1), body.get("own_fen"), str(body.get("person", ""))
        if not isinstance(count, int) or not 1 <= count <= ISSUED_MAX:
            raise HTTPError(400, f"count is a whole number from 1 to {ISSUED_MAX}")
        if own_fen is not None and (not isinstance(own_fen, int) or not 0 <= own_fen <= 10**9):
            raise HTTPError(400, "own_fen is a whole number of fen")
        card_no = who if self.outside.scene.records.get(PATIENT, who) else self.person(who).cards[0]
        bills = [self.outside.hospital.his.issue(card_no, own_fen) for _ in range(count)]
        for bill in bills:
            self.outside.hospital.push(bill)
        return {"bill_nos": [bill["bill_no"] for bill in bills]}

    def _change(self, action: str, bill_no: str) -> dict[str, object]:
        his = self.outside.hospital.his
        if action == "pay_at_window":
            his.pay_at_window(bill_no)
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
        card_no = self.person(str(self.body().get("person", ""))).cards[0]
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


class WristbandHandler(Control):
    """``POST /sandbox/his/wristband {person}``: the code of the person's newest stay, as the app makes it."""

    async def post(self) -> None:
        hospital = self.outside.hospital
        try:
            admission = hospital.his.inpatients.newest(self.person(str(self.body().get("person", ""))).cards[0])
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
        card_no = self.person(str(self.body().get("person", ""))).cards[0]
        try:
            with self.outside.scene.records.together():
                report = self.outside.hospital.his.reports.audit(card_no)
                self.outside.hospital.announce(report)
        except No as no:
            self.fail(404, no.code, no.message)
            return
        self.courier.wake()
        self.write({"report_no": report["report_no"], "title": report["title"]})


class ClinicHandler(Control):
    """``POST /sandbox/his/clinic {person | schedule_no, state, replaced_by?, reason?}``: of the person's next number, or of that shift."""

    def post(self) -> None:
        body, desk = self.body(), self.outside.hospital.his.registration
        state = body.get("state")
        if state not in {"stopped", "replaced", "open"}:
            raise HTTPError(400, "state is stopped, replaced or open")
        words = [str(body.get(name, "")) for name in ("replaced_by", "reason")]
        try:
            with self.outside.scene.records.together():
                schedule_no = str(body.get("schedule_no", "")) or desk.next_clinic_of(
                    self.person(str(body.get("person", ""))).cards[0]
                )
                told = desk.change(schedule_no, state, *words)
        except No as no:
            self.fail(404, no.code, no.message)
            return
        self.courier.wake()
        self.write({"schedule_no": schedule_no, "told": told})


class MissedHandler(Control):
    """``POST /sandbox/his/missed {person, count?: 1–20}``: the person did not come to so many numbers of the last weeks."""

    def post(self) -> None:
        body = self.body()
        count = body.get("count", 1)
        if not isinstance(count, int) or not 1 <= count <= MISSED_MAX:
            raise HTTPError(400, f"count is a whole number from 1 to {MISSED_MAX}")
        card_no = self.person(str(body.get("person", ""))).cards[0]
        with self.outside.scene.records.together():
            self.outside.hospital.his.attendance.miss(card_no, count)
        self.write({"missed": count})


class WindowRefundHandler(Control):
    """``POST /sandbox/his/refund_at_window {out_trade_no | bill_no, fen?}``: written off here, then the app is asked for the money."""

    async def post(self) -> None:
        body, his = self.body(), self.outside.hospital.his
        number, fen = str(body.get("out_trade_no", "")), body.get("fen")
        if fen is not None and (not isinstance(fen, int) or isinstance(fen, bool) or fen < 1):
            raise HTTPError(400, "fen is a whole number from 1; all that is left without it")
        try:
            with self.outside.scene.records.together():
                asked = his.window.write_off(number or his.payment_of(str(body.get("bill_no", ""))), fen)
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

"""The hospital's own counter (README.md): what happens there without us."""

from __future__ import annotations

from tornado.web import HTTPError

from sandbox.controls.handlers import Control
from sandbox.hospital.errors import No
from sandbox.hospital.his import PATIENT

ISSUED_MAX = 500


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

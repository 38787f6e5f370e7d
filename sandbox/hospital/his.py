"""The HIS as a state machine: bills and write-backs (docs/his-interface.md section 3). Each number is worked on once."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

from sandbox.hospital.catalogue import first_morning
from sandbox.world.chance import rfc3339
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

PATIENT, BILL, TRADE, RELEASE = "his.patient", "his.bill", "his.trade", "his.release"
SEED = 20260101
ROWS_MAX = 500
GUIDE = "请凭就诊卡到一楼药房或检查科室。"


class No(Exception):
    """Any code but OK, with words that can be shown."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code, self.message = code, message


class Hospital:
    """``functions`` by the names of the interface; each takes the request's object and returns ``data``."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.functions = {
            "patient.query": self.patient_query,
            "bills.unpaid": self.bills_unpaid,
            "bill.detail": self.bill_detail,
            "bill.presettle": self.presettle,
            "bill.confirm": self.confirm,
            "trade.check": self.check,
            "refund.check": self.refund_check,
            "refund.release": self.refund_release,
            "refund.notify": self.refund_notify,
            "statement.day": self.statement,
        }

    def open(self) -> None:
        """The first morning, if it has not been yet."""
        if self._scene.records.count(PATIENT):
            return
        patients, bills = first_morning(random.Random(SEED), self._scene.people, self._scene.clock.now())
        for patient in patients:
            for card in patient["cards"]:
                self._scene.records.put(PATIENT, card, patient)
        for bill in bills:
            self._scene.records.put(BILL, bill["bill_no"], bill)

    # ---- questions -----------------------------------------------------------------------------------------------------------------

    def patient_query(self, asked: Record) -> Record:
        found = self._scene.records.get(PATIENT, str(asked.get("card_no", "")))
        if found is None and "id_no" in asked:
            found = next(
                (
                    p
                    for p in self._scene.records.all(PATIENT)
                    if p["id_no"] == asked["id_no"] and p["name"] == asked.get("name")
                ),
                None,
            )
        if found is None:
            raise No("NO_DATA", "没有这个病人")
        return {"patient": found}

    def bills_unpaid(self, asked: Record) -> Record:
        card_no = _text(asked, "card_no")
        bills = [
            _without_items(b)
            for b in self._scene.records.all(BILL)
            if b["card_no"] == card_no and b["status"] == "unpaid"
        ]
        if not bills:
            raise No("NO_DATA", "没有待缴费用")
        return {"bills": bills}

    def bill_detail(self, asked: Record) -> Record:
        bill = self._scene.records.get(BILL, _text(asked, "bill_no"))
        if bill is None or bill["card_no"] != _text(asked, "card_no"):
            raise No("NO_DATA", "没有这张缴费单")
        return {"bill": bill}

    def presettle(self, asked: Record) -> Record:
        bills = self._bills(asked)
        return {name: sum(bill[name] for bill in bills) for name in ("total_fen", "fund_fen", "account_fen", "own_fen")}

    def check(self, asked: Record) -> Record:
        trade = self._scene.records.get(TRADE, _text(asked, "out_trade_no"))
        if trade is None:
            return {"found": False}
        return {"found": True, "amount_fen": trade["amount_fen"], "booked_at": trade["at"], **_receipt(trade)}

    # ---- taking over ---------------------------------------------------------------------------------------------------------------

    def confirm(self, asked: Record) -> Record:
        """The same number with the same content gets the first result again."""
        number, amount_fen = _text(asked, "out_trade_no"), asked.get("amount_fen")
        known = self._scene.records.get(TRADE, number)
        if known is not None:
            content = ("amount_fen", "bill_nos", "transaction_id", "channel")
            if any(known[name] != asked.get(name, "") for name in content):
                raise No("CONFLICT", "这个支付单号已用于其他内容")
            return _receipt(known)
        bills = self._bills(asked)
        if any(bill["status"] == "paid" for bill in bills):
            raise No("ALREADY_PAID", "缴费单已支付")
        if any(bill["status"] != "unpaid" for bill in bills):
            raise No("BILL_CHANGED", "缴费单已作废")
        if sum(bill["own_fen"] for bill in bills) != amount_fen:
            raise No("AMOUNT_DIFFERS", "支付金额与缴费单不符")
        trade = {
            "out_trade_no": number,
            "bill_nos": asked["bill_nos"],
            "amount_fen": amount_fen,
            "transaction_id": asked.get("transaction_id", ""),
            "channel": asked.get("channel", ""),
            "his_trade_no": f"HIS{self._scene.dice.digits(12)}",
            "receipt_no": f"SJ{self._scene.dice.digits(10)}",
            "at": rfc3339(self._scene.clock.business_now()),
            "released_fen": 0,
        }
        self._scene.records.put(TRADE, number, trade)
        for bill in bills:
            self._scene.records.put(BILL, bill["bill_no"], {**bill, "status": "paid", "out_trade_no": number})
        self._scene.events.tell("bill")
        return _receipt(trade)

    def _bills(self, asked: Record) -> list[Record]:
        card_no, numbers = _text(asked, "card_no"), asked.get("bill_nos")
        if not isinstance(numbers, list) or not numbers:
            raise No("REFUSED", "没有指明缴费单")
        bills = [self._scene.records.get(BILL, str(number)) for number in numbers]
        found = [bill for bill in bills if bill is not None and bill["card_no"] == card_no]
        if len(found) != len(numbers):
            raise No("BILL_CHANGED", "缴费单不存在或已撤销")
        return found

    # ---- back again ----------------------------------------------------------------------------------------------------------------

    def refund_check(self, asked: Record) -> Record:
        try:
            self._refundable(asked)
        except No as no:
            return {"allowed": False, "reason": no.message}
        return {"allowed": True}

    def refund_release(self, asked: Record) -> Record:
        """Written off: nothing can be dispensed any more. The same refund number gets the first result again."""
        number = _text(asked, "out_refund_no")
        known = self._scene.records.get(RELEASE, number)
        if known is not None:
            return {"his_refund_no": known["his_refund_no"]}
        trade = self._refundable(asked)
        release = {
            "out_refund_no": number, "out_trade_no": trade["out_trade_no"], "amount_fen": asked["amount_fen"],
            "his_refund_no": f"HISR{self._scene.dice.digits(11)}", "at": rfc3339(self._scene.clock.business_now()), "outcome": "released",
        }  # fmt: skip
        self._scene.records.put(RELEASE, number, release)
        released = trade["released_fen"] + asked["amount_fen"]
        self._scene.records.put(TRADE, trade["out_trade_no"], {**trade, "released_fen": released})
        if released >= trade["amount_fen"]:
            for bill_no in trade["bill_nos"]:
                bill = self._scene.records.get(BILL, bill_no)
                if bill is not None:
                    self._scene.records.put(BILL, bill_no, {**bill, "status": "refunded"})
        self._scene.events.tell("bill")
        return {"his_refund_no": release["his_refund_no"]}

    def _refundable(self, asked: Record) -> Record:
        trade = self._scene.records.get(TRADE, _text(asked, "out_trade_no"))
        amount_fen = asked.get("amount_fen")
        if trade is None:
            raise No("REFUSED", "医院系统没有这笔缴费")
        if (
            not isinstance(amount_fen, int)
            or amount_fen < 1
            or trade["released_fen"] + amount_fen > trade["amount_fen"]
        ):
            raise No("REFUSED", "退费金额超过可退金额")
        return trade

    def refund_notify(self, asked: Record) -> Record:
        number = _text(asked, "out_refund_no")
        known = self._scene.records.get(RELEASE, number)
        if known is not None:
            self._scene.records.put(RELEASE, number, {**known, "outcome": asked.get("outcome", "")})
        return {}

    def statement(self, asked: Record) -> Record:
        day = _text(asked, "date")
        rows: list[Record] = [
            {"kind": "payment", "out_refund_no": "", "booked_at": trade["at"], **{name: trade[name] for name in ("out_trade_no", "transaction_id", "his_trade_no", "amount_fen")}}
            for trade in self._scene.records.all(TRADE) if trade["at"].startswith(day)
        ]  # fmt: skip
        rows += [
            {"kind": "refund", "transaction_id": "", "his_trade_no": r["his_refund_no"], "booked_at": r["at"], **{name: r[name] for name in ("out_trade_no", "out_refund_no", "amount_fen")}}
            for r in self._scene.records.all(RELEASE) if r["at"].startswith(day)
        ]  # fmt: skip
        offset, limit = int(asked.get("offset", 0)), min(int(asked.get("limit", ROWS_MAX)), ROWS_MAX)
        return {"total": len(rows), "rows": rows[offset : offset + limit]}

    # ---- the paper and the books ---------------------------------------------------------------------------------------------------

    def bills_of(self, cards: tuple[str, ...]) -> list[Record]:
        return [bill for bill in self._scene.records.all(BILL) if bill["card_no"] in cards]

    def books(self) -> Record:
        bills = [
            {name: bill.get(name) for name in ("bill_no", "card_no", "own_fen", "status", "out_trade_no")}
            for bill in self._scene.records.all(BILL)
        ]
        return {
            "bills": bills,
            "trades": list(self._scene.records.all(TRADE)),
            "refunds": list(self._scene.records.all(RELEASE)),
        }

    def pay_at_window(self, bill_no: str, now: datetime) -> None:
        """Somebody pays at the counter: the HIS knows, we do not."""
        bill = self._scene.records.get(BILL, bill_no)
        if bill is not None and bill["status"] == "unpaid":
            self._scene.records.put(BILL, bill_no, {**bill, "status": "paid", "out_trade_no": ""})


def _receipt(trade: Record) -> Record:
    return {
        "his_trade_no": trade["his_trade_no"],
        "receipt_no": trade["receipt_no"],
        "receipt_url": "",
        "guide_text": GUIDE,
    }


def _without_items(bill: Record) -> Record:
    return {name: value for name, value in bill.items() if name not in {"items", "out_trade_no"}}


def _text(asked: Record, name: str) -> str:
    value: Any = asked.get(name)
    if not isinstance(value, str) or not value:
        raise No("REFUSED", f"缺少 {name}")
    return value

"""The HIS over Zhenfu's own interface as ports.HospitalSystem (docs/his-interface.md sections 1 to 3)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import JsonValue

from server.core.days import hospital_time
from server.core.errors import Forged, NotSent, OutcomeUnknown, OutsideRefusal, RefusedInWords
from server.core.ports import Clock, HttpRequest, HttpResponse, Ids, Transport
from server.patients.model import Patient
from server.payments.his_ports import RefundAsked, RefundTold
from server.payments.model import Booking
from server.payments.purposes.bills.model import Bill
from server.payments.purposes.bills.ports import ConfirmRequest
from server.platforms.his import wire
from server.platforms.his.account import NO_DATA, SYSTEM, HisConfig
from server.platforms.his.asking import read, told_of
from server.platforms.his.day_list import day_list
from server.platforms.his.inpatient import HttpInpatient
from server.platforms.his.old_balances import HttpOldBalances
from server.platforms.his.signing import KEY_ID, NONCE, SIGNATURE, TIMESTAMP, check_answer, request_signature
from server.reconciliation.his_rows import HisRow

NONCE_LENGTH = 32
_FINAL = frozenset({NO_DATA, "ALREADY_PAID", "AMOUNT_DIFFERS", "BILL_CHANGED", "REFUSED", "CONFLICT"})
_PERSON = {
    "ALREADY_PAID": "这笔费用已经支付，无需重复付款。",
    "AMOUNT_DIFFERS": "缴费单金额有变化，请返回列表查看最新内容。",
    "BILL_CHANGED": "缴费单有变化，请返回列表查看最新内容。",
}
_Told = TypeVar("_Told")
_Answered = TypeVar("_Answered")
_Data = dict[str, JsonValue]


class HttpJsonHis:
    """Every call signs its question and checks that the answer is signed for it. Nothing is retried in here."""

    def __init__(self, config: HisConfig, transport: Transport, clock: Clock, ids: Ids, timeout_s: float = 8.0) -> None:
        self.capabilities = config.capabilities
        self._config = config
        self._secret = config.keys[config.active_key_id]
        self._transport = transport
        self._clock = clock
        self._ids = ids
        self._timeout_s = timeout_s
        self.inpatient = HttpInpatient(self) if config.inpatient else None
        self.old_balances = HttpOldBalances(self) if config.old_balances else None

    async def patient(self, card_no: str) -> Patient | None:
        data = await self.ask("patient.query", {"card_no": card_no})
        patient = None if data is None else read(wire.read_patient, data)
        if patient is not None and card_no not in patient.card_nos:
            raise OutcomeUnknown(SYSTEM, "answer about another card")
        return patient

    async def unpaid_bills(self, card_no: str) -> Sequence[Bill]:
        data = await self.ask("bills.unpaid", {"card_no": card_no})
        bills = () if data is None else read(wire.read_bills, data)
        if any(bill.card_no != card_no for bill in bills):
            raise OutcomeUnknown(SYSTEM, "answer about another card")
        return bills

    async def bill(self, card_no: str, bill_no: str) -> Bill | None:
        data = await self.ask("bill.detail", {"card_no": card_no, "bill_no": bill_no})
        bill = None if data is None else read(wire.read_bill, data)
        if bill is not None and (bill.card_no, bill.bill_no) != (card_no, bill_no):
            raise OutcomeUnknown(SYSTEM, "answer about another bill")
        return bill

    async def presettle(self, card_no: str, bill_nos: Sequence[str]) -> int:
        question = {"card_no": card_no, "bill_nos": list(bill_nos)}
        return read(wire.read_own_fen, await self.must("bill.presettle", question))

    async def confirm(self, request: ConfirmRequest) -> Booking:
        """The same number with the same content gets the first result again."""
        question = {**told_of(request), "card_no": request.card_no, "bill_nos": list(request.bill_nos)}
        return read(wire.read_booking, await self.must("bill.confirm", question))

    async def check(self, out_trade_no: str) -> Booking | None:
        return read(wire.read_check, await self.must("trade.check", {"out_trade_no": out_trade_no}))

    async def refund_check(self, asked: RefundAsked) -> str:
        data = await self.must("refund.check", _refund(asked))
        return read(wire.read_allowed, data)

    async def refund_release(self, asked: RefundAsked) -> str:
        return read(wire.read_his_refund_no, await self.must("refund.release", _refund(asked)))

    async def refund_notify(self, told: RefundTold) -> None:
        question = {
            "out_trade_no": told.out_trade_no,
            "out_refund_no": told.out_refund_no,
            "channel_refund_no": told.channel_refund_no,
            "outcome": "succeeded" if told.succeeded else "failed",
            "at": hospital_time(told.at).isoformat(timespec="seconds"),
        }
        await self.must("refund.notify", question)

    async def statement_day(self, day: date) -> Sequence[HisRow] | None:
        """reconciliation.ports.HisDayList."""
        return await day_list(self.ask, day)

    # ---- steps -----------------------------------------------------------------------------------------------------------------

    async def must(self, function: str, question: Mapping[str, object]) -> _Data:
        """The data of an answer that can't be "nothing there"."""
        data = await self.ask(function, question)
        if data is None:
            raise OutsideRefusal(SYSTEM, NO_DATA)
        return data

    async def ask(self, function: str, question: Mapping[str, object]) -> _Data | None:
        """The data of OK, None for NO_DATA. Raises OutsideRefusal for a final no of section 2, NotSent, OutcomeUnknown."""
        url = f"{self._config.base_url}/v1/{function}"
        path = urlsplit(url).path
        body = json.dumps(question, ensure_ascii=False, separators=(",", ":")).encode()
        timestamp, nonce = str(int(self._clock.now().timestamp())), self._ids.text(NONCE_LENGTH)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            KEY_ID: self._config.active_key_id,
            TIMESTAMP: timestamp,
            NONCE: nonce,
            SIGNATURE: request_signature(self._secret, path, timestamp, nonce, body),
        }
        response = await self._transport.send(
            HttpRequest(system=SYSTEM, method="POST", url=url, headers=headers, body=body, timeout_s=self._timeout_s)
        )
        if response.status != 200:
            raise _unanswered(response)
        try:
            check_answer(self._secret, path, nonce, response.headers, response.body, self._clock.now())
        except Forged as error:
            raise OutcomeUnknown(SYSTEM, "answer without a signature that holds") from error
        return _data(read(wire.read_answer, response.body))


def _refund(asked: RefundAsked) -> dict[str, object]:
    return {
        "out_trade_no": asked.out_trade_no,
        "out_refund_no": asked.out_refund_no,
        "amount_fen": asked.amount_fen,
        "lines": [
            {"bill_no": line.charge_no, "item_no": line.item_no, "amount_fen": line.amount_fen} for line in asked.lines
        ],
    }


def _data(answer: wire.Answer) -> _Data | None:
    """A code that the interface does not know is no final word: money must not move on it.

    The words of a refusal go to the person only: they may name somebody, and an error's text is logged.
    """
    if answer.code == "OK":
        return answer.data or {}
    if answer.code == NO_DATA:
        return None
    if answer.code == "BUSY":
        raise NotSent(SYSTEM, "busy")
    if answer.code not in _FINAL:
        raise OutcomeUnknown(SYSTEM, f"unknown code {answer.code}")
    words = _PERSON.get(answer.code) or (answer.message[:100] if answer.code == "REFUSED" else "")
    if words:
        raise RefusedInWords(SYSTEM, answer.code, user_message=words)
    raise OutsideRefusal(SYSTEM, answer.code)


def _unanswered(response: HttpResponse) -> NotSent | OutcomeUnknown:
    """401 SIGNATURE and 400 BAD_REQUEST are the HIS turning the request away at its door: surely not done, and never a reason
    to send money back. Every other status says nothing.
    """
    try:
        code = wire.read_answer(response.body).code
    except ValueError:
        code = ""
    if (response.status, code) in {(401, "SIGNATURE"), (400, "BAD_REQUEST")}:
        return NotSent(SYSTEM, f"HTTP {response.status} {code}")
    return OutcomeUnknown(SYSTEM, f"HTTP {response.status}")

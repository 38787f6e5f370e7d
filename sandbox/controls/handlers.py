"""The controls over HTTP (README.md). Thin: one call of the world, one JSON answer; a wrong request says what to do."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from tornado.web import HTTPError, RequestHandler

from sandbox.controls import views
from sandbox.controls.courier import Courier
from sandbox.controls.paper import PaperBills
from sandbox.hospital.his import PATIENT
from sandbox.outside import Outside
from sandbox.wechat.callback import Said
from sandbox.wechatpay.errors import Refused
from sandbox.world.faults import WrongRule
from sandbox.world.people import Person
from sandbox.world.wire import Record

RESULTS = ("ok", "cancel", "fail")
AFTER_REPLY_S, AFTER_SILENCE_S = 0.2, 1.0


class Control(RequestHandler):
    def initialize(self, outside: Outside, courier: Courier, paper: PaperBills) -> None:
        self.outside = outside
        self.courier = courier
        self.paper = paper

    def prepare(self) -> None:
        self.set_header("Cache-Control", "no-store")

    def fail(self, status: int, code: str, message: str) -> None:
        self.set_status(status)
        self.finish({"error": code, "message": message})

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        said = (
            error.log_message
            if isinstance(error, HTTPError) and error.log_message
            else "the sandbox stumbled; its log says over what"
        )
        self.finish({"error": str(status_code), "message": said})

    def body(self) -> Record:
        try:
            body = json.loads(self.request.body or b"{}")
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise HTTPError(400, "send a JSON object")
        return body

    def person(self, who: str | None) -> Person:
        person = self.outside.scene.person(who or "")
        if person is None:
            raise HTTPError(
                404,
                "no such person; person= takes a number, openid, phone, card number or name of /sandbox/credentials",
            )
        return person


class CredentialsHandler(Control):
    def get(self) -> None:
        port = self.request.host.rpartition(":")[2] if ":" in self.request.host else "80"
        self.write(views.credentials(self.outside, f"http://127.0.0.1:{port}"))


class SayHandler(Control):
    async def post(self) -> None:
        body = self.body()
        person = self.person(str(body.get("openid", "")))
        text, event = body.get("text"), body.get("event")
        if isinstance(event, str):
            event = {"Event": event}
        if (not isinstance(text, str) or not text) and (not isinstance(event, dict) or not event.get("Event")):
            raise HTTPError(400, 'send {"openid": …, "text": …} or {"openid": …, "event": "subscribe"}')
        said = self.outside.callback.say(person.openid, text if isinstance(text, str) else None, event)
        await self.tell(said, self.wait_s(body))

    def wait_s(self, body: Record) -> float | None:
        wait_s = body.get("wait_s")
        if wait_s is not None and (not isinstance(wait_s, int | float) or not 0 <= wait_s <= 10):
            raise HTTPError(400, "wait_s is a number of seconds from 0 to 10")
        return wait_s

    async def tell(self, said: Said, wait_s: float | None) -> None:
        before = self.outside.chats.count(said.openid)
        result = await self.courier.say(said)
        if result is None:
            self.fail(424, "APP_UNREACHABLE", "the app did not answer its callback; is `run.py serve` running?")
            return
        seen = before + (result["reply"] is not None)
        usual = AFTER_SILENCE_S if result["reply"] is None else AFTER_REPLY_S
        later = await self.courier.later(said.openid, seen, usual if wait_s is None else wait_s)
        self.write({**result, "later": [message for message in later if message is not result["reply"]]})


class ScanHandler(SayHandler):
    """A QR of the account itself: ``{openid, ticket}``."""

    async def post(self) -> None:
        body = self.body()
        person, ticket = self.person(str(body.get("openid", ""))), str(body.get("ticket", ""))
        scene = self.outside.official_account.users.qr_scene(ticket)
        if scene is None:
            self.fail(409, "QR_EXPIRED", "this code has run out, or /cgi-bin/qrcode/create never made it")
            return
        await self.tell(self.outside.callback.scan(person.openid, scene, ticket), self.wait_s(body))


class PayHandler(Control):
    def post(self) -> None:
        body = self.body()
        result = body.get("result", "ok")
        if result not in RESULTS:
            raise HTTPError(400, "result is ok, cancel or fail")
        try:
            order = self._pay(body, result)
        except Refused as refused:
            self.fail(404 if refused.status == 404 else 409, refused.code, refused.message)
            return
        self.courier.wake()
        told = {"result": result, "out_trade_no": order["out_trade_no"], "trade_state": order["state"]}
        self.write(told | ({"transaction_id": order["transaction_id"]} if "transaction_id" in order else {}))

    def _pay(self, body: Record, result: str) -> Record:
        if "prepay_id" not in body and "out_trade_no" in body:
            if result != "ok":
                raise HTTPError(400, "without a prepay_id the result can only be ok")
            return self.outside.wechatpay.pay_by_number(str(body["out_trade_no"]))
        return self.outside.wechatpay.pay(str(body.get("prepay_id", "")), result)


class OrderHandler(Control):
    def get(self) -> None:
        order = views.order(self.outside, self.get_query_argument("prepay_id", ""))
        if order is None:
            raise HTTPError(404, "no such prepay_id")
        self.write(order)


class AccountHandler(Control):
    def get(self) -> None:
        self.write({"name": self.outside.scene.hospital_name, "menu": self.outside.official_account.menus.shown()})


class InboxHandler(Control):
    def get(self) -> None:
        self.write(views.inbox(self.outside, self.person(self.get_query_argument("person", ""))))


class BillsHandler(Control):
    async def get(self) -> None:
        who = self.get_query_argument("person", "")
        known = self.outside.scene.records.get(PATIENT, who)  # of a patient without a phone, too
        cards = known["cards"] if known else self.person(who).cards
        bills = self.outside.hospital.his.bills_of(cards)
        self.write({"bills": [await self.paper.printed(bill) for bill in bills]})


class MoneyHandler(Control):
    def get(self) -> None:
        self.write(views.money(self.outside))


class FaultsHandler(Control):
    def get(self) -> None:
        faults = self.outside.scene.faults
        self.write({**faults.as_json(), "struck": dict(faults.struck)})

    def put(self) -> None:
        try:
            self.outside.scene.faults.replace(self.body())
        except WrongRule as wrong:
            raise HTTPError(400, str(wrong)) from None
        self.outside.scene.events.tell("faults")
        self.courier.wake()
        self.get()


class ClockHandler(Control):
    def post(self) -> None:
        day = self.body().get("day")
        try:
            self.outside.set_day(date.fromisoformat(day) if day is not None else None)
        except (TypeError, ValueError):
            raise HTTPError(400, 'send {"day": "2026-11-24"} or {"day": null}') from None
        self.write({"day": self.outside.scene.clock.today.isoformat()})


class ResetHandler(Control):
    def post(self) -> None:
        self.outside.reset()
        self.paper.forget()
        self.write({"done": True})

"""The controls over HTTP (README.md). Thin: one call of the world, one JSON answer; a wrong request says what to do."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import ValidationError
from tornado.web import HTTPError, RequestHandler

from sandbox.controls import views
from sandbox.controls.courier import Courier
from sandbox.controls.paper import PaperBills
from sandbox.hospital.his import PATIENT
from sandbox.outside import Outside
from sandbox.world.faults import Given, WrongRule
from sandbox.world.people import Person
from sandbox.world.shapes import Asked, Shape, coded, fits, sentence


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
        said = error.get_message() if isinstance(error, HTTPError) else None
        self.finish({"error": str(status_code), "message": said or "the sandbox stumbled; its log says over what"})

    def asked(self, shape: type[Shape]) -> Shape:
        """The body. Raises HTTPError 400, which says what the first field that doesn't fit should be."""
        try:
            return shape.model_validate_json(self.request.body or b"{}")
        except ValidationError as error:
            raise HTTPError(400, sentence(error, "send a JSON object")) from None

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
            self.outside.scene.faults.replace(self.asked(Given))
        except WrongRule as wrong:
            raise HTTPError(400, str(wrong)) from None
        self.outside.scene.events.tell("faults")
        self.courier.wake()
        self.get()


class BusinessDay(Asked):
    day: Annotated[
        Annotated[str, fits(lambda day: bool(date.fromisoformat(day)))] | None,
        coded("400", 'send {"day": "2026-11-24"} or {"day": null}'),
    ] = None


class ClockHandler(Control):
    def post(self) -> None:
        day = self.asked(BusinessDay).day
        self.outside.set_day(None if day is None else date.fromisoformat(day))
        self.write({"day": self.outside.scene.clock.today.isoformat()})


class ResetHandler(Control):
    def post(self) -> None:
        self.outside.reset()
        self.paper.forget()
        self.write({"done": True})

"""Which words are finance's, which are handed on, and how far back finance looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.days import hospital_day
from server.patients.contact_ports import ChatMessage, ChatReply
from server.payments.hospital import Hospital
from server.reconciliation.chat.chat import FinanceChat
from server.reconciliation.chat.texts import HELP, NO_DAY
from server.reconciliation.day_model import DayState
from server.reconciliation.registers import Registers
from server.refunds.chat.chat import Work
from server.staff.model import Role, Staff
from tests.support.days_in_store import a_differing_day, matched_day
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.staff_chat import message, say
from tests.unit.reconciliation.days import Day

pytestmark = pytest.mark.asyncio


class Rest:
    """Hears ``帮助`` and ``别的``, and answers neither where it is ``silent``."""

    def __init__(self, *, silent: bool = False) -> None:
        self.silent = silent
        self.given: list[str] = []

    def hears(self, message: ChatMessage) -> bool:
        return message.text in {"帮助", "别的"}

    async def work_for(self, hospital: Hospital, message: ChatMessage) -> Work | None:
        assert hospital.id == "demo"
        self.given.append(message.text)

        async def answer() -> ChatReply:
            return ChatReply(text="答")

        return None if self.silent or not self.hears(message) else answer

    async def unheard(self, hospital: Hospital, message: ChatMessage) -> Work | None:
        assert hospital.id == "demo"
        return await self.work_for(hospital, replace(message, text="别的"))


class Office:
    async def ready(self, *, silent: bool = False) -> Office:
        self.app, self.rest = InMemoryApp(), Rest(silent=silent)
        await an_employee(self.app, "3001", Role.FINANCE, name="钱财务")
        await an_employee(self.app, "1001")
        self.asked: list[str] = []
        known, stores = self.app.staff.known, self.app.stores

        async def noted(hospital: str, sender: object) -> Staff | None:
            self.asked.append(hospital)
            return await known(hospital, sender)  # type: ignore[arg-type]

        self.app.staff.known = noted  # type: ignore[method-assign]
        registers = Registers(self.app.hospitals, stores.payments, {})
        self.chat = FinanceChat(self.app.staff, self.rest, stores.days, registers, self.app.clock)
        return self

    async def answered(self, number: str, text: str, kind: str = "text") -> str | None:
        said = replace(message(f"openid-{number}", text), kind=kind)
        work = await self.chat.work_for(self.app.hospital, said)
        return None if work is None else (await work()).text


async def test_its_own_words_and_those_of_the_rest_are_heard() -> None:
    office = await Office().ready()
    heard = [office.chat.hears(message("openid-x", text)) for text in ("对账", "别的", "你好")]
    assert heard == [True, True, False]
    assert not office.chat.hears(replace(message("openid-x", "对账"), kind="event"))


@pytest.mark.parametrize(
    ("number", "text", "kind", "answer"),
    [
        ("3001", "对账 某天", "text", NO_DAY),
        ("3001", "帮助", "text", f"答\n{HELP}"),
        ("3001", "别的", "text", "答"),
        ("3001", "对账", "event", None),
        ("3001", "帮助", "event", "答"),
        ("1001", "帮助", "text", "答"),
        ("1001", "对账", "text", None),
        ("nobody", "帮助", "text", "答"),
    ],
)
async def test_who_is_answered_what(number: str, text: str, kind: str, answer: str | None) -> None:
    office = await Office().ready()
    assert await office.answered(number, text, kind) == answer


async def test_nobody_is_looked_up_for_a_word_of_others_and_silence_stays_silence() -> None:
    office = await Office().ready(silent=True)
    assert await office.answered("3001", "别的") is None
    assert office.asked == []
    assert await office.answered("3001", "帮助") is None
    assert (office.asked, office.rest.given) == ([], ["别的", "帮助"])


async def test_what_nobody_has_heard_is_handed_on() -> None:
    office = await Office().ready()
    work = await office.chat.unheard(office.app.hospital, message("openid-3001", "你好"))
    assert work is not None
    assert (await work()).text == "答"


async def test_a_day_is_told_alone_and_where_the_rest_stands() -> None:
    memory_app = InMemoryApp()
    await a_differing_day(memory_app)
    today = hospital_day(memory_app.clock.now())
    await memory_app.stores.days.insert(matched_day(today - timedelta(days=2), Day(), state=DayState.CLOSED))
    employee = await an_employee(memory_app, "3001", Role.FINANCE, name="钱财务")
    told = (await say(memory_app, employee, "对账 前天")).splitlines()
    assert told[0] == "11月21日对账"
    assert [line for line in told if line.startswith("微信支付")] == ["微信支付：已关账"]
    assert told[-1] == "详情：https://pay.hospital.example/console/reconciliation"

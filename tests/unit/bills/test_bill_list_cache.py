"""A list of bills as the HIS told it a moment ago: for the same person, for some seconds, and never a bill that was paid since."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from server.patients.model import BoundCard, Session
from server.payments.purposes.bills.model import BILLS, Bill, BillStatus
from server.payments.sms_choice import NO_SMS
from tests.support.builders import CARD, HOSPITAL, a_bill, a_session
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import FaithfulHis, a_hospital

pytestmark = pytest.mark.asyncio
KEPT_S = 5.0


def kept(his: FaithfulHis) -> FaithfulHis:
    his.capabilities = replace(his.capabilities, bills_kept=timedelta(seconds=KEPT_S))
    return his


async def an_app(*people: str, his: FaithfulHis | None = None) -> InMemoryApp:
    memory_app = InMemoryApp(a_hospital(his=his or kept(FaithfulHis(a_bill("B1", 3720), a_bill("B2", 500)))))
    for person in people:
        owner = a_session(person).identity.key
        await memory_app.stores.cards.bind(BoundCard(hospital=HOSPITAL, owner=owner, card_no=CARD, name="张测试"))
    return memory_app


async def shown(memory_app: InMemoryApp, session: Session) -> list[str]:
    [entry] = await memory_app.bills.unpaid(session)
    return [bill.bill_no for bill in entry.bills]


async def test_the_his_is_asked_once_within_the_seconds() -> None:
    memory_app = await an_app("zhang")
    session = a_session("zhang")
    memory_app.his.bills["B3"] = a_bill("B3")
    assert await shown(memory_app, session) == ["B1", "B2", "B3"]
    del memory_app.his.bills["B3"]
    await memory_app.clock.sleep(KEPT_S - 0.1)
    assert await shown(memory_app, session) == ["B1", "B2", "B3"]
    await memory_app.clock.sleep(0.1)
    assert await shown(memory_app, session) == ["B1", "B2"]
    assert len(memory_app.his.named("unpaid_bills")) == 2


async def test_a_hospital_that_says_nothing_is_asked_each_time() -> None:
    memory_app = await an_app("zhang", his=FaithfulHis(a_bill("B1")))
    for _ in range(3):
        await shown(memory_app, a_session("zhang"))
    assert len(memory_app.his.named("unpaid_bills")) == 3


async def test_what_one_person_was_told_is_shown_to_no_other() -> None:
    memory_app = await an_app("zhang", "li")
    await shown(memory_app, a_session("zhang"))
    memory_app.his.bills["B9"] = a_bill("B9")
    assert await shown(memory_app, a_session("li")) == ["B1", "B2", "B9"]


async def test_whoever_has_unbound_the_card_sees_nothing_of_it() -> None:
    memory_app = await an_app("zhang")
    session = a_session("zhang")
    await shown(memory_app, session)
    await memory_app.stores.cards.unbind(HOSPITAL, session.identity.key, CARD)
    assert await memory_app.bills.unpaid(session) == ()


async def test_the_word_of_the_his_ends_it_for_everybody_who_has_the_card() -> None:
    memory_app = await an_app("zhang", "li")
    for person in ("zhang", "li"):
        await shown(memory_app, a_session(person))
    memory_app.his.bills["B1"] = replace(memory_app.his.bills["B1"], status=BillStatus.PAID)
    memory_app.bills.changed(HOSPITAL, CARD)
    for person in ("zhang", "li"):
        assert await shown(memory_app, a_session(person)) == ["B2"]


async def test_an_answer_that_was_on_its_way_when_the_bills_changed_is_not_kept() -> None:
    class Slow(FaithfulHis):
        asked, answers = asyncio.Event(), asyncio.Event()

        async def unpaid_bills(self, card_no: str) -> Sequence[Bill]:
            told = list(await super().unpaid_bills(card_no))
            self.asked.set()
            await self.answers.wait()
            return told

    his = Slow(a_bill("B1"), a_bill("B2"))
    memory_app = await an_app("zhang", his=kept(his))
    first = asyncio.create_task(shown(memory_app, a_session("zhang")))
    await his.asked.wait()
    his.bills["B1"] = replace(his.bills["B1"], status=BillStatus.PAID)
    memory_app.bills.changed(HOSPITAL, CARD)
    his.answers.set()
    assert await first == ["B1", "B2"]
    assert await shown(memory_app, a_session("zhang")) == ["B2"]


async def test_a_payment_of_ours_ends_it_at_each_step() -> None:
    memory_app = await an_app("zhang")
    session = a_session("zhang")
    await shown(memory_app, session)
    begun = await memory_app.payments.start(BILLS, session, ["B1"], NO_SMS)
    memory_app.his.bills["B1"] = replace(memory_app.his.bills["B1"], status=BillStatus.CANCELLED)
    assert await shown(memory_app, session) == ["B2"], "begun: the HIS is asked anew"
    memory_app.his.bills["B1"] = replace(memory_app.his.bills["B1"], status=BillStatus.UNPAID)
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(begun.payment_id))
    assert await shown(memory_app, session) == ["B2"], "the HIS does not know it yet, and our payment does"

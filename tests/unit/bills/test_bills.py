"""Which bills a session may see, and no other."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from server.core.errors import NotFound, OutcomeUnknown, OutsideRefusal
from server.patients.model import BoundCard
from server.payments.purposes.bills.model import Bill, BillStatus
from tests.support.builders import CARD, HOSPITAL, a_bill, a_scan, a_session
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import FaithfulHis, a_hospital

pytestmark = pytest.mark.asyncio
OTHER_CARD = "C0000002"


def an_app() -> InMemoryApp:
    bills = [
        a_bill("B1"),
        a_bill("B2"),
        a_bill("PAID", status=BillStatus.PAID),
        a_bill("C1", card_no=OTHER_CARD, patient_name="李虚构"),
        a_bill("C2", card_no=OTHER_CARD, patient_name="李虚构"),
    ]
    return InMemoryApp(a_hospital(his=FaithfulHis(*bills)))


async def bind(memory_app: InMemoryApp, subject: str, card_no: str = CARD, name: str = "张测试") -> None:
    owner = a_session(subject).identity.key
    await memory_app.stores.cards.bind(BoundCard(hospital=HOSPITAL, owner=owner, card_no=card_no, name=name))


async def shown(memory_app: InMemoryApp, session) -> list[list[str]]:  # type: ignore[no-untyped-def]
    return [[bill.bill_no for bill in entry.bills] for entry in await memory_app.bills.unpaid(session)]


async def test_a_stranger_sees_nothing() -> None:
    memory_app = an_app()
    await bind(memory_app, "zhang")
    assert await shown(memory_app, a_session("li")) == []
    assert memory_app.his.calls == [], "the HIS is not even asked"


async def test_a_scan_shows_its_bills_and_no_more() -> None:
    memory_app = an_app()
    session = a_session("li", a_scan("B1", "PAID"))
    assert await shown(memory_app, session) == [["B1"]]
    [entry] = await memory_app.bills.unpaid(session)
    assert [bill.bill_no for bill in entry.settled] == ["PAID"], (
        "a rescan says that the bill is paid, not that there is none"
    )
    assert (await memory_app.bills.one(session, "PAID")).status is BillStatus.PAID
    for hidden in ("B2", "C1", "nothing", ""):
        with pytest.raises(NotFound):
            await memory_app.bills.one(session, hidden)


async def test_a_scan_whose_card_does_not_fit_its_bill_shows_nothing() -> None:
    memory_app = an_app()
    session = a_session("li", a_scan("C1"))
    assert await shown(memory_app, session) == [[]]
    with pytest.raises(NotFound):
        await memory_app.bills.one(session, "C1")


async def test_a_bound_card_shows_all_of_its_bills_and_scanned_ones_come_first() -> None:
    memory_app = an_app()
    await bind(memory_app, "zhang")
    session = a_session("zhang", a_scan("C2", card_no=OTHER_CARD, name="李虚构"))
    assert await shown(memory_app, session) == [["C2"], ["B1", "B2"]]
    for visible in ("B1", "B2", "PAID", "C2"):
        assert (await memory_app.bills.one(session, visible)).items
    with pytest.raises(NotFound):
        await memory_app.bills.one(session, "C1")


async def test_a_card_both_bound_and_scanned_is_shown_once() -> None:
    memory_app = an_app()
    await bind(memory_app, "zhang")
    [entry] = await memory_app.bills.unpaid(a_session("zhang", a_scan("B1"), a_scan("B2")))
    assert (entry.bound, entry.scanned, len(entry.bills)) == (True, True, 2)


async def test_two_scans_of_one_card_are_one_entry() -> None:
    assert await shown(an_app(), a_session("zhang", a_scan("B1"), a_scan("B2", "B1"))) == [["B1", "B2"]]


async def test_names_and_numbers_are_masked() -> None:
    [entry] = await an_app().bills.unpaid(a_session("zhang", a_scan("B1")))
    assert (entry.name_masked, entry.card_masked) == ("张*试", "****0001")


async def test_a_silent_his_is_said_so_and_not_shown_as_no_bills() -> None:
    memory_app = an_app()
    memory_app.his.will("bill", OutcomeUnknown("his"))
    with pytest.raises(OutcomeUnknown):
        await memory_app.bills.unpaid(a_session("zhang", a_scan("B1")))


async def test_a_card_that_the_his_refuses_hides_no_other_s_bills() -> None:
    class Choosy(FaithfulHis):
        async def unpaid_bills(self, card_no: str) -> Sequence[Bill]:
            if card_no == OTHER_CARD:
                raise OutsideRefusal("his", "REFUSED", user_message="这张卡已注销。")
            return await super().unpaid_bills(card_no)

        async def bill(self, card_no: str, bill_no: str) -> Bill | None:
            if card_no == OTHER_CARD:
                raise OutsideRefusal("his", "REFUSED", user_message="这张卡已注销。")
            return await super().bill(card_no, bill_no)

    memory_app = InMemoryApp(a_hospital(his=Choosy(a_bill("B1"))))
    session = a_session("zhang")
    await bind(memory_app, "zhang")
    await bind(memory_app, "zhang", OTHER_CARD)
    shown = {entry.problem: [bill.bill_no for bill in entry.bills] for entry in await memory_app.bills.unpaid(session)}
    assert shown == {"": ["B1"], "这张卡已注销。": []}
    assert (await memory_app.bills.one(session, "B1")).bill_no == "B1"
    with pytest.raises(OutsideRefusal):
        await memory_app.bills.one(session, "B9")


async def test_a_mistake_of_ours_is_not_hidden_by_a_card_that_has_the_bill() -> None:
    memory_app = InMemoryApp(a_hospital(his=FaithfulHis(a_bill("B1"))))
    await bind(memory_app, "zhang")
    await bind(memory_app, "zhang", OTHER_CARD)
    memory_app.his.will("bill", None, KeyError("a mistake"))
    with pytest.raises(KeyError):
        await memory_app.bills.one(a_session("zhang"), "B1")

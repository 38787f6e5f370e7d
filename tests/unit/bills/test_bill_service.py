"""What a session is shown of its bills beside the numbers: who holds them, what is refused in words, and what is settled with the insurance."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import BadInput, NotFound
from server.payments.his_ports import HisCapabilities
from server.payments.purposes.bills.model import Bill, BillStatus
from tests.support.builders import CARD, a_bill, a_scan, a_session
from tests.support.concurrent_taps import started, zhang
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import FaithfulHis, a_hospital

pytestmark = pytest.mark.asyncio


def settling(*bills: Bill) -> InMemoryApp:
    """A hospital whose HIS settles with the insurance first: 700 fen are left."""
    his = FaithfulHis(*bills)
    his.capabilities = HisCapabilities(presettle=True)
    his.presettled_fen = 700
    return InMemoryApp(a_hospital(his=his))


async def test_a_bill_that_is_being_paid_is_shown_with_its_payment() -> None:
    memory_app = InMemoryApp()
    payment = await started(memory_app)
    [entry] = await memory_app.bills.unpaid(zhang())
    assert [bill.bill_no for bill in entry.bills] == ["B1"]
    assert list(entry.payments) == ["B1"]
    assert (entry.payments["B1"].payment_id, entry.payments["B1"].has_money) == (payment.id, False)


async def test_a_mistake_of_ours_hides_behind_no_other_card() -> None:
    memory_app = InMemoryApp()
    memory_app.his.will("bill", KeyError("a mistake"))
    with pytest.raises(KeyError):
        await memory_app.bills.unpaid(a_session("zhang", a_scan("B1"), a_scan("C1", card_no="C0000002")))


async def test_a_scanned_bill_is_asked_for_by_the_card_of_its_newest_scan_alone() -> None:
    memory_app = InMemoryApp()
    session = a_session("zhang", a_scan("B1"), a_scan("B1", card_no="C0000002"))
    assert (await memory_app.bills.one(session, "B1")).card_no == CARD
    assert memory_app.his.named("bill") == [(CARD, "B1")]


async def test_a_bill_that_is_not_there_is_said_in_words() -> None:
    with pytest.raises(NotFound) as told:
        await InMemoryApp().bills.one(a_session("zhang"), "B1")
    assert told.value.user_message == "没有找到这张缴费单，请重新扫码或从列表进入。"


async def test_unpaid_bills_are_settled_together_with_the_insurance() -> None:
    memory_app = settling(a_bill("B1"), a_bill("B2", 500))
    bills, left_fen = await memory_app.bills.payable(zhang("B1", "B2"), ["B1", "B2", "B1"])
    assert ([bill.bill_no for bill in bills], left_fen) == (["B1", "B2"], 700)
    assert (await memory_app.bills.payable(zhang("B1"), ["B1"]))[1] == 700
    assert memory_app.his.named("presettle") == [("B1", "B2"), ("B1",)]


@pytest.mark.parametrize("status", [BillStatus.PAID, BillStatus.CANCELLED])
async def test_what_is_paid_already_is_not_settled_again(status: BillStatus) -> None:
    memory_app = settling(a_bill("B1"), replace(a_bill("B2", 500), status=status))
    assert (await memory_app.bills.payable(zhang("B1", "B2"), ["B1", "B2"]))[1] == 1734
    assert await memory_app.bills.payable(zhang("B1"), []) == ([], 0)
    assert memory_app.his.named("presettle") == []


async def test_bills_that_do_not_go_together_and_too_many_are_not_settled() -> None:
    memory_app = settling(a_bill("B1"), a_bill("B2", settle_group="H"))
    with pytest.raises(BadInput, match="different groups"):
        await memory_app.bills.payable(zhang("B1", "B2"), ["B1", "B2"])
    assert memory_app.his.named("presettle") == []
    asked = len(memory_app.his.calls)
    with pytest.raises(BadInput, match="too many"):
        await memory_app.bills.payable(zhang("B1"), [f"B{number}" for number in range(21)])
    assert len(memory_app.his.calls) == asked

"""就诊人: whoever has bound the cards of several people chooses of whom reports, stays, appointments and balances are shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import AsyncMock

import pytest

from server.inpatient.model import Stay
from server.patients.model import BoundCard
from server.patients.visible_cards import card_key
from server.payments.sms_choice import NO_SMS
from tests.handlers.conftest import Browser, text_of
from tests.handlers.doors import an_app
from tests.support import registrations
from tests.support.builders import CARD, HOSPITAL, a_bill
from tests.support.in_memory_app import InMemoryApp
from tests.support.inpatients import FaithfulInpatients, an_admission
from tests.support.old_balances import FaithfulOldBalances, an_old_balance
from tests.support.outside import FaithfulHis
from tests.support.reports import FaithfulReports, a_film, a_report, an_offer

pytestmark = pytest.mark.gen_test
CHILD = "C0000002"
NAV = 'aria-label="就诊人"'


@pytest.fixture
def papers() -> FaithfulReports:
    return FaithfulReports(a_report(), a_film("R2", card_no=CHILD, patient_name="李小测"))


@pytest.fixture
def memory_app(papers: FaithfulReports) -> InMemoryApp:
    of_child = an_admission(stay=Stay(admission_no="ZY2", count=1), card_no=CHILD, patient_name="李小测")
    balances = FaithfulOldBalances(an_old_balance(), an_old_balance(card_no=CHILD, patient_name="李小测"))
    his = FaithfulHis(inpatient=FaithfulInpatients(an_admission(), of_child), old_balances=balances)
    return an_app(his=his, registration=registrations.an_offer(his), reports={HOSPITAL: an_offer(papers)})


@pytest.fixture
def bound(memory_app: InMemoryApp, enter: Any) -> Any:
    async def log_in(*cards: tuple[str, str]) -> list[str]:
        """The keys of the cards."""
        session = await enter()
        for number, name in cards:
            card = BoundCard(hospital=HOSPITAL, owner=session.identity.key, card_no=number, name=name)
            await memory_app.stores.cards.bind(card)
        return [card_key(memory_app.sealer, HOSPITAL, number) for number, _ in cards]

    return log_in


PAGES = ["inpatient", "balances", "reports"]
BOTH = ((CARD, "张测试"), (CHILD, "李小测"))


@pytest.mark.parametrize("page", PAGES)
async def test_one_of_several_is_chosen_and_all_again(browser: Browser, bound: Any, page: str) -> None:
    _, child = await bound(*BOTH)
    everybody = text_of(await browser.get(f"/h/demo/{page}"))
    assert everybody.count('class="panel__name"') == 2
    assert f'href="/h/demo/{page}?member={child}"' in everybody
    one = text_of(await browser.get(f"/h/demo/{page}?member={child}"))
    assert one.count('class="panel__name"') == 1
    assert '<span class="panel__name">李*测 就诊卡\u00a0****0002</span>' in one
    assert f'href="/h/demo/{page}">全部</a>' in one


@pytest.mark.parametrize("page", PAGES)
async def test_who_has_one_card_chooses_nobody(browser: Browser, bound: Any, page: str) -> None:
    [own] = await bound(BOTH[0])
    shown = text_of(await browser.get(f"/h/demo/{page}?member={own}"))
    assert (NAV in shown, shown.count('class="panel__name"')) == (False, 1)


@pytest.mark.parametrize("page", PAGES)
async def test_a_member_that_is_not_theirs_chooses_nobody(browser: Browser, bound: Any, page: str) -> None:
    await bound(*BOTH)
    shown = text_of(await browser.get(f"/h/demo/{page}?member=abc"))
    assert (NAV in shown, shown.count('class="panel__name"')) == (True, 2)


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("inpatient", "这位就诊人还没有可查看的住院"),
        ("balances", "这位就诊人没有门诊余额"),
        ("appointments", "这位就诊人还没有预约"),
    ],
)
async def test_of_a_member_without_any_it_is_said(
    memory_app: InMemoryApp, papers: FaithfulReports, browser: Browser, bound: Any, page: str, words: str
) -> None:
    _, child = await bound(*BOTH)
    memory_app.his.inpatient.known.pop("ZY2")
    memory_app.his.old_balances.known.pop(CHILD)
    papers.known.pop("R2")
    shown = text_of(await browser.get(f"/h/demo/{page}?member={child}"))
    assert (words in shown, NAV in shown) == (True, True)


async def test_bills_are_those_of_the_chosen_one_with_their_own_sum_and_button(
    memory_app: InMemoryApp, browser: Browser, bound: Any
) -> None:
    memory_app.his.bills.clear()
    for number, fen in ((CARD, 100), (CARD, 200), (CHILD, 5000), (CHILD, 600)):
        bill = a_bill(f"B-{fen}", fen, card_no=number, settle_group=f"G-{number}")
        memory_app.his.bills[bill.bill_no] = bill
    own, child = await bound(*BOTH)
    shown = {
        key: text_of(await browser.get(f"/h/demo/bills{f'?member={key}' if key else ''}")) for key in ("", own, child)
    }
    assert [page.count('class="panel__name"') for page in shown.values()] == [2, 1, 1]
    assert f'href="/h/demo/bills?member={child}"' in shown[""]
    assert ("共 4 张待缴费" in shown[""], "¥59.00" in shown[""]) == (True, True)
    assert ("共 2 张待缴费" in shown[child], "¥56.00" in shown[child], "¥3.00" in shown[child]) == (True, True, False)
    assert ("¥3.00" in shown[own], "¥56.00" in shown[own]) == (True, False)


async def test_a_patient_whose_bill_was_scanned_is_a_member_of_the_list_of_bills(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    for number, bill_no in ((CARD, "B1"), (CHILD, "B2")):
        memory_app.his.bills[bill_no] = a_bill(bill_no, 100, card_no=number)
    session = await enter("B1")
    alone = text_of(await browser.get("/h/demo/bills"))
    assert NAV not in alone
    card = BoundCard(hospital=HOSPITAL, owner=session.identity.key, card_no=CHILD, name="李小测")
    await memory_app.stores.cards.bind(card)
    own, child = (card_key(memory_app.sealer, HOSPITAL, number) for number in (CARD, CHILD))
    both = text_of(await browser.get("/h/demo/bills"))
    assert [f"?member={key}" in both for key in (own, child)] == [True, True]
    only = text_of(await browser.get(f"/h/demo/bills?member={own}"))
    assert (only.count('class="panel__name"'), "/bills/B1" in only, "/bills/B2" in only) == (1, True, False)
    await memory_app.stores.cards.bind(replace(card, card_no=CARD, name="张测试"))
    assert text_of(await browser.get("/h/demo/bills")).count(f"?member={own}") == 1


async def test_appointments_are_those_of_the_chosen_one(memory_app: InMemoryApp, browser: Browser, bound: Any) -> None:
    own, child = await bound(*BOTH)
    chosen = [registrations.SHIFT_NO, registrations.a_slot(1).slot_no, own]
    session = await memory_app.services.login.session(HOSPITAL, browser.cookies["__Host-session-demo"])
    await memory_app.payments.start("registration", session, chosen, NO_SMS)
    pages = [f"/h/demo/appointments{member}" for member in ("", f"?member={own}", f"?member={child}")]
    shown = [text_of(await browser.get(page)).count('<h2 class="panel__head">') for page in pages]
    assert shown == [1, 1, 0]


@pytest.mark.parametrize(
    "page",
    ["inpatient", "balances", "reports", "appointments", "bills", "bills/B1", "checkout?bill_no=B1&bill_no=B2"],
)
async def test_a_page_reads_the_person_s_cards_once(
    browser: Browser, bound: Any, memory_app: InMemoryApp, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it shows of them: a read is the dearest part of a page."""
    await bound(*BOTH)
    memory_app.his.bills = {number: a_bill(number) for number in ("B1", "B2")}
    read = AsyncMock(wraps=memory_app.stores.cards.of_owners)
    monkeypatch.setattr(memory_app.stores.cards, "of_owners", read)
    assert (await browser.get(f"/h/demo/{page}")).code == 200
    assert read.await_count == 1

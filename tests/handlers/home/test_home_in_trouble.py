"""Whatever does not answer leaves its place out of the first page; nothing is asked or counted twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from server.core.errors import OutcomeUnknown, OutsideRefusal
from tests.handlers.conftest import Browser, text_of
from tests.handlers.home.conftest import CHILD, HOME, registered, titles
from tests.support.builders import CARD, a_bill
from tests.support.in_memory_app import InMemoryApp
from tests.support.inpatients import FaithfulInpatients
from tests.support.registrations import PlayedRegistrations
from tests.support.reports import FaithfulReports

pytestmark = pytest.mark.gen_test


async def test_a_queue_that_does_not_answer_hides_no_number(
    memory_app: InMemoryApp, browser: Browser, bound: Any, system: PlayedRegistrations
) -> None:
    await registered(memory_app, await bound())
    system.will("queue", OutcomeUnknown("his", "silent"))
    page = text_of(await browser.get(HOME))
    assert titles(page)[0] == "今天 08:00–08:10 就诊"
    assert "前面还有" not in page


@pytest.mark.parametrize(
    ("call", "gone", "left"),
    [
        ("unpaid_bills", "待缴费，", "有 2 份新报告"),
        ("admissions", "预交金不足", "有 2 份新报告"),
        ("reports", "新报告", "预交金不足"),
    ],
)
async def test_what_does_not_answer_leaves_its_place_out(
    memory_app: InMemoryApp,
    browser: Browser,
    bound: Any,
    inpatients: FaithfulInpatients,
    reports: FaithfulReports,
    call: str,
    gone: str,
    left: str,
) -> None:
    await bound()
    for system in (memory_app.his, inpatients, reports):
        system.will(call, OutcomeUnknown("his", "silent"))
    answer = await browser.get(HOME)
    page = text_of(answer)
    assert answer.code == 200
    assert not any(gone in title for title in titles(page))
    assert any(left in title for title in titles(page))
    assert "医院系统暂时没有响应，有的内容没有取到" in page


async def test_one_card_of_which_the_hospital_is_silent_hides_no_other(
    memory_app: InMemoryApp, browser: Browser, bound: Any
) -> None:
    await bound(CHILD)
    memory_app.his.bills["B9"] = a_bill("B9", 500, card_no=CHILD, patient_name="张小测")

    async def only_the_child(card_no: str) -> Any:
        if card_no == CARD:
            raise OutcomeUnknown("his", "silent")
        return [memory_app.his.bills["B9"]]

    memory_app.his.unpaid_bills = only_the_child  # type: ignore[method-assign]
    page = text_of(await browser.get(HOME))
    assert "1 张待缴费，5.00 元" in page
    assert "2 张待缴费" not in page
    assert "医院系统暂时没有响应，有的内容没有取到" in page


async def test_a_refusal_of_the_hospital_is_no_silence(memory_app: InMemoryApp, browser: Browser, bound: Any) -> None:
    await bound()
    memory_app.his.will("unpaid_bills", OutsideRefusal("his", "LOCKED", user_message="这张卡已停用"))
    assert "有的内容没有取到" not in text_of(await browser.get(HOME))


async def test_two_cards_of_one_patient_count_nothing_twice(
    memory_app: InMemoryApp, browser: Browser, bound: Any
) -> None:
    await bound(CHILD)

    async def of_both(card_no: str) -> Any:
        return [replace(bill, card_no=card_no) for bill in (a_bill("B1", 3720), a_bill("B2", 1000))]

    memory_app.his.unpaid_bills = of_both  # type: ignore[method-assign]
    assert [title for title in titles(text_of(await browser.get(HOME))) if "待缴费" in title] == [
        "2 张待缴费，共 47.20 元"
    ]


async def test_reading_costs_few_round_trips(
    memory_app: InMemoryApp,
    browser: Browser,
    bound: Any,
    system: PlayedRegistrations,
    inpatients: FaithfulInpatients,
    reports: FaithfulReports,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One call of the HIS for each card and kind, and one for the queue of today's number; nothing is read twice of the stores."""
    await registered(memory_app, await bound(CHILD))
    outside = (memory_app.his, inpatients, system, reports)
    reads: Counter[str] = Counter()
    for played in outside:
        played.calls.clear()
    real = memory_app.payment_store.inner

    class Counting:
        def __getattr__(self, name: str) -> Any:
            reads[name] += 1
            return getattr(real, name)

    memory_app.payment_store.replace_with(Counting())
    of_owners = memory_app.stores.cards.of_owners

    async def counted(hospital: str, owners: Sequence[str]) -> Any:
        reads["cards of the person"] += 1
        return await of_owners(hospital, owners)

    monkeypatch.setattr(memory_app.stores.cards, "of_owners", counted)
    assert (await browser.get(HOME)).code == 200
    calls = Counter(name for played in outside for name, _ in played.calls)
    assert calls == {"unpaid_bills": 2, "admissions": 2, "reports": 2, "waits": 2, "queue": 1}
    assert reads == {"cards of the person": 1, "by_owner": 2, "by_claims": 1}

"""Who among staff saw personal data: a line in the chain for each search and list, written before anything is shown."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from server.audit.model import AuditEntry
from server.core.errors import StoreUnavailable, TooManyTries
from server.payments.hospital import RefundRules
from server.payments.model import VIEWED
from server.payments.rules.search import PaymentSearch
from server.staff.model import Role
from tests.support.builders import CARD, HOSPITAL, PHONE
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital
from tests.support.payment_fixtures import paid

pytestmark = pytest.mark.asyncio
LOOKS = {"staff_searched", "staff_listed"}


async def lines(memory_app: InMemoryApp) -> list[dict[str, str]]:
    entries: list[AuditEntry] = list(reversed(await memory_app.stores.audit.latest(HOSPITAL, 200)))
    return [{"what": entry.what, "who": entry.by, **entry.detail} for entry in entries if entry.what in LOOKS]


async def test_each_search_at_each_door_is_a_line_without_what_was_typed() -> None:
    memory_app = InMemoryApp()
    payment = await paid(memory_app)
    await memory_app.work()
    cashier = await an_employee(memory_app)
    for words in (payment.id, PHONE[-4:], CARD):
        await memory_app.refund_search.find(await cashier.now(), words)
    ticket, _ = await memory_app.console.search.begin(await cashier.now(), PaymentSearch(words=CARD))
    await memory_app.console.search.found(await cashier.now(), ticket)
    told = await lines(memory_app)
    assert [(line["door"], line["by"], line["found"]) for line in told] == [
        ("chat", "tail", "1"), ("chat", "phone_tail", "1"), ("chat", "card", "1"), ("console", "card", "1"),
    ]  # fmt: skip
    assert {line["who"] for line in told} == {"staff:1001"}
    assert told[0]["words"] == payment.id[-6:]
    assert told[2]["words"] == told[3]["words"] != told[1]["words"], "the same words are known again"
    assert not {PHONE[-4:], CARD} & {value for line in told for value in line.values()}


async def test_a_search_in_the_chat_by_any_command_is_one() -> None:
    memory_app = InMemoryApp()
    payment = await paid(memory_app)
    await memory_app.work()
    cashier = await an_employee(memory_app)
    await memory_app.refund_desk.draft(await cashier.now(), payment.id[-6:], 100, "other")
    assert [(line["what"], line["door"]) for line in await lines(memory_app)] == [("staff_searched", "chat")]
    await memory_app.refund_desk.draft(await cashier.now(), payment.id, 100, "other", door="console")
    assert [line["door"] for line in await lines(memory_app)] == ["chat", "console"]


async def test_a_list_is_a_line_once_an_hour() -> None:
    memory_app = InMemoryApp()
    payment = await paid(memory_app)
    finance = await an_employee(memory_app, "3001", Role.FINANCE, name="郑财务")
    day = payment.created_at.date()
    for _ in range(2):
        await memory_app.console.payments.on_day(await finance.now(), day)
        await memory_app.console.payments.under_way(await finance.now())
        await memory_app.refund_search.waiting(await finance.now(), "console")
        await memory_app.refund_search.today(await finance.now())
    assert [(line["list"], line["door"]) for line in await lines(memory_app)] == [
        (day.isoformat(), "console"), ("running", "console"), ("waiting", "console"), ("today", "chat"),
    ]  # fmt: skip
    memory_app.clock.forward(hours=1)
    await memory_app.refund_search.waiting(await finance.now(), "console")
    assert len(await lines(memory_app)) == 5


async def test_the_pages_of_items_and_proof_are_looks_at_the_payment() -> None:
    memory_app = InMemoryApp()
    payment = await paid(memory_app)
    await memory_app.work()
    cashier = await an_employee(memory_app)
    drafted = await memory_app.refund_desk.draft(await cashier.now(), payment.id, 100, "other")
    for _ in range(2):
        await memory_app.refund_desk.drafted(await cashier.now(), drafted.draft.ticket)
    after = await memory_app.payment(payment.id)
    looks = [(line.by, line.detail["door"]) for line in after.history if line.what == VIEWED]
    assert looks == [("staff:1001", "chat")]


async def test_what_can_t_be_written_down_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    memory_app = InMemoryApp()
    payment = await paid(memory_app)
    await memory_app.work()
    cashier = await an_employee(memory_app)
    now = await cashier.now()

    async def down(*given: Any) -> None:
        raise StoreUnavailable("down")

    monkeypatch.setattr(memory_app.stores.staff, "save", down)
    for ask in (
        lambda: memory_app.refund_search.find(now, payment.id),
        lambda: memory_app.refund_search.waiting(now),
        lambda: memory_app.console.payments.on_day(now, payment.created_at.date()),
    ):
        with pytest.raises(StoreUnavailable):
            await ask()


async def test_searches_have_a_limit_per_person_and_hour_over_all_doors() -> None:
    memory_app = InMemoryApp(replace(a_hospital(), refund_rules=RefundRules(searches_per_hour=4)))
    payment = await paid(memory_app)
    await memory_app.work()
    cashier, other = await an_employee(memory_app), await an_employee(memory_app, "1002", name="钱收费")
    for guess in ("0001", "0002"):
        await memory_app.refund_search.find(await cashier.now(), guess)
        await memory_app.console.search.begin(await cashier.now(), PaymentSearch(words=guess))
    ticket, of_other = await memory_app.console.search.begin(await other.now(), PaymentSearch(words=CARD))
    assert (bool(ticket), of_other) == (True, "")
    wanted = PaymentSearch(words=payment.id)
    for search, what in (
        (memory_app.refund_search.find, payment.id),
        (memory_app.console.search.begin, wanted),
        (memory_app.refund_search.one, payment.id),
        (partial(memory_app.refund_search.look, door="console", what="staff_exported"), wanted),
    ):
        with pytest.raises(TooManyTries) as refused:
            await search(await cashier.now(), what)  # type: ignore[operator]
        assert refused.value.user_message == "一小时内最多查询4次，请稍后再查，或请同事查询。"
    assert [line["who"] for line in await lines(memory_app)].count("staff:1001") == 4
    assert len(await memory_app.refund_search.find(await other.now(), payment.id)) == 1
    memory_app.clock.forward(hours=1)
    assert len(await memory_app.refund_search.find(await cashier.now(), payment.id)) == 1


async def test_a_search_says_by_what_it_was_and_keeps_nothing_that_is_typed_in_clear() -> None:
    memory_app = InMemoryApp()
    cashier = await an_employee(memory_app)
    for search in (
        PaymentSearch(words="99887766"),
        PaymentSearch(department="测试内科"),
        PaymentSearch(department=" 测试内科 "),
    ):
        await memory_app.console.search.begin(await cashier.now(), search)
    unknown, by_filter, again = await lines(memory_app)
    kept = memory_app.sealer.lookup("staff_search", f"{HOSPITAL}/99887766")[:16]
    assert (unknown["by"], unknown["words"], unknown["found"]) == ("number", kept, "0")
    assert "filters" not in unknown
    department = memory_app.sealer.lookup("staff_search", f"{HOSPITAL}/department/测试内科")[:16]
    assert (by_filter["by"], by_filter["department"], by_filter["filters"]) == ("filters", department, "")
    assert "words" not in by_filter
    assert again["department"] == department, "typed otherwise"

"""Which facts are kept of a member of staff, each by its kind, and what follows from them: one by one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.patients.model import BoundCard
from server.staff.facts import StaffFacts, plain_name
from server.staff.model import Staff
from server.staff.rules.facts import Circle
from tests.support.builders import HOSPITAL, an_identity
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio
OWNER = an_identity("openid-1001").key


def facts_of(memory_app: InMemoryApp) -> StaffFacts:
    """As a process that has just begun has them."""
    stores = memory_app.stores
    return StaffFacts(
        stores.staff, stores.people, stores.cards, stores.staff_facts, memory_app.sealer, memory_app.clock
    )


def forget(memory_app: InMemoryApp) -> None:
    """As in a database from before facts were kept."""
    memory_app.stores.staff_facts.documents.clear()  # type: ignore[attr-defined]


async def bind(memory_app: InMemoryApp, number: str, name: str, *marks: str, card_no: str = "C1") -> None:
    card = BoundCard(
        hospital=HOSPITAL, owner=an_identity(f"openid-{number}").key, card_no=card_no, name=name, identity_proofs=marks
    )
    await memory_app.stores.cards.bind(card)


async def circle_of(memory_app: InMemoryApp, one: Employee) -> Circle:
    return await facts_of(memory_app).circle(await one.now())


def owned(memory_app: InMemoryApp, circle: Circle) -> tuple[bool, bool, bool]:
    """By the identity, the card, the name of 1001, each alone."""
    facts = facts_of(memory_app)
    return (
        facts.owns(HOSPITAL, circle, OWNER, "", ""),
        facts.owns(HOSPITAL, circle, "", "C1", ""),
        facts.owns(HOSPITAL, circle, "", "", "李收费"),
    )


@pytest.mark.parametrize(
    ("name", "marks", "known"),
    [
        ("李收费", (), True),
        ("Ｌi", (), False),
        ("李小小", (), False),
        ("李小小", ("own:1",), False),
        ("李小小", ("self:1",), True),
        ("李 收费", (), True),
    ],
)
async def test_a_card_is_one_s_own_by_the_name_or_by_one_s_word(name: str, marks: tuple[str, ...], known: bool) -> None:
    memory_app = InMemoryApp()
    one = await an_employee(memory_app)
    await bind(memory_app, "1001", name, *marks)
    circle = await circle_of(memory_app, one)
    assert owned(memory_app, circle) == (True, known, True)
    assert {mark for mark in circle.facts if mark.startswith(("self:", "own:"))} == {*marks} - {"own:1"}


async def test_a_fact_is_of_one_hospital_and_an_empty_value_is_none() -> None:
    memory_app = InMemoryApp()
    one = await an_employee(memory_app)
    circle, facts = await circle_of(memory_app, one), facts_of(memory_app)
    assert not facts.owns("other", circle, OWNER, "C1", "李收费")
    assert not facts.owns(HOSPITAL, circle, "", "", "")
    assert not facts.owns(HOSPITAL, circle, "李收费", OWNER, OWNER), "each kind by itself"


@pytest.mark.parametrize(
    ("owner", "card_no", "name", "concerns"),
    [(OWNER, "", "", True), ("", "C1", "", True), ("", "", "李收费", True), ("x:y:z", "C2", "别人", False), ("", "", "", False)],
)  # fmt: skip
async def test_whether_a_payment_may_concern_somebody_who_works_here(
    owner: str, card_no: str, name: str, concerns: bool
) -> None:
    """Asked by a process that has just begun, of staff from before facts were kept."""
    memory_app = InMemoryApp()
    await an_employee(memory_app)
    await bind(memory_app, "1001", "李收费")
    forget(memory_app)
    assert await facts_of(memory_app).may_concern(HOSPITAL, owner, card_no, name) is concerns
    assert not await facts_of(memory_app).may_concern("other", owner, card_no, name)


async def test_staff_from_before_facts_were_kept_are_taken_over_once(monkeypatch: pytest.MonkeyPatch) -> None:
    memory_app = InMemoryApp()
    for number, name in (("1001", "李收费"), ("1002", "钱收费")):
        await an_employee(memory_app, number, name=name)
    known = await memory_app.stores.staff_facts.of(HOSPITAL, "1002")
    await memory_app.stores.staff_facts.add(HOSPITAL, "1001", {"name:before"}, memory_app.clock.now())
    facts, asked = facts_of(memory_app), list[str]()
    everybody = memory_app.stores.staff.all

    async def all_of(hospital: str) -> list[Staff]:
        asked.append(hospital)
        return list(await everybody(hospital))

    monkeypatch.setattr(memory_app.stores.staff, "all", all_of)
    kept = memory_app.stores.staff_facts.documents  # type: ignore[attr-defined]
    kept.clear()
    kept[(HOSPITAL, "1001")] = frozenset({"name:before"})
    for _ in range(2):
        assert not await facts.may_concern(HOSPITAL, "", "", "别人")
    assert asked == [HOSPITAL]
    assert await memory_app.stores.staff_facts.of(HOSPITAL, "1002") == known
    assert await memory_app.stores.staff_facts.of(HOSPITAL, "1001") == {"name:before"}, "who has facts is known"


async def test_a_circle_is_joined_over_sure_facts_and_doubtful_over_a_name_or_a_phone() -> None:
    memory_app = InMemoryApp()
    numbers = [
        await an_employee(memory_app, number, name=name)
        for number, name in (("1001", "甲"), ("1002", "乙"), ("1003", "丙"), ("1004", "甲"), ("1005", "丁"))
    ]
    store, now = memory_app.stores.staff_facts, memory_app.clock.now()
    for number, fact in (("1001", "self:a"), ("1002", "self:a"), ("1002", "card:b"), ("1003", "card:b")):
        await store.add(HOSPITAL, number, {fact}, now)
    for number in ("1003", "1005"):
        await store.add(HOSPITAL, number, {"phone:c"}, now)
    circle = await circle_of(memory_app, numbers[0])
    assert (circle.sure, circle.doubtful) == ({"1001", "1002", "1003"}, {"1004", "1005"})
    assert {"self:a", "card:b", "phone:c"} <= circle.facts
    assert (await circle_of(memory_app, numbers[4])).doubtful == {"1001", "1002", "1003"}, (
        "and all who are one with them"
    )


@pytest.mark.parametrize(("shared", "doubted"), [(("name",), False), (("phone",), True), ((), True)])
async def test_of_whom_it_was_said_that_they_are_two_nobody_doubts(shared: tuple[str, ...], doubted: bool) -> None:
    memory_app = InMemoryApp()
    one, _ = [await an_employee(memory_app, number) for number in ("1001", "1002")]
    await memory_app.staff.tell_apart(HOSPITAL, "1002", "1001", [f"{kind}:" for kind in shared], "staff:9001")
    assert (await circle_of(memory_app, one)).doubtful == ({"1002"} if doubted else set())


async def test_a_circle_knows_namesakes_from_before_facts_were_kept() -> None:
    memory_app = InMemoryApp()
    one, _ = [await an_employee(memory_app, number) for number in ("1001", "1002")]
    forget(memory_app)
    assert (await circle_of(memory_app, one)).doubtful == {"1002"}


async def test_a_number_without_an_employee_stays_in_doubt() -> None:
    """Facts outlive whomever they tell of; nobody can have said that they are another."""
    memory_app = InMemoryApp()
    one = await an_employee(memory_app)
    await memory_app.stores.staff_facts.add(HOSPITAL, "1001", {"phone:a"}, memory_app.clock.now())
    await memory_app.stores.staff_facts.add(HOSPITAL, "0999", {"phone:a"}, memory_app.clock.now())
    assert (await circle_of(memory_app, one)).doubtful == {"0999"}


async def test_a_chain_of_numbers_is_followed_for_eight_steps() -> None:
    memory_app = InMemoryApp()
    one = await an_employee(memory_app, "2000")
    for step in range(12):
        for number in (2000 + step, 2001 + step):
            await memory_app.stores.staff_facts.add(HOSPITAL, str(number), {f"self:{step}"}, memory_app.clock.now())
    assert (await circle_of(memory_app, one)).sure == {str(2000 + step) for step in range(9)}


async def test_what_is_shared_is_named_by_its_kind() -> None:
    memory_app = InMemoryApp()
    one = await an_employee(memory_app)
    await an_employee(memory_app, "1002")
    facts = facts_of(memory_app)
    assert await facts.shared(await one.now(), "1002") == ("name:",)
    for number in ("1001", "1002"):
        await memory_app.stores.staff_facts.add(HOSPITAL, number, {"phone:a", "self:b"}, memory_app.clock.now())
    assert await facts.shared(await one.now(), "1002") == ("name:", "phone:")
    assert await facts.shared(await one.now(), "1003") == ()


async def test_what_is_seen_of_an_identity_is_kept_of_each_number_that_it_is_joined_with() -> None:
    memory_app = InMemoryApp()
    one = await an_employee(memory_app)
    joined = an_identity("openid-elsewhere", union_id="union-1")
    await memory_app.people.met(HOSPITAL, joined)
    await memory_app.people.met(HOSPITAL, an_identity("openid-1001", union_id="union-1"))
    forget(memory_app)
    facts = facts_of(memory_app)
    await facts.seen(HOSPITAL, joined.key, "13800000001")
    kept = await memory_app.stores.staff_facts.of(HOSPITAL, one.number)
    assert sorted(fact.partition(":")[0] for fact in kept) == ["account", "identity", "identity", "name", "phone"]
    await facts.seen(HOSPITAL, an_identity("openid-stranger").key, "13800000002")
    assert list(memory_app.stores.staff_facts.documents) == [(HOSPITAL, "1001")]  # type: ignore[attr-defined]


async def test_what_is_learnt_without_a_phone_or_a_binding() -> None:
    memory_app = InMemoryApp()
    one = await an_employee(memory_app)
    staff = replace(await one.now(), identity=None)
    forget(memory_app)
    await facts_of(memory_app).learn(staff)
    kept = await memory_app.stores.staff_facts.of(HOSPITAL, "1001")
    assert [fact.partition(":")[0] for fact in kept] == ["name"]


async def test_forms_of_one_name() -> None:
    assert {plain_name(name) for name in ("Li Wei", "ｌｉ ｗｅｉ", "LI\u3000WEI")} == {"liwei"}

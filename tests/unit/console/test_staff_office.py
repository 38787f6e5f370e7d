"""Staff and limits from the console, line by line: what may be asked, what is refused in which words, and what another admin agrees to."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import pytest

from server.console.staff_room import must_be_invitable
from server.core.errors import BadInput, NotAllowed, NotFound, Refusal
from server.staff.model import RefundLimits, Role, StaffState
from tests.support.builders import HOSPITAL
from tests.support.employees import LIMITS, Employee, an_employee
from tests.support.in_memory_app import InMemoryApp

SMALL = RefundLimits(per_refund_fen=1, per_day_fen=2)
NUMBER_WORDS = "工号用数字和字母，至少一个数字，最多20位。"
LIMIT_WORDS = "限额不正确：单笔不能超过当日限额，当日最多一百万元。"


async def said(asked: Awaitable[object], kind: type[Refusal] = NotAllowed) -> str:
    with pytest.raises(Refusal) as raised:
        await asked
    assert type(raised.value) is kind
    return raised.value.user_message


class TestTheForm:
    @pytest.mark.parametrize("number", ["1", "1001", "A1", "9" * 20])
    def test_a_number_has_a_digit(self, number: str) -> None:
        must_be_invitable(number, "李" * 30, SMALL)

    @pytest.mark.parametrize("number", ["", "operator", "10-01", "9" * 21, "１００１", "1001\n"])
    def test_what_is_no_number(self, number: str) -> None:
        with pytest.raises(BadInput) as refused:
            must_be_invitable(number, "李收费", SMALL)
        assert refused.value.user_message == NUMBER_WORDS

    @pytest.mark.parametrize("name", ["", "  ", "李" * 31])
    def test_what_is_no_name(self, name: str) -> None:
        with pytest.raises(BadInput) as refused:
            must_be_invitable("1001", name, SMALL)
        assert refused.value.user_message == "请填写姓名。"

    @pytest.mark.parametrize(
        ("per_refund_fen", "per_day_fen", "good"),
        [
            (0, 0, True), (5, 5, True), (0, 100_000_000, True), (100_000_000, 100_000_000, True),
            (-1, 5, False), (6, 5, False), (0, 100_000_001, False),
        ],
    )  # fmt: skip
    def test_limits_that_make_sense(self, per_refund_fen: int, per_day_fen: int, good: bool) -> None:
        limits = RefundLimits(per_refund_fen=per_refund_fen, per_day_fen=per_day_fen)
        if good:
            return must_be_invitable("1001", "李收费", limits)
        with pytest.raises(BadInput) as refused:
            must_be_invitable("1001", "李收费", limits)
        assert refused.value.user_message == LIMIT_WORDS
        return None


class Office:
    """Two admins and a cashier."""

    def __init__(self) -> None:
        self.memory_app = InMemoryApp()
        self.office = self.memory_app.console.office

    async def open(self) -> Office:
        self.one = await an_employee(self.memory_app, "9001", Role.ADMIN, name="管理甲")
        self.other = await an_employee(self.memory_app, "9002", Role.ADMIN, name="管理乙")
        self.cashier = await an_employee(self.memory_app)
        return self

    async def wrong(self, who: Employee) -> tuple[Any, Any]:
        return await who.now(), who.proof(pin="908172")


@pytest.mark.asyncio
class TestActs:
    async def test_only_admins_come_in(self) -> None:
        setup = await Office().open()
        actor, proof, office = await setup.cashier.now(), setup.cashier.proof(), setup.office
        asked: list[Awaitable[object]] = [
            office.everybody(actor),
            office.one(actor, "1001"),
            office.invite(actor, proof, "1003", "孙收费", Role.CASHIER, SMALL),
            office.leave(actor, proof, "9001"),
            office.propose(actor, proof, "1001", Role.ADMIN, SMALL),
            office.agree(actor, proof, "1001", (Role.ADMIN, SMALL), invite=False),
            office.alike(actor, "1001"),
            office.tell_apart(actor, proof, "1001", "9001"),
        ]
        before = await setup.memory_app.staff.everybody(HOSPITAL)
        for one in asked:
            assert await said(one) == "您的岗位不能进行这个操作。"
        assert await setup.memory_app.staff.everybody(HOSPITAL) == before

    async def test_who_is_invited_waits_for_another_admin(self) -> None:
        setup = await Office().open()
        await setup.office.invite(await setup.one.now(), setup.one.proof(), "1003", " 孙收费 ", Role.CASHIER, SMALL)
        staff = await setup.office.one(await setup.one.now(), "1003")
        assert (staff.name, staff.role, staff.limits, staff.state) == (
            "孙收费", Role.CASHIER, SMALL, StaffState.PROPOSED,
        )  # fmt: skip
        after, code = await setup.office.agree(
            await setup.other.now(), setup.other.proof(), "1003", (Role.CASHIER, SMALL), invite=True
        )
        assert (after.state, len(code)) == (StaffState.INVITED, 8)

    async def test_nobody_invites_themselves(self) -> None:
        setup = await Office().open()
        asked = setup.office.invite(await setup.one.now(), setup.one.proof(), "9001", "管理甲", Role.ADMIN, SMALL)
        assert await said(asked) == "不能邀请自己，请由另一位管理员操作。"

    async def test_what_can_not_be_uses_no_code_up(self) -> None:
        setup = await Office().open()
        office, actor, proof = setup.office, await setup.one.now(), setup.one.proof()
        bad = RefundLimits(per_refund_fen=2, per_day_fen=1)
        assert await said(office.invite(actor, proof, "x", "孙", Role.CASHIER, SMALL), BadInput) == NUMBER_WORDS
        assert await said(office.propose(actor, proof, "1001", Role.CASHIER, bad), BadInput) == LIMIT_WORDS
        for number in ("1099", ""):
            assert await said(office.leave(actor, proof, number), NotFound) == "没有这个工号。"
            assert await said(office.propose(actor, proof, number, Role.CASHIER, SMALL), NotFound) == "没有这个工号。"
        assert (await office.leave(actor, proof, "1001")).state is StaffState.LEFT

    async def test_each_act_takes_a_proof(self) -> None:
        setup = await Office().open()
        office, terms = setup.office, (Role.APPROVER, SMALL)
        await office.propose(await setup.one.now(), setup.one.proof(), "1001", *terms)
        before = await setup.memory_app.staff.get(HOSPITAL, "1001")
        for _ in range(2):
            await said(office.agree(*await setup.wrong(setup.other), "1001", terms, invite=False))
            await said(office.leave(*await setup.wrong(setup.other), "1001"))
        assert await setup.memory_app.staff.get(HOSPITAL, "1001") == before

    @pytest.mark.parametrize(
        ("terms", "invite"), [((Role.ADMIN, SMALL), False), ((Role.APPROVER, LIMITS), False), ((Role.APPROVER, SMALL), True)]
    )  # fmt: skip
    async def test_other_terms_than_were_seen_are_not_agreed_to(
        self, terms: tuple[Role, RefundLimits], invite: bool
    ) -> None:
        setup = await Office().open()
        changed = "待确认的变更已经不同，请重新查看。"
        actor, proof = await setup.other.now(), setup.other.proof()
        assert await said(setup.office.agree(actor, proof, "1001", (Role.APPROVER, SMALL), invite=False)) == changed
        await setup.office.propose(await setup.one.now(), setup.one.proof(), "1001", Role.APPROVER, SMALL)
        assert await said(setup.office.agree(actor, proof, "1001", terms, invite=invite)) == changed

    async def test_neither_who_proposed_it_nor_whom_it_is_about_agrees(self) -> None:
        setup = await Office().open()
        terms, words = (Role.FINANCE, SMALL), "需要另一位管理员确认。"
        await setup.office.propose(await setup.one.now(), setup.one.proof(), "9002", *terms)
        for who in (setup.one, setup.other):
            asked = setup.office.agree(await who.now(), who.proof(), "9002", terms, invite=False)
            assert await said(asked) == words
        third = await an_employee(setup.memory_app, "9003", Role.ADMIN, name="管理丙")
        after, code = await setup.office.agree(await third.now(), third.proof(), "9002", terms, invite=False)
        assert (after.role, code) == (Role.FINANCE, "")

    async def test_a_namesake_of_who_proposed_it_does_not_agree(self) -> None:
        setup = await Office().open()
        terms = (Role.FINANCE, SMALL)
        await setup.office.propose(await setup.one.now(), setup.one.proof(), "1001", *terms)
        namesake = await an_employee(setup.memory_app, "9003", Role.ADMIN, name="管理甲")
        asked = setup.office.agree(await namesake.now(), namesake.proof(), "1001", terms, invite=False)
        assert await said(asked) == "您与提出人姓名或手机号相同，请其他管理员确认。"

    async def test_who_is_alike_is_told_by_number(self) -> None:
        setup = await Office().open()
        for number in ("1004", "1003"):
            await an_employee(setup.memory_app, number)
        store, now = setup.memory_app.stores.staff_facts, setup.memory_app.clock.now()
        for number in ("1001", "1004"):
            await store.add(HOSPITAL, number, {"self:a"}, now)
        alike = await setup.office.alike(await setup.one.now(), "1001")
        assert [(each.staff.number, each.sure, each.shared) for each in alike] == [
            ("1003", False, ("name:",)), ("1004", True, ("name:",)),
        ]  # fmt: skip
        assert await setup.office.alike(await setup.one.now(), "9001") == ()

    async def test_who_surely_is_one_person_is_not_told_apart(self) -> None:
        setup = await Office().open()
        await an_employee(setup.memory_app, "1004")
        for number in ("1001", "1004"):
            await setup.memory_app.stores.staff_facts.add(HOSPITAL, number, {"self:a"}, setup.memory_app.clock.now())
        actor, proof, words = await setup.one.now(), setup.one.proof(), "这两个工号不需要确认，或已知是同一人。"
        for other in ("1004", "9002"):
            assert await said(setup.office.tell_apart(actor, proof, "1001", other)) == words

    async def test_a_word_that_two_are_two_takes_a_proof(self) -> None:
        setup = await Office().open()
        await an_employee(setup.memory_app, "1004")
        await said(setup.office.tell_apart(*await setup.wrong(setup.one), "1001", "1004"))
        after = await setup.office.tell_apart(await setup.one.now(), setup.one.proof(), "1001", "1004")
        line = after.history[-1]
        assert (line.what, line.by, dict(line.detail)) == (
            "staff_told_apart", "staff:9001", {"other": "1004", "shared": "name"},
        )  # fmt: skip

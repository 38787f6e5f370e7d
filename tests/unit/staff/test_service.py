"""Staff: invited, bound, secured, changed by two, cut off; and the proof that it is them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from server.core.errors import BadInput, NotAllowed, NotFound, StoreUnavailable, TooManyTries
from server.staff.model import RefundLimits, Role, StaffState
from server.staff.proofs import Proof
from server.staff.rules.auth_events import Asked
from server.staff.rules.proofs import FAILURES_MAX, LOCKED_FOR
from server.storage.memory import memory_stores
from tests.support.builders import HOSPITAL, an_identity
from tests.support.employees import LIMITS, PIN, an_employee
from tests.support.in_memory_app import InMemoryApp, Unreachable

pytestmark = pytest.mark.asyncio


class TestInvitation:
    async def test_binds_once(self) -> None:
        house = InMemoryApp()
        code = await house.staff.invite(HOSPITAL, "1001", "李收费", Role.CASHIER, LIMITS, "cli:root")
        bound = await house.staff.bind(HOSPITAL, an_identity("openid-1"), code)
        assert (bound.state, bound.can_prove) == (StaffState.ACTIVE, False)
        with pytest.raises(NotAllowed):
            await house.staff.bind(HOSPITAL, an_identity("openid-2"), code)
        assert await house.staff.known(HOSPITAL, an_identity("openid-2")) is None

    async def test_ends_after_a_day(self) -> None:
        house = InMemoryApp()
        code = await house.staff.invite(HOSPITAL, "1001", "李收费", Role.CASHIER, LIMITS, "cli:root")
        house.clock.forward(hours=24)
        with pytest.raises(NotAllowed):
            await house.staff.bind(HOSPITAL, an_identity("openid-1"), code)

    async def test_can_t_be_guessed_for_long(self) -> None:
        house = InMemoryApp()
        for number in range(5):
            with pytest.raises(NotAllowed):
                await house.staff.bind(HOSPITAL, an_identity("openid-1"), f"WRONG{number:03}")
        code = await house.staff.invite(HOSPITAL, "1001", "李收费", Role.CASHIER, LIMITS, "cli:root")
        with pytest.raises(TooManyTries):
            await house.staff.bind(HOSPITAL, an_identity("openid-1"), code)

    async def test_only_the_newest_code_binds(self) -> None:
        house = InMemoryApp()
        old = await house.staff.invite(HOSPITAL, "1001", "李收费", Role.CASHIER, LIMITS, "cli:root")
        await house.staff.leave(HOSPITAL, "1001", "staff:9001")
        older = await house.staff.invite(HOSPITAL, "1001", "李收费", Role.CASHIER, LIMITS, "cli:root")
        new = await house.staff.invite(HOSPITAL, "1001", "李收费", Role.CASHIER, LIMITS, "cli:root")
        for code in (old, older):
            with pytest.raises(NotAllowed):
                await house.staff.bind(HOSPITAL, an_identity("openid-1"), code)
        assert (await house.staff.bind(HOSPITAL, an_identity("openid-1"), new)).state is StaffState.ACTIVE

    async def test_is_good_again_after_a_store_that_failed(self) -> None:
        stores = memory_stores()
        store = Unreachable(stores.staff, StoreUnavailable(), "save")
        house = InMemoryApp(stores=replace(stores, staff=store))  # type: ignore[arg-type]
        code = await house.staff.invite(HOSPITAL, "1001", "李收费", Role.CASHIER, LIMITS, "cli:root")
        with pytest.raises(StoreUnavailable):
            await house.staff.bind(HOSPITAL, an_identity("openid-1"), code)
        store.fail.clear()
        assert (await house.staff.bind(HOSPITAL, an_identity("openid-1"), code)).state is StaffState.ACTIVE

    async def test_one_wechat_is_one_employee(self) -> None:
        house = InMemoryApp()
        for number in ("1001", "1002"):
            code = await house.staff.invite(HOSPITAL, number, "李收费", Role.CASHIER, LIMITS, "cli:root")
            if number == "1001":
                await house.staff.bind(HOSPITAL, an_identity("openid-1"), code)
        with pytest.raises(NotAllowed, match="identity"):
            await house.staff.bind(HOSPITAL, an_identity("openid-1"), code)

    async def test_a_known_number_is_invited_under_its_old_terms(self) -> None:
        house = InMemoryApp()
        one = await an_employee(house)
        await house.staff.invite(
            HOSPITAL, "1001", "李收费", Role.FINANCE, RefundLimits(per_refund_fen=1, per_day_fen=1), "a"
        )
        again = await one.now()
        assert (again.role, again.limits, again.state, again.can_prove) == (
            Role.CASHIER,
            LIMITS,
            StaffState.INVITED,
            False,
        )
        assert await house.staff.known(HOSPITAL, an_identity("openid-1001")) is None


class TestInvitationByTwo:
    """Whoever holds such a phone could agree to refunds, change others, or refund much alone."""

    SMALL = RefundLimits(per_refund_fen=50_000, per_day_fen=200_000)
    WIDE = RefundLimits(per_refund_fen=50_001, per_day_fen=200_000)
    LONG = RefundLimits(per_refund_fen=1, per_day_fen=200_001)

    @pytest.mark.parametrize(
        ("role", "limits"),
        [
            (Role.CASHIER, SMALL), (Role.CASHIER, WIDE), (Role.CASHIER, LONG),
            (Role.APPROVER, SMALL), (Role.FINANCE, SMALL), (Role.ADMIN, SMALL),
        ],
    )  # fmt: skip
    async def test_everybody_is_invited_by_two(self, role: Role, limits: RefundLimits) -> None:
        """One admin could make any number of cashiers, whose day's limits add up."""
        house = InMemoryApp()
        assert await house.staff.invite(HOSPITAL, "2001", "王审批", role, limits, "staff:9001", alone=False) == ""
        staff = await house.staff.get(HOSPITAL, "2001")
        assert staff.state is StaffState.PROPOSED
        assert (staff.role, staff.limits) == (role, limits)
        for by in ("staff:9001", "staff:2001"):
            with pytest.raises(NotAllowed):
                await house.staff.agree(HOSPITAL, "2001", by)
        after, code = await house.staff.agree(HOSPITAL, "2001", "staff:9002")
        assert (after.state, after.change) == (StaffState.INVITED, None)
        bound = await house.staff.bind(HOSPITAL, an_identity("openid-1"), code)
        assert (bound.role, bound.limits, bound.state) == (role, limits, StaffState.ACTIVE)
        assert [line.what for line in bound.history] == ["staff_invite_proposed", "staff_invited", "staff_bound"]
        assert (bound.history[1].by, bound.history[1].detail["proposed_by"]) == ("staff:9002", "staff:9001")
        with pytest.raises(NotAllowed, match="no change"):
            await house.staff.agree(HOSPITAL, "2001", "staff:9002")

    async def test_their_new_phone_takes_two_and_the_old_one_stays_until_then(self) -> None:
        house = InMemoryApp()
        one = await an_employee(house, "2001", Role.APPROVER)
        assert (
            await house.staff.invite(HOSPITAL, "2001", "x", Role.CASHIER, self.SMALL, "staff:9001", alone=False) == ""
        )
        assert (await one.now()).state is StaffState.ACTIVE
        await house.staff.prove(await one.now(), one.proof(), Asked.REFUND)
        after, code = await house.staff.agree(HOSPITAL, "2001", "staff:9002")
        assert (after.role, after.identity, after.can_prove) == (Role.APPROVER, None, False)
        await house.staff.bind(HOSPITAL, an_identity("openid-new"), code)

    async def test_a_cashier_s_new_phone_takes_two_and_keeps_the_old_terms(self) -> None:
        house = InMemoryApp()
        one = await an_employee(house)
        assert await house.staff.invite(HOSPITAL, "1001", "x", Role.ADMIN, self.WIDE, "staff:9001", alone=False) == ""
        assert (await one.now()).state is StaffState.ACTIVE
        after, code = await house.staff.agree(HOSPITAL, "1001", "staff:9002")
        assert (after.role, after.state, bool(code)) == (Role.CASHIER, StaffState.INVITED, True)

    async def test_other_terms_for_who_is_proposed_are_an_invitation_still(self) -> None:
        house = InMemoryApp()
        await house.staff.invite(HOSPITAL, "2001", "王审批", Role.ADMIN, self.SMALL, "staff:9001", alone=False)
        await house.staff.propose(HOSPITAL, "2001", Role.FINANCE, self.SMALL, "staff:9002")
        with pytest.raises(NotAllowed):
            await house.staff.agree(HOSPITAL, "2001", "staff:9002")
        after, code = await house.staff.agree(HOSPITAL, "2001", "staff:9001")
        assert (after.role, after.state, bool(code)) == (Role.FINANCE, StaffState.INVITED, True)

    async def test_a_proposal_that_is_not_wanted_is_ended_by_anybody(self) -> None:
        house = InMemoryApp()
        await house.staff.invite(HOSPITAL, "2001", "王审批", Role.ADMIN, self.SMALL, "staff:9001", alone=False)
        await house.staff.leave(HOSPITAL, "2001", "staff:9002")
        with pytest.raises(NotAllowed, match="no change"):
            await house.staff.agree(HOSPITAL, "2001", "staff:9002")

    async def test_the_server_s_own_console_is_the_way_in(self) -> None:
        house = InMemoryApp()
        assert await house.staff.invite(HOSPITAL, "9001", "管理甲", Role.ADMIN, self.WIDE, "cli:root")
        await house.staff.invite(HOSPITAL, "9002", "管理乙", Role.ADMIN, self.SMALL, "staff:9001", alone=False)
        code = await house.staff.invite(HOSPITAL, "9002", "管理乙", Role.ADMIN, self.SMALL, "cli:root")
        bound = await house.staff.bind(HOSPITAL, an_identity("openid-1"), code)
        assert (bound.role, bound.change) == (Role.ADMIN, None)


class TestSetup:
    async def test_who_was_bound_by_mistake_has_not_seen_the_next_one_s_secret(self) -> None:
        house = InMemoryApp()
        seen = []
        for someone in ("openid-wrong", "openid-right"):
            code = await house.staff.invite(HOSPITAL, "1001", "李收费", Role.CASHIER, LIMITS, "cli:root")
            staff = await house.staff.bind(HOSPITAL, an_identity(someone), code)
            seen.append(await house.staff.begin_setup(staff))
            assert await house.staff.begin_setup(staff) == seen[-1]
        assert seen[0] != seen[1]

    async def test_refuses_weak_pins_and_wrong_codes(self) -> None:
        house = InMemoryApp()
        code = await house.staff.invite(HOSPITAL, "1001", "李收费", Role.CASHIER, LIMITS, "cli:root")
        staff = await house.staff.bind(HOSPITAL, an_identity("openid-1"), code)
        await house.staff.begin_setup(staff)
        for pin, again in (
            ("111111", "111111"),
            ("123456", "123456"),
            ("12345", "12345"),
            ("１２８０５９", "１２８０５９"),
            (PIN, "280518"),
            (PIN, PIN),
        ):
            with pytest.raises(BadInput):
                await house.staff.finish_setup(staff, pin, again, "000000")

    async def test_is_done_once(self) -> None:
        house = InMemoryApp()
        one = await an_employee(house)
        with pytest.raises(NotAllowed):
            await house.staff.begin_setup(await one.now())


class TestProof:
    async def test_a_code_works_once_even_at_the_same_moment(self) -> None:
        house = InMemoryApp()
        one = await an_employee(house)
        staff, proof = await one.now(), one.proof()
        outcomes = await asyncio.gather(
            *(house.staff.prove(staff, proof, Asked.STAFF) for _ in range(3)), return_exceptions=True
        )
        assert sum(isinstance(outcome, NotAllowed) for outcome in outcomes) == 2

    @pytest.mark.parametrize(("steps", "holds"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
    async def test_drifts_by_one_step(self, steps: int, holds: bool) -> None:
        house = InMemoryApp()
        one = await an_employee(house)
        house.clock.forward(300)
        code = one.code()
        house.clock.forward(30 * steps)
        proving = house.staff.prove(await one.now(), Proof(pin=PIN, totp=code), Asked.STAFF)
        if holds:
            await proving
        else:
            with pytest.raises(NotAllowed):
                await proving

    async def test_locks_after_five_failures_and_says_how_long(self) -> None:
        house = InMemoryApp()
        one = await an_employee(house)
        for number in range(FAILURES_MAX):
            with pytest.raises((NotAllowed, TooManyTries)):
                await house.staff.prove(await one.now(), one.proof(pin=f"90817{number}"), Asked.STAFF)
        with pytest.raises(TooManyTries, match="locked"):
            await house.staff.prove(await one.now(), one.proof(), Asked.STAFF)
        house.clock.forward(LOCKED_FOR.total_seconds())
        await house.staff.prove(await one.now(), one.proof(), Asked.STAFF)

    async def test_who_has_left_is_out_at_once(self) -> None:
        house = InMemoryApp()
        one = await an_employee(house)
        before = await one.now()
        await house.staff.leave(HOSPITAL, "1001", "cli:root")
        with pytest.raises(NotAllowed):
            await house.staff.prove(before, one.proof(), Asked.STAFF)
        with pytest.raises(NotFound):
            await house.staff.must_be(HOSPITAL, an_identity("openid-1001"))


class TestChanges:
    async def test_need_a_second_admin(self) -> None:
        house = InMemoryApp()
        await an_employee(house)
        wide = RefundLimits(per_refund_fen=10**6, per_day_fen=10**7)
        await house.staff.propose(HOSPITAL, "1001", Role.APPROVER, wide, "staff:9001")
        for by in ("9001", "1001"):
            with pytest.raises(NotAllowed):
                await house.staff.agree(HOSPITAL, "1001", by)
        assert (await house.staff.get(HOSPITAL, "1001")).role is Role.CASHIER
        after, code = await house.staff.agree(HOSPITAL, "1001", "staff:9002")
        assert code == ""
        assert (after.role, after.limits, after.change) == (Role.APPROVER, wide, None)
        assert [line.what for line in after.history][-2:] == ["staff_change_proposed", "staff_changed"]


async def test_a_pin_from_before_pins_had_their_own_key_goes_on() -> None:
    house = InMemoryApp()
    one = await an_employee(house)
    staff = await one.now()
    old = house.sealer.lookup_before("staff_pin", f"{staff.hospital}/{staff.number}/{PIN}")
    assert old != staff.pin
    await house.stores.staff.save(staff, replace(staff, pin=old, version=staff.version + 1))
    await house.staff.prove(await one.now(), one.proof(), Asked.STAFF)
    with pytest.raises(NotAllowed):
        await house.staff.prove(await one.now(), Proof(pin="918273", totp=one.proof().totp), Asked.STAFF)

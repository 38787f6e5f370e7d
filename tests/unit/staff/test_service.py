"""Staff: invited, bound, changed by two, cut off."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import NotAllowed, StoreUnavailable, TooManyTries
from server.staff.model import RefundLimits, Role, StaffState
from server.staff.rules.auth_events import Asked
from server.storage.memory import memory_stores
from tests.support.builders import HOSPITAL, an_identity
from tests.support.employees import LIMITS, an_employee
from tests.support.in_memory_app import InMemoryApp, Unreachable

pytestmark = pytest.mark.asyncio


class TestInvitation:
    async def test_binds_once(self) -> None:
        memory_app = InMemoryApp()
        code = await memory_app.staff.invite(HOSPITAL, "1001", "李收费", Role.CASHIER, LIMITS, "cli:root")
        bound = await memory_app.staff.bind(HOSPITAL, an_identity("openid-1"), code)
        assert (bound.state, bound.can_prove) == (StaffState.ACTIVE, False)
        with pytest.raises(NotAllowed):
            await memory_app.staff.bind(HOSPITAL, an_identity("openid-2"), code)
        assert await memory_app.staff.known(HOSPITAL, an_identity("openid-2")) is None

    async def test_ends_after_a_day(self) -> None:
        memory_app = InMemoryApp()
        code = await memory_app.staff.invite(HOSPITAL, "1001", "李收费", Role.CASHIER, LIMITS, "cli:root")
        memory_app.clock.forward(hours=24)
        with pytest.raises(NotAllowed):
            await memory_app.staff.bind(HOSPITAL, an_identity("openid-1"), code)

    async def test_can_t_be_guessed_for_long(self) -> None:
        memory_app = InMemoryApp()
        for number in range(5):
            with pytest.raises(NotAllowed):
                await memory_app.staff.bind(HOSPITAL, an_identity("openid-1"), f"WRONG{number:03}")
        code = await memory_app.staff.invite(HOSPITAL, "1001", "李收费", Role.CASHIER, LIMITS, "cli:root")
        with pytest.raises(TooManyTries):
            await memory_app.staff.bind(HOSPITAL, an_identity("openid-1"), code)

    async def test_only_the_newest_code_binds(self) -> None:
        memory_app = InMemoryApp()
        old = await memory_app.staff.invite(HOSPITAL, "1001", "李收费", Role.CASHIER, LIMITS, "cli:root")
        await memory_app.staff.leave(HOSPITAL, "1001", "staff:9001")
        older = await memory_app.staff.invite(HOSPITAL, "1001", "李收费", Role.CASHIER, LIMITS, "cli:root")
        new = await memory_app.staff.invite(HOSPITAL, "1001", "李收费", Role.CASHIER, LIMITS, "cli:root")
        for code in (old, older):
            with pytest.raises(NotAllowed):
                await memory_app.staff.bind(HOSPITAL, an_identity("openid-1"), code)
        assert (await memory_app.staff.bind(HOSPITAL, an_identity("openid-1"), new)).state is StaffState.ACTIVE

    async def test_is_good_again_after_a_store_that_failed(self) -> None:
        stores = memory_stores()
        store = Unreachable(stores.staff, StoreUnavailable(), "save")
        memory_app = InMemoryApp(stores=replace(stores, staff=store))  # type: ignore[arg-type]
        code = await memory_app.staff.invite(HOSPITAL, "1001", "李收费", Role.CASHIER, LIMITS, "cli:root")
        with pytest.raises(StoreUnavailable):
            await memory_app.staff.bind(HOSPITAL, an_identity("openid-1"), code)
        store.fail.clear()
        assert (await memory_app.staff.bind(HOSPITAL, an_identity("openid-1"), code)).state is StaffState.ACTIVE

    async def test_one_wechat_is_one_employee(self) -> None:
        memory_app = InMemoryApp()
        for number in ("1001", "1002"):
            code = await memory_app.staff.invite(HOSPITAL, number, "李收费", Role.CASHIER, LIMITS, "cli:root")
            if number == "1001":
                await memory_app.staff.bind(HOSPITAL, an_identity("openid-1"), code)
        with pytest.raises(NotAllowed, match="identity"):
            await memory_app.staff.bind(HOSPITAL, an_identity("openid-1"), code)

    async def test_a_known_number_is_invited_under_its_old_terms(self) -> None:
        memory_app = InMemoryApp()
        one = await an_employee(memory_app)
        await memory_app.staff.invite(
            HOSPITAL, "1001", "李收费", Role.FINANCE, RefundLimits(per_refund_fen=1, per_day_fen=1), "a"
        )
        again = await one.now()
        assert (again.role, again.limits, again.state, again.can_prove) == (
            Role.CASHIER,
            LIMITS,
            StaffState.INVITED,
            False,
        )
        assert await memory_app.staff.known(HOSPITAL, an_identity("openid-1001")) is None


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
        memory_app = InMemoryApp()
        assert await memory_app.staff.invite(HOSPITAL, "2001", "王审批", role, limits, "staff:9001", alone=False) == ""
        staff = await memory_app.staff.get(HOSPITAL, "2001")
        assert staff.state is StaffState.PROPOSED
        assert (staff.role, staff.limits) == (role, limits)
        for by in ("staff:9001", "staff:2001"):
            with pytest.raises(NotAllowed):
                await memory_app.staff.agree(HOSPITAL, "2001", by)
        after, code = await memory_app.staff.agree(HOSPITAL, "2001", "staff:9002")
        assert (after.state, after.change) == (StaffState.INVITED, None)
        bound = await memory_app.staff.bind(HOSPITAL, an_identity("openid-1"), code)
        assert (bound.role, bound.limits, bound.state) == (role, limits, StaffState.ACTIVE)
        assert [line.what for line in bound.history] == ["staff_invite_proposed", "staff_invited", "staff_bound"]
        assert (bound.history[1].by, bound.history[1].detail["proposed_by"]) == ("staff:9002", "staff:9001")
        with pytest.raises(NotAllowed, match="no change"):
            await memory_app.staff.agree(HOSPITAL, "2001", "staff:9002")

    async def test_their_new_phone_takes_two_and_the_old_one_stays_until_then(self) -> None:
        memory_app = InMemoryApp()
        one = await an_employee(memory_app, "2001", Role.APPROVER)
        assert (
            await memory_app.staff.invite(HOSPITAL, "2001", "x", Role.CASHIER, self.SMALL, "staff:9001", alone=False)
            == ""
        )
        assert (await one.now()).state is StaffState.ACTIVE
        await memory_app.staff.prove(await one.now(), one.proof(), Asked.REFUND)
        after, code = await memory_app.staff.agree(HOSPITAL, "2001", "staff:9002")
        assert (after.role, after.identity, after.can_prove) == (Role.APPROVER, None, False)
        await memory_app.staff.bind(HOSPITAL, an_identity("openid-new"), code)

    async def test_a_cashier_s_new_phone_takes_two_and_keeps_the_old_terms(self) -> None:
        memory_app = InMemoryApp()
        one = await an_employee(memory_app)
        assert (
            await memory_app.staff.invite(HOSPITAL, "1001", "x", Role.ADMIN, self.WIDE, "staff:9001", alone=False) == ""
        )
        assert (await one.now()).state is StaffState.ACTIVE
        after, code = await memory_app.staff.agree(HOSPITAL, "1001", "staff:9002")
        assert (after.role, after.state, bool(code)) == (Role.CASHIER, StaffState.INVITED, True)

    async def test_other_terms_for_who_is_proposed_are_an_invitation_still(self) -> None:
        memory_app = InMemoryApp()
        await memory_app.staff.invite(HOSPITAL, "2001", "王审批", Role.ADMIN, self.SMALL, "staff:9001", alone=False)
        await memory_app.staff.propose(HOSPITAL, "2001", Role.FINANCE, self.SMALL, "staff:9002")
        with pytest.raises(NotAllowed):
            await memory_app.staff.agree(HOSPITAL, "2001", "staff:9002")
        after, code = await memory_app.staff.agree(HOSPITAL, "2001", "staff:9001")
        assert (after.role, after.state, bool(code)) == (Role.FINANCE, StaffState.INVITED, True)

    async def test_a_proposal_that_is_not_wanted_is_ended_by_anybody(self) -> None:
        memory_app = InMemoryApp()
        await memory_app.staff.invite(HOSPITAL, "2001", "王审批", Role.ADMIN, self.SMALL, "staff:9001", alone=False)
        await memory_app.staff.leave(HOSPITAL, "2001", "staff:9002")
        with pytest.raises(NotAllowed, match="no change"):
            await memory_app.staff.agree(HOSPITAL, "2001", "staff:9002")

    async def test_the_server_s_own_console_is_the_way_in(self) -> None:
        memory_app = InMemoryApp()
        assert await memory_app.staff.invite(HOSPITAL, "9001", "管理甲", Role.ADMIN, self.WIDE, "cli:root")
        await memory_app.staff.invite(HOSPITAL, "9002", "管理乙", Role.ADMIN, self.SMALL, "staff:9001", alone=False)
        code = await memory_app.staff.invite(HOSPITAL, "9002", "管理乙", Role.ADMIN, self.SMALL, "cli:root")
        bound = await memory_app.staff.bind(HOSPITAL, an_identity("openid-1"), code)
        assert (bound.role, bound.change) == (Role.ADMIN, None)


class TestChanges:
    async def test_need_a_second_admin(self) -> None:
        memory_app = InMemoryApp()
        await an_employee(memory_app)
        wide = RefundLimits(per_refund_fen=10**6, per_day_fen=10**7)
        await memory_app.staff.propose(HOSPITAL, "1001", Role.APPROVER, wide, "staff:9001")
        for by in ("9001", "1001"):
            with pytest.raises(NotAllowed):
                await memory_app.staff.agree(HOSPITAL, "1001", by)
        assert (await memory_app.staff.get(HOSPITAL, "1001")).role is Role.CASHIER
        after, code = await memory_app.staff.agree(HOSPITAL, "1001", "staff:9002")
        assert code == ""
        assert (after.role, after.limits, after.change) == (Role.APPROVER, wide, None)
        assert [line.what for line in after.history][-2:] == ["staff_change_proposed", "staff_changed"]

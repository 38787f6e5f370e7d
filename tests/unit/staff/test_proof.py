"""The PIN and the code of staff: set up by themselves, and the proof that it is them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from server.core.errors import BadInput, NotAllowed, NotFound, TooManyTries
from server.staff.model import Role
from server.staff.proofs import Proof
from server.staff.rules.auth_events import Asked
from server.staff.rules.proofs import FAILURES_MAX, LOCKED_FOR
from tests.support.builders import HOSPITAL, an_identity
from tests.support.employees import LIMITS, PIN, an_employee
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio


class TestSetup:
    async def test_who_was_bound_by_mistake_has_not_seen_the_next_one_s_secret(self) -> None:
        memory_app = InMemoryApp()
        seen = []
        for someone in ("openid-wrong", "openid-right"):
            code = await memory_app.staff.invite(HOSPITAL, "1001", "李收费", Role.CASHIER, LIMITS, "cli:root")
            staff = await memory_app.staff.bind(HOSPITAL, an_identity(someone), code)
            seen.append(await memory_app.staff.begin_setup(staff))
            assert await memory_app.staff.begin_setup(staff) == seen[-1]
        assert seen[0] != seen[1]

    async def test_refuses_weak_pins_and_wrong_codes(self) -> None:
        memory_app = InMemoryApp()
        code = await memory_app.staff.invite(HOSPITAL, "1001", "李收费", Role.CASHIER, LIMITS, "cli:root")
        staff = await memory_app.staff.bind(HOSPITAL, an_identity("openid-1"), code)
        await memory_app.staff.begin_setup(staff)
        for pin, again in (
            ("111111", "111111"),
            ("123456", "123456"),
            ("12345", "12345"),
            ("１２８０５９", "１２８０５９"),
            (PIN, "280518"),
            (PIN, PIN),
        ):
            with pytest.raises(BadInput):
                await memory_app.staff.finish_setup(staff, pin, again, "000000")

    async def test_is_done_once(self) -> None:
        memory_app = InMemoryApp()
        one = await an_employee(memory_app)
        with pytest.raises(NotAllowed):
            await memory_app.staff.begin_setup(await one.now())


class TestProof:
    async def test_a_code_works_once_even_at_the_same_moment(self) -> None:
        memory_app = InMemoryApp()
        one = await an_employee(memory_app)
        staff, proof = await one.now(), one.proof()
        outcomes = await asyncio.gather(
            *(memory_app.staff.prove(staff, proof, Asked.STAFF) for _ in range(3)), return_exceptions=True
        )
        assert sum(isinstance(outcome, NotAllowed) for outcome in outcomes) == 2

    @pytest.mark.parametrize(("steps", "holds"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
    async def test_drifts_by_one_step(self, steps: int, holds: bool) -> None:
        memory_app = InMemoryApp()
        one = await an_employee(memory_app)
        memory_app.clock.forward(300)
        code = one.code()
        memory_app.clock.forward(30 * steps)
        proving = memory_app.staff.prove(await one.now(), Proof(pin=PIN, totp=code), Asked.STAFF)
        if holds:
            await proving
        else:
            with pytest.raises(NotAllowed):
                await proving

    async def test_locks_after_five_failures_and_says_how_long(self) -> None:
        memory_app = InMemoryApp()
        one = await an_employee(memory_app)
        for number in range(FAILURES_MAX):
            with pytest.raises((NotAllowed, TooManyTries)):
                await memory_app.staff.prove(await one.now(), one.proof(pin=f"90817{number}"), Asked.STAFF)
        with pytest.raises(TooManyTries, match="locked"):
            await memory_app.staff.prove(await one.now(), one.proof(), Asked.STAFF)
        memory_app.clock.forward(LOCKED_FOR.total_seconds())
        await memory_app.staff.prove(await one.now(), one.proof(), Asked.STAFF)

    async def test_who_has_left_is_out_at_once(self) -> None:
        memory_app = InMemoryApp()
        one = await an_employee(memory_app)
        before = await one.now()
        await memory_app.staff.leave(HOSPITAL, "1001", "cli:root")
        with pytest.raises(NotAllowed):
            await memory_app.staff.prove(before, one.proof(), Asked.STAFF)
        with pytest.raises(NotFound):
            await memory_app.staff.must_be(HOSPITAL, an_identity("openid-1001"))


async def test_a_pin_from_before_pins_had_their_own_key_goes_on() -> None:
    memory_app = InMemoryApp()
    one = await an_employee(memory_app)
    staff = await one.now()
    old = memory_app.sealer.lookup_before("staff_pin", f"{staff.hospital}/{staff.number}/{PIN}")
    assert old != staff.pin
    await memory_app.stores.staff.save(staff, replace(staff, pin=old, version=staff.version + 1))
    await memory_app.staff.prove(await one.now(), one.proof(), Asked.STAFF)
    with pytest.raises(NotAllowed):
        await memory_app.staff.prove(await one.now(), Proof(pin="918273", totp=one.proof().totp), Asked.STAFF)

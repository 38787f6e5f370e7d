"""Who proves who they are, comes in and leaves: it stands in the audit chain, once, without anything that was typed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.audit.model import AuditEntry
from server.core.errors import LoginNeeded, NotAllowed, TooManyTries
from server.staff.proofs import Proof
from server.staff.rules.auth_events import Asked
from server.staff.rules.proofs import FAILURES_MAX
from tests.support.builders import HOSPITAL
from tests.support.employees import PIN, Employee, an_employee, staff_that_cannot_seal
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio
Line = tuple[str, dict[str, str]]


async def visits(house: InMemoryApp) -> list[AuditEntry]:
    return [entry for entry in await house.stores.audit.page(HOSPITAL, -1, 200) if entry.source[0] == "visit"]


async def lines(house: InMemoryApp) -> list[Line]:
    return [(entry.what, dict(entry.detail)) for entry in await visits(house)]


async def problems(house: InMemoryApp) -> list[str]:
    return (await house.services.shared.audit_check.verify(HOSPITAL)).problems


async def asking(house: InMemoryApp, one: Employee) -> str:
    """A computer that asks, agreed to on the phone; its cookie."""
    begun, cookie = house.console.login.begin(HOSPITAL, "a computer")
    await house.console.login.answer(await one.now(), begun.ticket, agrees=True)
    return cookie


async def test_a_login_and_a_logout_stand_in_the_chain_and_the_record_grows_no_longer() -> None:
    house = InMemoryApp()
    one = await an_employee(house)
    history = (await one.now()).history
    for _ in range(3):
        session = await house.console.login.finish(await asking(house, one), one.proof())
        await house.console.login.leave(session)
        with pytest.raises(LoginNeeded):
            await house.console.sessions.staff(session)
    assert await lines(house) == [("staff_proved", {"asked": "login"}), ("staff_logged_out", {})] * 3
    assert [entry.id for entry in await visits(house)] == [f"visit/1001/{n}" for n in range(6)]
    assert {entry.by for entry in await visits(house)} == {"staff:1001"}
    after = await one.now()
    assert (after.auth_events, after.audited_auth_events, after.history) == ((), 6, history)
    assert await problems(house) == []


async def test_a_failed_login_says_what_was_wrong_and_nothing_of_what_was_typed() -> None:
    house = InMemoryApp()
    one = await an_employee(house)
    cookie = await asking(house, one)
    good = one.proof()
    for proof in (
        Proof(pin="908172", totp=good.totp),
        Proof(pin=PIN, totp="000000"),
        Proof(pin="908172", totp="000000"),
    ):
        with pytest.raises(NotAllowed):
            await house.console.login.finish(cookie, proof)
    await house.console.login.finish(cookie, good)
    with pytest.raises(NotAllowed, match="used"):
        await house.staff.prove(await one.now(), good, Asked.REFUND)
    assert await lines(house) == [
        ("staff_proof_failed", {"asked": "login", "wrong": "pin"}),
        ("staff_proof_failed", {"asked": "login", "wrong": "totp"}),
        ("staff_proof_failed", {"asked": "login", "wrong": "pin_and_totp"}),
        ("staff_proved", {"asked": "login"}),
        ("staff_proof_failed", {"asked": "refund", "wrong": "code_used"}),
    ]
    told = repr(await visits(house))
    assert not [secret for secret in (PIN, "908172", good.totp, "000000") if f"'{secret}'" in told]


async def test_the_lock_is_told_and_while_it_lasts_nothing_typed_is_looked_at() -> None:
    house = InMemoryApp()
    one = await an_employee(house)
    for _ in range(FAILURES_MAX + 4):
        with pytest.raises((NotAllowed, TooManyTries)):
            await house.staff.prove(await one.now(), one.proof(pin="908172"), Asked.REFUND)
    assert [what for what, _ in await lines(house)] == ["staff_proof_failed"] * FAILURES_MAX
    assert (await one.now()).history[-1].what == "staff_locked"


async def test_a_login_declined_on_the_phone_is_told() -> None:
    house = InMemoryApp()
    one = await an_employee(house)
    begun, _ = house.console.login.begin(HOSPITAL, "a computer")
    await house.console.login.answer(await one.now(), begun.ticket, agrees=False)
    assert await lines(house) == [("staff_login_declined", {})]


async def test_a_session_that_has_ended_by_itself_was_nobody_s_leaving() -> None:
    house = InMemoryApp()
    one = await an_employee(house)
    session = await house.console.login.finish(await asking(house, one), one.proof())
    house.clock.forward(3600)
    await house.console.login.leave(session)
    await house.console.login.leave("")
    assert [what for what, _ in await lines(house)] == ["staff_proved"]


async def test_what_could_not_be_sealed_at_once_is_swept() -> None:
    house = InMemoryApp()
    one = await an_employee(house)
    staff = staff_that_cannot_seal(house)
    await staff.prove(await one.now(), one.proof(), Asked.STAFF)
    with pytest.raises(NotAllowed):
        await staff.prove(await one.now(), one.proof(pin="908172"), Asked.STAFF)
    assert len((await one.now()).auth_events) == 2
    assert (await house.staff_audit.sweep(HOSPITAL), await house.staff_audit.sweep(HOSPITAL)) == (1, 0)
    assert [what for what, _ in await lines(house)] == ["staff_proved", "staff_proof_failed"]
    assert await problems(house) == []


async def test_a_visit_that_was_changed_or_cut_off_is_found() -> None:
    house = InMemoryApp()
    one = await an_employee(house)
    await house.staff.prove(await one.now(), one.proof(), Asked.STAFF)
    kept = house.stores.audit._entries  # type: ignore[attr-defined]
    (last,) = await visits(house)
    kept[(HOSPITAL, last.number)] = replace(last, by="9999")
    assert any("was changed" in problem for problem in await problems(house))
    del kept[(HOSPITAL, last.number)]
    assert await problems(house) == ["visit/1001/0 is not in the chain: its entry is missing"]


async def test_a_record_that_was_put_back_counts_too_few() -> None:
    house = InMemoryApp()
    one = await an_employee(house)
    old = await one.now()
    await house.staff.prove(old, one.proof(), Asked.STAFF)
    house.stores.staff._staff[(HOSPITAL, "1001")] = old  # type: ignore[attr-defined]
    assert any("whose record counts fewer" in problem for problem in await problems(house))

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


async def visits(memory_app: InMemoryApp) -> list[AuditEntry]:
    return [entry for entry in await memory_app.stores.audit.page(HOSPITAL, -1, 200) if entry.source[0] == "visit"]


async def lines(memory_app: InMemoryApp) -> list[Line]:
    return [(entry.what, dict(entry.detail)) for entry in await visits(memory_app)]


async def problems(memory_app: InMemoryApp) -> list[str]:
    return (await memory_app.services.shared.audit_check.verify(HOSPITAL)).problems


async def asking(memory_app: InMemoryApp, one: Employee) -> str:
    """A computer that asks, agreed to on the phone; its cookie."""
    begun, cookie = memory_app.console.login.begin(HOSPITAL, "a computer")
    await memory_app.console.login.answer(await one.now(), begun.ticket, agrees=True)
    return cookie


async def test_a_login_and_a_logout_stand_in_the_chain_and_the_record_grows_no_longer() -> None:
    memory_app = InMemoryApp()
    one = await an_employee(memory_app)
    history = (await one.now()).history
    for _ in range(3):
        session = await memory_app.console.login.finish(await asking(memory_app, one), one.proof())
        await memory_app.console.login.leave(session)
        with pytest.raises(LoginNeeded):
            await memory_app.console.sessions.staff(session)
    assert await lines(memory_app) == [("staff_proved", {"asked": "login"}), ("staff_logged_out", {})] * 3
    assert [entry.id for entry in await visits(memory_app)] == [f"visit/1001/{n}" for n in range(6)]
    assert {entry.by for entry in await visits(memory_app)} == {"staff:1001"}
    after = await one.now()
    assert (after.auth_events, after.audited_auth_events, after.history) == ((), 6, history)
    assert await problems(memory_app) == []


async def test_a_failed_login_says_what_was_wrong_and_nothing_of_what_was_typed() -> None:
    memory_app = InMemoryApp()
    one = await an_employee(memory_app)
    cookie = await asking(memory_app, one)
    good = one.proof()
    for proof in (
        Proof(pin="908172", totp=good.totp),
        Proof(pin=PIN, totp="000000"),
        Proof(pin="908172", totp="000000"),
    ):
        with pytest.raises(NotAllowed):
            await memory_app.console.login.finish(cookie, proof)
    await memory_app.console.login.finish(cookie, good)
    with pytest.raises(NotAllowed, match="used"):
        await memory_app.staff.prove(await one.now(), good, Asked.REFUND)
    assert await lines(memory_app) == [
        ("staff_proof_failed", {"asked": "login", "wrong": "pin"}),
        ("staff_proof_failed", {"asked": "login", "wrong": "totp"}),
        ("staff_proof_failed", {"asked": "login", "wrong": "pin_and_totp"}),
        ("staff_proved", {"asked": "login"}),
        ("staff_proof_failed", {"asked": "refund", "wrong": "code_used"}),
    ]
    told = repr(await visits(memory_app))
    assert not [secret for secret in (PIN, "908172", good.totp, "000000") if f"'{secret}'" in told]


async def test_the_lock_is_told_and_while_it_lasts_nothing_typed_is_looked_at() -> None:
    memory_app = InMemoryApp()
    one = await an_employee(memory_app)
    for _ in range(FAILURES_MAX + 4):
        with pytest.raises((NotAllowed, TooManyTries)):
            await memory_app.staff.prove(await one.now(), one.proof(pin="908172"), Asked.REFUND)
    assert [what for what, _ in await lines(memory_app)] == ["staff_proof_failed"] * FAILURES_MAX
    assert (await one.now()).history[-1].what == "staff_locked"


async def test_a_login_declined_on_the_phone_is_told() -> None:
    memory_app = InMemoryApp()
    one = await an_employee(memory_app)
    begun, _ = memory_app.console.login.begin(HOSPITAL, "a computer")
    await memory_app.console.login.answer(await one.now(), begun.ticket, agrees=False)
    assert await lines(memory_app) == [("staff_login_declined", {})]


async def test_a_session_that_has_ended_by_itself_was_nobody_s_leaving() -> None:
    memory_app = InMemoryApp()
    one = await an_employee(memory_app)
    session = await memory_app.console.login.finish(await asking(memory_app, one), one.proof())
    memory_app.clock.forward(3600)
    await memory_app.console.login.leave(session)
    await memory_app.console.login.leave("")
    assert [what for what, _ in await lines(memory_app)] == ["staff_proved"]


async def test_what_could_not_be_sealed_at_once_is_swept() -> None:
    memory_app = InMemoryApp()
    one = await an_employee(memory_app)
    staff = staff_that_cannot_seal(memory_app)
    await staff.prove(await one.now(), one.proof(), Asked.STAFF)
    with pytest.raises(NotAllowed):
        await staff.prove(await one.now(), one.proof(pin="908172"), Asked.STAFF)
    assert len((await one.now()).auth_events) == 2
    assert (await memory_app.staff_audit.sweep(HOSPITAL), await memory_app.staff_audit.sweep(HOSPITAL)) == (1, 0)
    assert [what for what, _ in await lines(memory_app)] == ["staff_proved", "staff_proof_failed"]
    assert await problems(memory_app) == []


async def test_a_visit_that_was_changed_or_cut_off_is_found() -> None:
    memory_app = InMemoryApp()
    one = await an_employee(memory_app)
    await memory_app.staff.prove(await one.now(), one.proof(), Asked.STAFF)
    kept = memory_app.stores.audit.documents  # type: ignore[attr-defined]
    (last,) = await visits(memory_app)
    kept[(HOSPITAL, last.number)] = replace(last, by="9999")
    assert any("was changed" in problem for problem in await problems(memory_app))
    del kept[(HOSPITAL, last.number)]
    assert await problems(memory_app) == ["visit/1001/0 is not in the chain: its entry is missing"]


async def test_a_record_that_was_put_back_counts_too_few() -> None:
    memory_app = InMemoryApp()
    one = await an_employee(memory_app)
    old = await one.now()
    await memory_app.staff.prove(old, one.proof(), Asked.STAFF)
    memory_app.stores.staff.documents[(HOSPITAL, "1001")] = old  # type: ignore[attr-defined]
    assert any("whose record counts fewer" in problem for problem in await problems(memory_app))

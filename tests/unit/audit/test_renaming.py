"""Payers whose id an old entry of the chain names are erased, too, and the chain still holds (docs/decisions/0038)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from server.audit.model import AuditEntry, next_entry
from server.audit.service import mac_of
from server.core.errors import StoreUnavailable
from server.core.history import AuditableEvent, event_id
from server.payments.model import Payment
from server.payments.rules.erasing import PSEUDONYM
from server.privacy.model import Erased, FoundBy
from tests.support.builders import HOSPITAL, MORNING, an_identity
from tests.support.in_memory_app import InMemoryApp
from tests.unit.privacy.test_personal_rights import BY, at_rest

pytestmark = pytest.mark.asyncio
WHO = an_identity()
NUMBER = "Z00000000000000000000001"
PAYMENT_LINES = range(1, 5)
"""The entries of the chain that seal the payment's history."""


async def an_app() -> InMemoryApp:
    """A payment of before 2026-11: its history, and with it the chain, names who began it by their id."""
    memory_app, before = InMemoryApp(), at_rest(NUMBER)
    first, *rest = before.history
    named = (replace(first, by=before.owner), *(replace(line, by=before.owner) for line in rest[:1]), *rest[1:])
    await memory_app.stores.payments.insert(replace(before, history=named, audited_lines=len(named)))
    for which, line in enumerate(named):
        event = AuditableEvent(id=event_id("payment", NUMBER, which), line=line)
        last = await memory_app.stores.audit.last(HOSPITAL)
        entry = next_entry(HOSPITAL, last, event, MORNING.date())
        await memory_app.stores.audit.append(replace(entry, mac=mac_of(memory_app.sealer, entry)))
    assert await problems(memory_app) == []
    return memory_app


def entries(memory_app: InMemoryApp) -> dict[Any, AuditEntry]:
    return memory_app.stores.audit.documents  # type: ignore[attr-defined, no-any-return]


async def problems(memory_app: InMemoryApp) -> list[str]:
    return (await memory_app.services.shared.audit_check.verify(HOSPITAL)).problems


async def erased(memory_app: InMemoryApp) -> Erased:
    return await memory_app.person_records.erase(
        await memory_app.person_records.find(HOSPITAL, FoundBy.PAYER, WHO.key), BY
    )


async def test_a_payer_whom_the_chain_names_is_nowhere_any_more_and_every_link_holds() -> None:
    memory_app = await an_app()
    before = {number: entry.mac for (_, number), entry in entries(memory_app).items()}
    done = await erased(memory_app)
    assert (done.payments, done.kept) == (1, {})
    assert WHO.subject not in repr(entries(memory_app))
    assert WHO.subject not in repr(await memory_app.payment(NUMBER))
    assert await problems(memory_app) == []
    assert {number: entries(memory_app)[HOSPITAL, number].mac for number in before} == before
    by = [entries(memory_app)[HOSPITAL, number].by for number in PAYMENT_LINES]
    assert [name.rpartition(":")[2].startswith(PSEUDONYM) for name in by] == [True, True, False, False]
    assert by[0] == (await memory_app.payment(NUMBER)).owner
    told = [entry for entry in entries(memory_app).values() if entry.what == "entry_renamed"]
    assert [(entry.by, entry.detail["entry"], entry.detail["was"]) for entry in told] == [
        ("system", "1", before[1]),
        ("system", "2", before[2]),
    ]


async def test_an_erasure_that_broke_off_is_repeated_and_tells_the_chain_once() -> None:
    memory_app = await an_app()
    real: Callable[[Payment, Payment], Any] = memory_app.stores.payments.pseudonymise

    async def fails(before: Payment, after: Payment) -> None:
        raise StoreUnavailable("simulated")

    memory_app.stores.payments.pseudonymise = fails  # type: ignore[method-assign]
    with pytest.raises(StoreUnavailable):
        await erased(memory_app)
    memory_app.stores.payments.pseudonymise = real  # type: ignore[method-assign]
    assert (await erased(memory_app)).payments == 1
    assert await problems(memory_app) == []
    assert sum(entry.what == "entry_renamed" for entry in entries(memory_app).values()) == 2


def by_a_thief(of: dict[Any, AuditEntry]) -> None:
    of[HOSPITAL, 1] = replace(of[HOSPITAL, 1], by="wechat:wx:erased-somebody")


def another_amount(of: dict[Any, AuditEntry]) -> None:
    of[HOSPITAL, 1] = replace(of[HOSPITAL, 1], detail={"amount_fen": "1"})


def told_without_the_key(of: dict[Any, AuditEntry]) -> None:
    by_a_thief(of)
    for place, entry in list(of.items()):
        if entry.what == "entry_renamed" and entry.detail["entry"] == "1":
            of[place] = replace(entry, mac="0" * 64)


def untold(of: dict[Any, AuditEntry]) -> None:
    for place, entry in list(of.items()):
        if entry.what == "entry_renamed" and entry.detail["entry"] == "1":
            of[place] = replace(entry, what="person_erased")


def taken_from_another(of: dict[Any, AuditEntry]) -> None:
    """Two entries that were renamed change places, each with the word of the other."""
    one, two = of[HOSPITAL, 1], of[HOSPITAL, 2]
    of[HOSPITAL, 1], of[HOSPITAL, 2] = replace(two, number=1), replace(one, number=2)


@pytest.mark.parametrize("tamper", [by_a_thief, another_amount, told_without_the_key, untold, taken_from_another])
async def test_whatever_else_is_done_to_a_renamed_entry_is_found(
    tamper: Callable[[dict[Any, AuditEntry]], None],
) -> None:
    memory_app = await an_app()
    await erased(memory_app)
    tamper(entries(memory_app))
    assert [problem for problem in await problems(memory_app) if problem.startswith("entry 1 (")]

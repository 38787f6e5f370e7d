"""The page on which two people take a payment that somebody changed in the database, without scripts."""

from __future__ import annotations

import re

import pytest

from server.staff.model import Role
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.console import booked, proof_of, sit_down
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.unclaimed import two_of_finance
from tests.unit.payments.test_tampered import forged_refund, tamper

pytestmark = pytest.mark.gen_test


def seen_on(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found
    return found[1]


async def test_one_proposes_another_agrees_and_the_forged_refund_is_withdrawn(
    memory_app: InMemoryApp, desk: Browser
) -> None:
    payment = await booked(memory_app)
    one, other = await two_of_finance(memory_app)
    await tamper(memory_app, payment.id, **forged_refund(memory_app, payment))
    await sit_down(memory_app, desk, one)
    own, path = f"/console/payments/{payment.id}", f"/console/payments/{payment.id}/accept"
    assert f'href="{path}"' in text_of(await desk.get(own))
    page = await desk.get(path)
    for words in ("nobody asked for", "R01 不会发出", "已入账", "37.20"):
        assert words in text_of(page), "what was found, and what differs"
    assert payment.personal.patient_name not in text_of(page)
    form = {"do": "propose", "seen": seen_on(text_of(page)), "words": "误操作，工单0042"}
    wordless = await desk.submit(page, path, {**form, "words": " ", **proof_of(one)})
    assert (wordless.code, "请写明" in text_of(wordless)) == (400, True)
    done = await desk.submit(page, path, {**form, **proof_of(one)})
    assert (done.code, place(done)) == (303, path)
    mine = await desk.get(path)
    assert "由另一人复核" in text_of(mine)
    assert (await desk.submit(mine, path, {**form, "do": "agree", **proof_of(one)})).code == 403
    await sit_down(memory_app, desk, other)
    page = await desk.get(path)
    assert "误操作，工单0042" in text_of(page)
    done = await desk.submit(page, path, {"do": "agree", "seen": seen_on(text_of(page)), **proof_of(other)})
    assert (done.code, place(done)) == (303, own)
    page = text_of(await desk.get(own))
    assert "两人核对后确认按现状办理" in page
    assert path not in page
    await memory_app.live_on(600)
    assert memory_app.channel.named("refund") == []
    assert (await desk.get(path)).code == 403, "a payment that is as we wrote it needs no such page"


@pytest.mark.parametrize("role", list(Role))
async def test_who_may_look_and_who_may_propose(memory_app: InMemoryApp, desk: Browser, role: Role) -> None:
    payment = await booked(memory_app)
    await tamper(memory_app, payment.id, return_reason="other")
    await sit_down(memory_app, desk, await an_employee(memory_app, role=role))
    path = f"/console/payments/{payment.id}/accept"
    page = await desk.get(path)
    assert page.code == (200 if role in {Role.APPROVER, Role.FINANCE} else 403)
    assert ('name="words"' in text_of(page)) == (role is Role.FINANCE)
    assert (await desk.post(path, {"do": "drop"})).code == 403, "a form needs its token"


async def test_a_proposal_can_be_taken_back(memory_app: InMemoryApp, desk: Browser) -> None:
    payment = await booked(memory_app)
    one, _ = await two_of_finance(memory_app)
    await tamper(memory_app, payment.id, return_reason="other")
    await sit_down(memory_app, desk, one)
    path = f"/console/payments/{payment.id}/accept"
    page = await desk.get(path)
    form = {"do": "propose", "seen": seen_on(text_of(page)), "words": "误操作", **proof_of(one)}
    assert (await desk.submit(page, path, form)).code == 303
    assert (await desk.submit(await desk.get(path), path, {"do": "drop"})).code == 303
    assert 'name="words"' in text_of(await desk.get(path))

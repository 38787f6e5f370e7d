"""ports.StaffStore, and by what staff find payments."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from server.core.errors import AlreadyStored, LostRace
from server.payments.model import PaymentState
from server.payments.rules.search_keys import WAITING, FindBy, search_keys_of
from server.refunds.rules.requests import RefundAsk, request_refund
from server.staff.model import RefundLimits, Role, Staff, asked_for_again, bound, invited, proposed, secured
from server.staff.rules.auth_events import LOGGED_OUT, recorded, staff_all_sealed
from server.staff.rules.proofs import proof_failed, proved
from server.storage.stores import Stores
from tests.support.builders import CARD, HOSPITAL, PHONE, an_identity
from tests.support.clock_and_ids import MORNING
from tests.unit.payments.states import in_state

pytestmark = pytest.mark.asyncio
LIMITS = RefundLimits(per_refund_fen=50_000, per_day_fen=100_000)


def one(number: str = "1001", hospital: str = HOSPITAL) -> Staff:
    return invited(hospital, number, "李收费", Role.CASHIER, LIMITS, "cli:root", MORNING)


async def test_every_field_comes_back(stores: Stores) -> None:
    """One of each kind: bound, secured, with a proposed change, a failure and money spent."""
    before = one()
    await stores.staff.insert(before)
    steps = [
        lambda s: bound(s, an_identity("openid-1"), MORNING),
        lambda s: secured(s, "pin", "totp", 7, MORNING),
        lambda s: proposed(s, Role.APPROVER, LIMITS, "staff:9001", MORNING),
        lambda s: proved(s, 8, 500, MORNING),
        *[lambda s: proof_failed(s, MORNING)] * 5,
        lambda s: asked_for_again(s, "staff:9001", MORNING),
        lambda s: recorded(s, LOGGED_OUT, MORNING, asked="login"),
        staff_all_sealed,
    ]
    for step in steps:
        after = step(before)
        await stores.staff.save(before, after)
        assert await stores.staff.get(HOSPITAL, "1001") == after
        before = after
    assert await stores.staff.by_identity(HOSPITAL, an_identity("openid-1")) == before
    assert await stores.staff.by_identity("other", an_identity("openid-1")) is None


async def test_a_number_is_there_once_and_an_identity_too(stores: Stores) -> None:
    await stores.staff.insert(one())
    await stores.staff.insert(one(hospital="other"))
    with pytest.raises(AlreadyStored):
        await stores.staff.insert(one())
    await stores.staff.insert(one("1002"))
    await stores.staff.save(one(), bound(one(), an_identity("openid-1"), MORNING))
    with pytest.raises(AlreadyStored):
        await stores.staff.save(one("1002"), bound(one("1002"), an_identity("openid-1"), MORNING))
    assert [staff.number for staff in await stores.staff.all(HOSPITAL)] == ["1001", "1002"]


async def test_of_two_changes_at_once_one_is_lost(stores: Stores) -> None:
    before = one()
    await stores.staff.insert(before)
    outcomes = await asyncio.gather(
        *(stores.staff.save(before, proved(before, step, 0, MORNING)) for step in (1, 2)), return_exceptions=True
    )
    assert sorted(type(outcome) for outcome in outcomes if outcome) == [LostRace]


async def test_a_step_rewrites_no_history(stores: Stores) -> None:
    await stores.staff.insert(one())
    with pytest.raises(ValueError, match="history"):
        await stores.staff.save(one(), replace(one(), version=2, history=()))


async def test_payments_are_found_by_what_staff_have_of_them(stores: Stores) -> None:
    payment = in_state(PaymentState.BOOKED)
    await stores.payments.insert(payment)
    for mark in search_keys_of(payment):
        assert await stores.payments.find(HOSPITAL, [mark], 5) == [payment]
        assert await stores.payments.find("other", [mark], 5) == []
    kinds = {by for by, _ in search_keys_of(payment)}
    assert kinds == set(FindBy)
    nobodys = [(FindBy.CARD, PHONE), (FindBy.TAG, WAITING)]
    assert await stores.payments.find(HOSPITAL, nobodys, 5) == []
    assert await stores.payments.find(HOSPITAL, [], 5) == []
    assert await stores.payments.find(HOSPITAL, [*nobodys, (FindBy.CARD, CARD), (FindBy.PHONE, PHONE)], 5) == [payment]
    ask = RefundAsk(
        request_id="T1",
        amount_fen=1,
        lines=(),
        reason="other",
        note="",
        by="staff:1001",
        requested_via="chat",
        approval_reasons=("old",),
    )
    asked = request_refund(payment, ask, MORNING, MORNING)
    await stores.payments.save(payment, asked)
    assert await stores.payments.find(HOSPITAL, [(FindBy.TAG, WAITING)], 5) == [asked]
    assert await stores.payments.find(HOSPITAL, [(FindBy.CARD, CARD)], 5) == [asked]

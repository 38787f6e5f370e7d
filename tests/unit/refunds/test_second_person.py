"""Who may be the second person, by all that is known of both at this moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.days import hospital_day
from server.core.errors import NotAllowed
from server.patients.rules import SELF
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.refund_window import BeyondReach
from server.refunds.permission import RefundPermission
from server.staff.model import RefundLimits, Role
from server.staff.rules.auth_events import Asked
from tests.support.builders import HOSPITAL, an_identity
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.refund_desk import at_the_desk

pytestmark = pytest.mark.asyncio
LIMITS = RefundLimits(per_refund_fen=500, per_day_fen=700)
SAME_CARD = f"{SELF}hash-of-one-card"


def permission_of(memory_app: InMemoryApp) -> RefundPermission:
    return memory_app.services.shared.office.permission


async def two(memory_app: InMemoryApp, name: str = "孙审批") -> tuple[Employee, Employee]:
    """Who asked, and who is to be the second person."""
    one = await an_employee(memory_app, "3001", Role.FINANCE, LIMITS, "钱财务")
    return one, await an_employee(memory_app, "2002", Role.APPROVER, LIMITS, name)


async def second(memory_app: InMemoryApp, other: Employee, asked_by: str, out_fen: int, payer: str = "") -> None:
    permission = permission_of(memory_app)
    await permission.must_be_second_without_payment(await other.now(), payer, asked_by, out_fen)


async def test_only_an_approver_or_finance_is_one() -> None:
    memory_app = InMemoryApp()
    await two(memory_app)
    cashier = await an_employee(memory_app, "1009", Role.CASHIER, LIMITS, "吴收费")
    with pytest.raises(NotAllowed, match="role"):
        await second(memory_app, cashier, "staff:3001", 0)


@pytest.mark.parametrize("asked_by", ["staff:3001", "his:w1", "staff:9999", "system"])
async def test_another_person_may_be_whoever_asked(asked_by: str) -> None:
    memory_app = InMemoryApp()
    _, other = await two(memory_app)
    await second(memory_app, other, asked_by, 500)


async def test_what_is_known_of_whoever_asked_since_they_asked_counts() -> None:
    """Both have the same patient's card as their own; nobody has told the staff's facts yet."""
    memory_app = InMemoryApp()
    _, other = await two(memory_app)
    for number in ("3001", "2002"):
        await memory_app.stores.people.add_identity_proofs(HOSPITAL, an_identity(f"openid-{number}"), [SAME_CARD])
    with pytest.raises(NotAllowed, match="own proposal") as refused:
        await second(memory_app, other, "staff:3001", 0)
    assert refused.value.user_message == "不能复核自己提出的了结。"


async def test_who_shares_a_name_waits_for_an_admin() -> None:
    memory_app = InMemoryApp()
    _, other = await two(memory_app, "钱财务")
    with pytest.raises(NotAllowed, match="perhaps own") as refused:
        await second(memory_app, other, "staff:3001", 0)
    assert refused.value.user_message == "您与提出人姓名或手机号相同，请管理员先确认不是同一人。"


@pytest.mark.parametrize(("out_fen", "fits"), [(500, True), (501, False)])
async def test_what_leaves_is_within_the_second_person_s_limit(out_fen: int, fits: bool) -> None:
    memory_app = InMemoryApp()
    payment, _, _ = await at_the_desk(memory_app)
    _, other = await two(memory_app)
    permission = permission_of(memory_app)
    for check in (
        second(memory_app, other, "staff:3001", out_fen),
        permission.must_be_second(await other.now(), payment, "staff:3001", out_fen),
    ):
        if fits:
            await check
        else:
            with pytest.raises(NotAllowed, match="over the approver's limit"):
                await check


async def test_where_nothing_leaves_no_limit_is_asked() -> None:
    memory_app = InMemoryApp()
    payment, _, _ = await at_the_desk(memory_app)
    _, other = await two(memory_app)
    spent = replace(await other.now(), spent_on=memory_app.clock.now().date(), spent_fen=701)
    permission = permission_of(memory_app)
    await permission.must_be_second_without_payment(spent, "", "staff:3001", 0)
    await permission.must_be_second(spent, payment, "staff:3001", 0)


async def test_whose_money_it_is_does_not_decide_about_it() -> None:
    memory_app = InMemoryApp()
    payment, _, _ = await at_the_desk(memory_app)
    _, other = await two(memory_app)
    mine = an_identity("openid-2002").key
    permission, actor = permission_of(memory_app), await other.now()
    await permission.must_not_have_paid(actor, payment.owner)
    await permission.must_not_be_theirs(actor, payment)
    for check in (permission.must_not_have_paid(actor, mine), second(memory_app, other, "staff:3001", 0, mine)):
        with pytest.raises(NotAllowed, match="own money") as refused:
            await check
        assert refused.value.user_message == "不能办理与本人有关的款项。"
    with pytest.raises(NotAllowed, match="own payment") as refused:
        await permission.must_not_be_theirs(actor, replace(payment, owner=mine))
    assert refused.value.user_message == "不能办理与本人有关的支付。"


@pytest.mark.parametrize("agree", [True, False])
async def test_a_no_is_free_and_a_yes_must_lead_back_within_the_limits(agree: bool) -> None:
    memory_app = InMemoryApp()
    payment, _, _ = await at_the_desk(memory_app)
    _, other = await two(memory_app)
    permission, actor = permission_of(memory_app), await other.now()
    refund = Refund(
        id=f"{payment.id}R01", amount_fen=501, origin=RefundOrigin.STAFF, reason="other",
        state=RefundState.REQUESTED, at=memory_app.clock.now(), asked_by="staff:3001",
    )  # fmt: skip
    asked = replace(payment, refunds=(refund,))
    if not agree:
        await permission.must_decide(actor, asked, refund, agree=False)
        return
    with pytest.raises(NotAllowed, match="over the approver's limit"):
        await permission.must_decide(actor, asked, refund, agree=True)
    memory_app.clock.forward(timedelta(days=366).total_seconds())
    with pytest.raises(BeyondReach):
        await permission.must_decide(actor, asked, replace(refund, amount_fen=500), agree=True)


async def test_the_day_s_limit_is_over_all_numbers_of_one_person_to_the_last_fen() -> None:
    memory_app = InMemoryApp()
    one, other = await two(memory_app)
    for number in ("3001", "2002"):
        await memory_app.stores.people.add_identity_proofs(HOSPITAL, an_identity(f"openid-{number}"), [SAME_CARD])
    await memory_app.staff_facts.learn(await one.now())
    await memory_app.staff.prove(await one.now(), one.proof(), Asked.REFUND, spends_fen=300)
    permission = permission_of(memory_app)
    actor = await other.now()
    today = hospital_day(memory_app.clock.now())
    await permission.must_fit_the_day(replace(actor, spent_on=today, spent_fen=400))
    with pytest.raises(NotAllowed, match="day limit over all numbers"):
        await permission.must_fit_the_day(replace(actor, spent_on=today, spent_fen=401))

"""Who is who among staff: what was once known can't be taken back by the person whom it is about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import NotAllowed
from server.patients.cards import CardService
from server.patients.model import BoundCard, PayerIdentity
from server.patients.visible_cards import card_key
from server.payments.model import Payment
from server.payments.refund_model import RefundState
from server.staff.model import RefundLimits, Role
from tests.support.builders import HOSPITAL, a_session, an_identity
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid

pytestmark = pytest.mark.asyncio
NONE_ALONE = RefundLimits(per_refund_fen=0, per_day_fen=0)
ID_NO = "110101199003078515"
CARD_NO = "9001"


async def an_office(memory_app: InMemoryApp, name: str = "吴审批") -> tuple[Payment, Employee, Employee]:
    """A booked payment, a cashier 1003 who may do nothing alone, and an approver 2003."""
    payment = await paid(memory_app)
    await memory_app.work()
    cashier = await an_employee(memory_app, "1003", limits=NONE_ALONE, name="吴收费")
    return (
        await memory_app.payment(payment.id),
        cashier,
        await an_employee(memory_app, "2003", Role.APPROVER, name=name),
    )


async def asked_for(memory_app: InMemoryApp, cashier: Employee, payment: Payment) -> str:
    drafted = await memory_app.refund_desk.draft(await cashier.now(), payment.id, 100, "other")
    _, refund = await memory_app.refund_desk.confirm(await cashier.now(), drafted.draft.ticket, cashier.proof(), "chat")
    assert refund.state is RefundState.REQUESTED
    return refund.id


async def agrees(memory_app: InMemoryApp, approver: Employee, refund_id: str) -> None:
    drafted = await memory_app.refund_desk.draft_decision(await approver.now(), refund_id, agree=True)
    await memory_app.refund_desk.confirm(await approver.now(), drafted.draft.ticket, approver.proof(), "chat")


async def bind_own_card(memory_app: InMemoryApp, who: Employee) -> None:
    """Through the real service's last step: the code came back, and it was said to be their own."""
    session = a_session(f"openid-{who.number}")
    marks = memory_app.people.own_identity_proofs("13800000001", ID_NO)
    card = BoundCard(
        hospital=HOSPITAL, owner=session.identity.key, card_no=CARD_NO, name="吴有卡", identity_proofs=marks
    )
    await memory_app.stores.cards.bind(card)
    await memory_app.people.card_bound(session, "13800000001", marks, needs_phone=False)


async def unbind(memory_app: InMemoryApp, cards: CardService, who: Employee) -> None:
    session = a_session(f"openid-{who.number}")
    await cards.unbind(session, card_key(memory_app.sealer, HOSPITAL, CARD_NO))


async def test_unbinding_the_card_that_says_who_one_is_helps_nobody() -> None:
    """One human being, a cashier on one account and an approver on another: ¥600 left this way."""
    memory_app = InMemoryApp()
    payment, cashier, approver = await an_office(memory_app)
    for one in (cashier, approver):
        await bind_own_card(memory_app, one)
    refund_id = await asked_for(memory_app, cashier, payment)
    for one in (cashier, approver):
        await unbind(memory_app, memory_app.cards, one)
        assert await memory_app.stores.cards.of_owner(HOSPITAL, an_identity(f"openid-{one.number}").key) == []
    with pytest.raises(NotAllowed, match="own request"):
        await agrees(memory_app, approver, refund_id)
    other = await an_employee(memory_app, "2004", Role.APPROVER, name="郑审批")
    await agrees(memory_app, other, refund_id)


@pytest.mark.parametrize("asked_first", [True, False])
async def test_cards_of_before_facts_were_kept_are_seen_before_they_go(asked_first: bool) -> None:
    """Also where the cards are gone before the refund is asked for."""
    memory_app = InMemoryApp()
    payment, cashier, approver = await an_office(memory_app)
    memory_app.stores.staff_facts.documents.clear()  # type: ignore[attr-defined]
    marks = memory_app.people.own_identity_proofs("13800000001", ID_NO)
    for one in (cashier, approver):  # as they lie in today's database
        identity = an_identity(f"openid-{one.number}")
        card = BoundCard(hospital=HOSPITAL, owner=identity.key, card_no=CARD_NO, name="吴有卡", identity_proofs=marks)
        await memory_app.stores.cards.bind(card)
        await memory_app.stores.people.add_identity_proofs(HOSPITAL, identity, marks)
    refund_id = await asked_for(memory_app, cashier, payment) if asked_first else ""
    for one in (cashier, approver):
        await unbind(memory_app, memory_app.cards, one)
    refund_id = refund_id or await asked_for(memory_app, cashier, payment)
    with pytest.raises(NotAllowed, match="own request"):
        await agrees(memory_app, approver, refund_id)


async def test_leaving_and_a_new_phone_take_nothing_back() -> None:
    memory_app = InMemoryApp()
    payment, cashier, approver = await an_office(memory_app)
    for one in (cashier, approver):
        await memory_app.people.met(HOSPITAL, an_identity(f"openid-{one.number}", union_id="union-1"))
    refund_id = await asked_for(memory_app, cashier, payment)
    await memory_app.staff.leave(HOSPITAL, "1003", "cli:root")
    code = await memory_app.staff.invite(HOSPITAL, "2003", "x", Role.APPROVER, NONE_ALONE, "cli:root")
    again = await memory_app.staff.bind(HOSPITAL, an_identity("openid-fresh"), code)
    with pytest.raises(NotAllowed, match="own request"):
        await memory_app.refund_desk.draft_decision(again, refund_id, agree=True)


async def test_numbers_are_one_person_over_a_third_that_has_left() -> None:
    memory_app = InMemoryApp()
    payment, cashier, approver = await an_office(memory_app)
    bridge = await an_employee(memory_app, "3003", name="丁桥")
    await memory_app.people.met(HOSPITAL, an_identity("openid-1003", union_id="union-1"))
    await memory_app.people.met(HOSPITAL, an_identity("openid-3003", union_id="union-1"))
    for one in (bridge, approver):
        await bind_own_card(memory_app, one)
    await memory_app.staff.leave(HOSPITAL, "3003", "cli:root")
    refund_id = await asked_for(memory_app, cashier, payment)
    with pytest.raises(NotAllowed, match="own request"):
        await agrees(memory_app, approver, refund_id)


@pytest.mark.parametrize("name", ["吴收费", " 吴 收费", "吴收费\u3000"])
async def test_a_namesake_agrees_only_after_another_admin_s_word(name: str) -> None:
    memory_app = InMemoryApp()
    payment, cashier, approver = await an_office(memory_app, name)
    refund_id = await asked_for(memory_app, cashier, payment)
    with pytest.raises(NotAllowed, match="perhaps own request"):
        await agrees(memory_app, approver, refund_id)
    admin = await an_employee(memory_app, "9001", Role.ADMIN, name="管理甲")
    (alike,) = await memory_app.console.office.alike(await admin.now(), "2003")
    assert (alike.staff.number, alike.sure, alike.shared) == ("1003", False, ("name:",))
    await memory_app.console.office.tell_apart(await admin.now(), admin.proof(), "2003", "1003")
    assert await memory_app.console.office.alike(await admin.now(), "2003") == ()
    assert [(line.what, line.by) for line in (await approver.now()).history][-1] == ("staff_told_apart", "staff:9001")
    await agrees(memory_app, approver, refund_id)


async def test_a_phone_that_becomes_known_later_needs_a_new_word() -> None:
    memory_app = InMemoryApp()
    payment, cashier, approver = await an_office(memory_app, "吴收费")
    admin = await an_employee(memory_app, "9001", Role.ADMIN, name="管理甲")
    await memory_app.console.office.tell_apart(await admin.now(), admin.proof(), "1003", "2003")
    for one in (cashier, approver):
        await memory_app.people.phone_proven(a_session(f"openid-{one.number}"), "13800000001")
    refund_id = await asked_for(memory_app, cashier, payment)
    with pytest.raises(NotAllowed, match="perhaps own request"):
        await agrees(memory_app, approver, refund_id)


async def test_no_word_parts_what_is_sure_and_nobody_speaks_for_themselves() -> None:
    memory_app = InMemoryApp()
    _, cashier, approver = await an_office(memory_app, "吴收费")
    office = memory_app.console.office
    admin = await an_employee(memory_app, "9001", Role.ADMIN, name="管理甲")
    inviter = await an_employee(memory_app, "9002", Role.ADMIN, name="管理乙")
    await memory_app.staff.invite(
        HOSPITAL, "2004", "吴收费", Role.APPROVER, NONE_ALONE, inviter.number and "staff:9002", alone=False
    )
    with pytest.raises(NotAllowed, match="own invitation"):
        await office.tell_apart(await inviter.now(), inviter.proof(), "2004", "1003")
    await office.tell_apart(await admin.now(), admin.proof(), "2004", "1003")
    namesake = await an_employee(memory_app, "9003", Role.ADMIN, name="吴收费")
    with pytest.raises(NotAllowed, match="about oneself"):
        await office.tell_apart(await namesake.now(), namesake.proof(), "9003", "1003")
    for one in (cashier, approver):
        await bind_own_card(memory_app, one)
    with pytest.raises(NotAllowed, match="not alike"):
        await office.tell_apart(await admin.now(), admin.proof(), "2003", "1003")


async def test_two_admins_are_two_people() -> None:
    memory_app = InMemoryApp()
    await an_office(memory_app)
    first, second = [
        await an_employee(memory_app, number, Role.ADMIN, name=f"管理{number}") for number in ("9001", "9002")
    ]
    wide = RefundLimits(per_refund_fen=1, per_day_fen=2)
    office = memory_app.console.office
    await office.propose(await first.now(), first.proof(), "1003", Role.APPROVER, wide)
    for one in (first, second):
        await bind_own_card(memory_app, one)
        await unbind(memory_app, memory_app.cards, one)
    with pytest.raises(NotAllowed, match="own change"):
        await office.agree(await second.now(), second.proof(), "1003", (Role.APPROVER, wide), invite=False)


async def test_limits_add_up_over_the_numbers_of_one_person() -> None:
    memory_app = InMemoryApp()
    payment, _, _ = await an_office(memory_app)
    limits = RefundLimits(per_refund_fen=1000, per_day_fen=1100)
    pair = [await an_employee(memory_app, number, limits=limits, name=f"收费{number}") for number in ("1004", "1005")]
    drafted = await memory_app.refund_desk.draft(await pair[0].now(), payment.id, 600, "other")
    await memory_app.refund_desk.confirm(await pair[0].now(), drafted.draft.ticket, pair[0].proof(), "chat")
    before = (await memory_app.refund_desk.draft(await pair[1].now(), payment.id, 600, "other")).approval_reasons
    for one in pair:
        await memory_app.people.met(HOSPITAL, an_identity(f"openid-{one.number}", union_id="union-1"))
    after = (await memory_app.refund_desk.draft(await pair[1].now(), payment.id, 600, "other")).approval_reasons
    assert (before, after) == ((), ("over_limit", "over_day"))


async def test_one_s_own_money_stays_one_s_own_after_the_phone_is_changed() -> None:
    memory_app = InMemoryApp()
    payment = await paid(memory_app)
    await memory_app.work()
    subject = payment.owner.split(":")[2]
    code = await memory_app.staff.invite(
        HOSPITAL, "1003", "吴收费", Role.CASHIER, RefundLimits(per_refund_fen=9000, per_day_fen=9000), "cli:root"
    )
    await memory_app.staff.bind(HOSPITAL, replace(an_identity(subject)), code)
    again = await memory_app.staff.invite(HOSPITAL, "1003", "x", Role.CASHIER, NONE_ALONE, "cli:root")
    now = await memory_app.staff.bind(HOSPITAL, an_identity("openid-fresh"), again)
    assert (await memory_app.refund_desk.draft(now, payment.id, 100, "other")).approval_reasons == ("own",)


async def test_nothing_that_is_kept_names_anybody() -> None:
    memory_app = InMemoryApp()
    _, cashier, approver = await an_office(memory_app)
    for one in (cashier, approver):
        await bind_own_card(memory_app, one)
    kept = repr(memory_app.stores.staff_facts.documents)  # type: ignore[attr-defined]
    for clear in ("吴", "13800000001", ID_NO, "openid", CARD_NO):
        assert clear not in kept.replace("'1003'", "").replace("'2003'", "")
    assert isinstance(an_identity("x"), PayerIdentity)

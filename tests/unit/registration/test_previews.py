"""What changed rules would have said to the registrations of the last weeks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import OutcomeUnknown
from server.patients.model import PayerIdentity
from server.patients.relations import Relation
from server.registration.record_model import RecordState
from server.registration.rules.hospital_rules import Pause, RegistrationRules, Rule
from server.registration.rules.previewing import Counted
from tests.support.builders import CARD, HOSPITAL, a_paid, a_patient
from tests.support.clock_and_ids import MORNING
from tests.support.registering import OTHER_CARD, RegistrationWorld
from tests.support.registrations import a_record, a_slot

pytestmark = pytest.mark.asyncio


async def test_a_preview_says_what_other_rules_would_have_refused() -> None:
    world = RegistrationWorld(RegistrationRules(cancel_before=timedelta(0)))
    zhang, li = await world.person(), await world.person("openid-li-ceshi", OTHER_CARD)
    for person, number, card in ((zhang, 1, CARD), (li, 2, OTHER_CARD)):
        await world.pay(await world.begin(person, number, card))
    own, *_ = await world.registration.appointments.mine(zhang)
    world.memory_app.clock.forward(seconds=3600)
    await world.registration.cancelling.cancel(zhang, own.payment.id)
    missed = a_record(
        begins_at=MORNING - timedelta(days=1), state=RecordState.MISSED, ended_at=MORNING - timedelta(days=1)
    )
    later = a_record(slot_no="S-9", taken_at=MORNING + timedelta(minutes=30), out_trade_no="later")
    mine = a_record(slot_no=a_slot(1).slot_no, out_trade_no=own.payment.id)
    world.system.known_records += [missed, later, mine]
    others = RegistrationRules(
        missed=Pause(times=1, days=30, pause_days=30), open_most=1, cancel_before=timedelta(hours=23)
    )
    world.memory_app.clock.forward(seconds=86400)
    told = await world.registration.previews.of(HOSPITAL, others, 31)
    assert (told.looked_at, told.unknown, told.today.refused) == (2, 0, {})
    assert told.others.refused == {Rule.MISSED: 2, Rule.CANCEL_UNTIL: 1}
    told = await world.registration.previews.of(HOSPITAL, replace(others, missed=None), 31)
    assert told.others.refused == {Rule.OPEN_MOST: 1, Rule.CANCEL_UNTIL: 1}, (
        "neither its own number nor what was taken later counts"
    )
    world.system.will("records", OutcomeUnknown("his", "silent"))
    assert (await world.registration.previews.of(HOSPITAL, others, 31)).unknown == 1
    world.memory_app.clock.forward(seconds=40 * 86400)
    assert (await world.registration.previews.of(HOSPITAL, others, 31)).looked_at == 0


STRICT = RegistrationRules(guardian_under=14, guardian_bound=True)
WEAK = RegistrationRules(guardian_under=14)
OF_CHILD = ("own:child", "self:child")
OF_ADULT = ("own:adult", "self:adult")


@pytest.mark.parametrize(
    ("child", "proofs", "beside", "strict", "weak"),
    [
        (None, (), OF_ADULT, "unsaid", "allowed"),
        (None, (), (), "unsaid", "unsaid"),
        (None, (), None, "unsaid", "unsaid"),
        (Relation.CHILD, (), OF_ADULT, "allowed", "allowed"),
        (Relation.WARD, (), (), "refused", "allowed"),
        (Relation.OTHER, (), OF_ADULT, "refused", "allowed"),
        (Relation.OTHER, (), (), "refused", "unsaid"),
        (Relation.OTHER, (), None, "refused", "refused"),
        (None, OF_CHILD, None, "refused", "refused"),
    ],
)
async def test_a_preview_counts_guardians_by_what_stands_with_the_cards_now(
    child: Relation | None, proofs: tuple[str, ...], beside: tuple[str, ...] | None, strict: str, weak: str
) -> None:
    """``beside``: what another bound card proves; None where there is no other."""
    world = RegistrationWorld(RegistrationRules())
    zhang, cards = await world.person(), world.memory_app.stores.cards
    await world.pay(await world.begin(zhang))
    world.memory_app.his.patients[CARD] = a_patient(birth_date="2018-01-01")
    [bound] = await cards.of_owner(HOSPITAL, zhang.identity.key)
    await cards.bind(replace(bound, family=child, identity_proofs=proofs))
    if beside is not None:
        await cards.bind(replace(bound, card_no=OTHER_CARD, identity_proofs=beside))
    world.memory_app.clock.forward(seconds=60)
    for others, rule, expected in ((STRICT, Rule.GUARDIAN_BOUND, strict), (WEAK, Rule.GUARDIAN, weak)):
        told = await world.registration.previews.of(HOSPITAL, others, 31)
        assert told.today == Counted(refused={}, unsaid=0), "no rule asks for a guardian today"
        assert (told.others.refused, told.others.unsaid) == (
            {rule: 1} if expected == "refused" else {},
            int(expected == "unsaid"),
        )


@pytest.mark.parametrize(("is_joined", "unsaid"), [(True, 0), (False, 1)])
async def test_a_preview_knows_what_was_said_in_another_entrance_of_the_same_person(
    is_joined: bool, unsaid: int
) -> None:
    """The child was registered by WeChat; in Alipay its card is bound as a child's, beside an own card that joins the entrances."""
    world = RegistrationWorld(RegistrationRules())
    zhang, stores = await world.person(), world.memory_app.stores
    await world.pay(await world.begin(zhang))
    world.memory_app.his.patients[CARD] = a_patient(birth_date="2018-01-01")
    alipay = PayerIdentity(channel="alipay", app_id="2021000000000001", subject="2088zhang")
    [here] = await stores.cards.of_owner(HOSPITAL, zhang.identity.key)
    own = replace(here, card_no=OTHER_CARD, identity_proofs=OF_ADULT)
    await stores.cards.bind(replace(here, owner=alipay.key, family=Relation.CHILD))
    for identity in (alipay, *([zhang.identity] if is_joined else [])):
        await stores.cards.bind(replace(own, owner=identity.key))
        await stores.people.add_identity_proofs(HOSPITAL, identity, OF_ADULT)
    world.memory_app.clock.forward(seconds=60)
    told = await world.registration.previews.of(HOSPITAL, STRICT, 31)
    assert (told.looked_at, told.others) == (1, Counted(refused={}, unsaid=unsaid))


async def test_a_preview_is_no_use_of_a_card() -> None:
    world = RegistrationWorld(RegistrationRules())
    zhang = await world.person()
    await world.pay(await world.begin(zhang))
    unused = world.memory_app.hospital.card_unused_max
    world.memory_app.clock.forward(seconds=60)
    for _ in range(2):
        assert (await world.registration.previews.of(HOSPITAL, STRICT, 365)).looked_at == 1
        world.memory_app.clock.forward(seconds=unused.total_seconds() * 2 / 3)
    assert await world.memory_app.cards.mine(zhang) == ()


@pytest.mark.parametrize(
    ("born", "unsaid"), [("2018-01-01", 1), ("1990-01-01", 0), ("2012-11-24", 0), ("2012-11-25", 1)]
)
async def test_only_children_are_counted_as_unsaid(born: str, unsaid: int) -> None:
    world = RegistrationWorld(RegistrationRules())
    await world.pay(await world.begin(await world.person()))
    world.memory_app.his.patients[CARD] = a_patient(birth_date=born)
    world.memory_app.clock.forward(seconds=60)
    assert (await world.registration.previews.of(HOSPITAL, STRICT, 31)).others.unsaid == unsaid


async def test_a_preview_asks_for_no_records_where_no_rule_counts() -> None:
    """A HIS without `reg.records` answers none, so its registrations would all be told as unknown."""
    world = RegistrationWorld()
    await world.pay(await world.begin(await world.person()))
    world.memory_app.clock.forward(seconds=60)
    world.system.will("records", OutcomeUnknown("his", "there is no such function"))
    told = await world.registration.previews.of(HOSPITAL, RegistrationRules(), 31)
    assert (told.looked_at, told.unknown) == (1, 0)


async def test_a_preview_looks_at_registrations_of_known_patients_only() -> None:
    world = RegistrationWorld()
    number, payments = await world.begin(await world.person()), world.memory_app.stores.payments
    begun = await world.memory_app.payment(number)
    erased = replace(begun, id="ZFERASED", claims=(), personal=replace(begun.personal, card_no=""))
    for other in (erased, replace(a_paid(begun.created_at), id="ZFBILL", claims=())):
        await payments.insert(other)
    world.memory_app.clock.forward(seconds=60)
    told = await world.registration.previews.of(HOSPITAL, RegistrationRules(), 31)
    assert (told.looked_at, told.unknown) == (1, 0)

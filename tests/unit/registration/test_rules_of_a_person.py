"""Rules that count hold for the person, whatever the phone: what was taken before comes from the HIS, and one attempt at a time goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import AlreadyPaid, NotAllowed, NotFound, OutcomeUnknown
from server.patients.relations import Relation
from server.payments.model import PaymentState
from server.registration.purpose import offer_of
from server.registration.record_model import RecordState
from server.registration.rules.hospital_rules import Pause, RegistrationRules, Rule
from server.registration.rules.previewing import Counted
from tests.support.builders import CARD, HOSPITAL, a_paid, a_patient
from tests.support.clock_and_ids import MORNING
from tests.support.registering import OTHER_CARD, RegistrationWorld
from tests.support.registrations import a_record, a_slot

pytestmark = pytest.mark.asyncio
ONE = RegistrationRules(one_a_day=False, open_most=1)


async def test_the_his_is_asked_for_records_only_where_a_rule_counts() -> None:
    for rules, calls in ((RegistrationRules(), 0), (ONE, 1)):
        world = RegistrationWorld(rules)
        await world.begin(await world.person())
        assert len(world.system.named("records")) == calls


async def test_what_was_taken_at_the_window_counts() -> None:
    world = RegistrationWorld(ONE)
    world.system.known_records.append(a_record())
    with pytest.raises(NotAllowed, match="open_most") as raised:
        await world.begin(await world.person())
    assert raised.value.user_message == "就诊人已有 1 个没有就诊的号，就诊或取消以后才能再挂。"


async def test_who_has_missed_too_many_waits_out_the_pause() -> None:
    world = RegistrationWorld(RegistrationRules(missed=Pause(times=2, days=30, pause_days=10)))
    for back in (3, 9):
        at = MORNING - timedelta(days=back)
        world.system.known_records.append(
            a_record(begins_at=at, state=RecordState.MISSED, ended_at=at, slot_no=f"S-{back}")
        )
    zhang = await world.person()
    with pytest.raises(NotAllowed, match="missed") as raised:
        await world.begin(zhang)
    assert "11月30日 09:30 以后才能在手机上挂号" in raised.value.user_message


async def test_without_the_his_s_records_nothing_begins() -> None:
    world = RegistrationWorld(ONE)
    world.system.will("records", OutcomeUnknown("his", "silent"))
    with pytest.raises(OutcomeUnknown):
        await world.begin(await world.person())
    assert world.system.held == {}


async def test_two_phones_can_t_take_two_numbers_for_one_person_at_once() -> None:
    """Both counted no number: only one of them goes on. Without the claim of the turn each phone would have one."""
    world = RegistrationWorld(ONE)
    first = await world.begin(await world.person())
    daughter = await world.person("openid-daughter")
    with pytest.raises(AlreadyPaid):
        await world.begin(daughter, 2)
    await world.pay(first)
    world.system.known_records.append(a_record(slot_no=a_slot(1).slot_no, begins_at=a_slot(1).begins_at))
    with pytest.raises(NotAllowed, match="open_most"):
        await world.begin(daughter, 2)
    assert list(world.system.booked) == [a_slot(1).slot_no]


async def test_an_attempt_from_before_midnight_is_met_by_one_after_it() -> None:
    world = RegistrationWorld(ONE)
    world.memory_app.clock.forward(seconds=14.4 * 3600)  # 23:54
    await world.begin(await world.person())
    world.memory_app.clock.forward(seconds=420)
    with pytest.raises(AlreadyPaid):
        await world.begin(await world.person("openid-daughter"), 2)


async def test_one_s_own_unpaid_number_gives_way_to_another() -> None:
    world = RegistrationWorld(ONE)
    zhang = await world.person()
    first = await world.begin(zhang)
    second = await world.begin(zhang, 2)
    await world.memory_app.work()
    assert (await world.memory_app.payment(first)).state is PaymentState.CLOSED
    assert world.system.held == {a_slot(2).slot_no: second}


async def test_after_what_was_given_back_the_next_number_is_taken() -> None:
    world = RegistrationWorld(ONE)
    zhang = await world.person()
    first = await world.begin(zhang)
    await world.pay(first)
    await world.registration.cancelling.cancel(zhang, first)
    world.system.known_records.append(
        a_record(slot_no=a_slot(1).slot_no, state=RecordState.CANCELLED, ended_at=MORNING, out_trade_no=first)
    )
    assert await world.begin(zhang, 2) != first


async def test_a_child_is_registered_by_somebody_with_an_adult_s_card() -> None:
    world = RegistrationWorld(RegistrationRules(guardian_under=14))
    world.memory_app.his.patients[CARD] = a_patient(birth_date="2018-01-01")
    zhang = await world.person()
    with pytest.raises(NotAllowed, match="guardian") as raised:
        await world.begin(zhang)
    assert "就诊人 8 岁，未满 14 岁由监护人挂号" in raised.value.user_message
    await world.person(card_no=OTHER_CARD)
    assert await world.begin(zhang)


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


@pytest.mark.parametrize(("born", "is_adult"), [("2008-11-24", True), ("2008-11-25", False)])
async def test_a_guardian_is_eighteen_on_the_day_of_the_visit(born: str, is_adult: bool) -> None:
    world = RegistrationWorld(RegistrationRules(guardian_under=14))
    world.memory_app.his.patients[CARD] = a_patient(birth_date="2018-01-01")
    world.memory_app.his.patients[OTHER_CARD] = a_patient(birth_date=born)
    zhang = await world.person()
    await world.person(card_no=OTHER_CARD)
    if is_adult:
        assert await world.begin(zhang)
    else:
        with pytest.raises(NotAllowed, match="guardian"):
            await world.begin(zhang)


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


async def test_a_hospital_that_takes_no_registrations_here_says_where_to_go() -> None:
    with pytest.raises(NotFound) as raised:
        offer_of({}, HOSPITAL)
    assert raised.value.user_message == "医院暂未开通手机挂号，请到窗口挂号。"

"""Whose stays are seen and in which order, how one is bound, and what of them stands on the first page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import BadInput, NotFound, OutcomeUnknown, TooManyTries
from server.inpatient.admissions import admission_key
from server.inpatient.model import AdmissionState, Stay
from server.inpatient.needs import InpatientNeeds
from server.needs.model import Asked, Need, Place, Told, Urgency
from server.patients.model import BoundCard
from tests.support.builders import CARD, HOSPITAL, a_patient, a_session, an_identity
from tests.support.clock_and_ids import MORNING
from tests.support.in_memory_app import InMemoryApp
from tests.support.inpatients import STAY, FaithfulInpatients, an_admission
from tests.support.outside import FaithfulHis, a_hospital
from tests.support.wards import Ward

pytestmark = pytest.mark.asyncio
SESSION = a_session()
NOT_HERE = "医院暂未开通住院服务，请到住院收费处办理。"
DAY = timedelta(days=1)


def of(
    number: str, days_ago: int, state: AdmissionState = AdmissionState.ADMITTED, **fields: str
) -> FaithfulInpatients:
    stay = Stay(admission_no=number, count=1)
    return FaithfulInpatients(an_admission(stay=stay, admitted_at=MORNING - days_ago * DAY, state=state, **fields))


def together(*wards: FaithfulInpatients) -> FaithfulInpatients:
    return FaithfulInpatients(*(one for ward in wards for one in ward.known.values()))


async def an_app(inpatients: FaithfulInpatients) -> InMemoryApp:
    memory_app = InMemoryApp(a_hospital(his=FaithfulHis(inpatient=inpatients)), a_hospital("without"))
    await memory_app.stores.cards.bind(
        BoundCard(hospital=HOSPITAL, owner=an_identity().key, card_no=CARD, name="张测试")
    )
    return memory_app


async def test_what_is_not_settled_comes_first_and_of_each_the_newest() -> None:
    settled, left = AdmissionState.SETTLED, AdmissionState.DISCHARGED
    memory_app = await an_app(together(of("A", 1, settled), of("B", 9), of("C", 2, settled), of("D", 3, left)))
    known = await memory_app.admissions.mine(SESSION)
    assert [one.admission.stay.admission_no for one in known] == ["D", "B", "A", "C"]
    assert (await memory_app.admissions.one(SESSION, known[1].key)) == known[1]


async def test_who_asks_for_a_stay_that_is_not_theirs_reads_where_to_go() -> None:
    memory_app = await an_app(of("A", 1))
    with pytest.raises(NotFound) as said:
        await memory_app.admissions.one(SESSION, "another")
    assert said.value.user_message == "没有找到这次住院，请从住院列表进入。"


async def test_a_hospital_that_looks_after_no_inpatients_here_says_so() -> None:
    memory_app = await an_app(of("A", 1))
    assert [memory_app.admissions.offered(one) for one in (HOSPITAL, "without", "nowhere")] == [True, False, False]
    for asked in (
        memory_app.admissions.mine(a_session(hospital="without")),
        memory_app.admission_binding.send_code(a_session(hospital="without"), "A", "张测试"),
    ):
        with pytest.raises(NotFound) as said:
            await asked
        assert said.value.user_message == NOT_HERE
    with pytest.raises(NotFound) as said:
        memory_app.wristbands.make("without", STAY, MORNING + DAY)
    assert said.value.user_message == NOT_HERE


async def test_a_stay_s_name_in_addresses_has_twenty_characters_and_names_it_alone() -> None:
    sealer = InMemoryApp().sealer
    stays = (STAY, replace(STAY, count=2), replace(STAY, admission_no="ZY2"))
    names = {admission_key(sealer, hospital, stay) for hospital in ("demo", "other") for stay in stays}
    assert (len(names), {len(name) for name in names}) == (6, {20})


async def test_a_stay_is_bound_by_its_number_and_its_patient_s_name_five_times_an_hour() -> None:
    memory_app = await an_app(of("ZY1", 1))
    memory_app.his.patients[CARD] = a_patient()
    for number, name in (("ZY1", "李测试"), ("ZY1", ""), ("ZY9", "张测试")):
        with pytest.raises(BadInput) as wrong:
            await memory_app.admission_binding.send_code(SESSION, number, name)
        assert wrong.value.user_message == "住院号与姓名不符，请检查后重试。"
    for _ in range(2):
        await memory_app.admission_binding.send_code(SESSION, " zy1", "张 测试")
        memory_app.clock.forward(60)
    assert len(memory_app.sms.sent) == 2
    with pytest.raises(TooManyTries) as often:
        await memory_app.admission_binding.send_code(SESSION, "ZY1", "张测试")
    assert often.value.user_message == "查询的次数太多，请一小时后再试，或到住院收费处办理。"
    now, key = memory_app.clock.now(), f"{HOSPITAL}:{SESSION.identity.key}"
    assert (often.value.wait_seconds, await memory_app.stores.short_lived.count("admission_asked", key, now, now)) == (
        3600,
        7,
    )
    memory_app.clock.forward(3600 - 120)
    await memory_app.admission_binding.send_code(SESSION, "ZY1", "张测试")


def asked_for(hospital: str = HOSPITAL, *card_nos: str) -> Asked:
    owner = an_identity().key
    cards = [BoundCard(hospital=hospital, owner=owner, card_no=number, name="张测试") for number in card_nos or (CARD,)]
    return Asked(session=a_session(hospital=hospital), cards=tuple(cards))


async def test_a_low_deposit_and_a_stay_to_be_settled_are_needs_and_nothing_else_of_a_stay() -> None:
    left = MORNING - DAY
    low, quiet = of("A", 3, low_reason="请尽快续交"), of("B", 3)
    gone = of("C", 4, AdmissionState.DISCHARGED, low_reason="请尽快续交")
    gone.known = {key: replace(one, discharged_at=left) for key, one in gone.known.items()}
    memory_app = await an_app(together(low, quiet, gone))
    keys = {one.admission.stay.admission_no: one.key for one in await memory_app.admissions.mine(SESSION)}
    told = await InpatientNeeds(memory_app.admissions).needs(asked_for())
    need = Need(
        about=(f"admission:{keys['A']}",), card_no=CARD, title="预交金不足", text="请尽快续交",
        page=f"inpatient/{keys['A']}/deposit", urgency=Urgency.TO_DO, at=MORNING - 3 * DAY,
    )  # fmt: skip
    to_settle = replace(
        need, about=(f"admission:{keys['C']}",), title="已出院，待结算", text="请查看费用，办理出院结算。",
        page=f"inpatient/{keys['C']}/discharge", at=left,
    )  # fmt: skip
    assert told == Told((need, to_settle))


async def test_where_one_card_can_not_be_asked_the_needs_are_not_whole_and_elsewhere_there_are_none() -> None:
    memory_app = await an_app(of("A", 1, low_reason="请尽快续交"))
    needs = InpatientNeeds(memory_app.admissions)
    inpatients = memory_app.his.inpatient
    assert isinstance(inpatients, FaithfulInpatients)
    inpatients.will("admissions", OutcomeUnknown("his", "silent"))
    told = await needs.needs(asked_for(HOSPITAL, "C9", CARD))
    assert (len(told.needs), told.is_whole) == (1, False)
    assert await needs.needs(asked_for("without")) == Told()
    assert (needs.places(HOSPITAL), needs.places("without")) == ((Place("住院服务", "inpatient"),), ())


async def test_a_ward_s_stay_has_its_days_deposits_and_quote(ward: Ward) -> None:
    admissions, day = ward.memory_app.admissions, MORNING.date()
    known = await admissions.one(ward.session, ward.key)
    assert await admissions.day_list(ward.session, ward.key, day) == (known, await ward.his.day_list(STAY, day))
    assert await admissions.deposits(ward.session, ward.key) == (known, ward.his.paid_in)
    assert await admissions.deposit_quote(ward.session, ward.key) == (known, ward.his.quote)

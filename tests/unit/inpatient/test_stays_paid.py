"""What is chosen to be paid of a stay, what the payment keeps of it, and what whoever scanned a wristband learns."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import BadInput, ChargeChanged, LinkExpired, NotFound
from server.inpatient.deposit_purpose import DepositPurpose
from server.inpatient.discharge_purpose import DischargePurpose
from server.inpatient.model import AdmissionState, Stay
from server.patients.model import WRISTBAND, BoundCard, Origin
from server.payments.model import PaymentState
from server.payments.purpose import QuotedPart
from tests.support.builders import CARD, HOSPITAL, a_payment, a_session
from tests.support.inpatients import STAY
from tests.support.wards import Ward

pytestmark = pytest.mark.asyncio
UNKNOWN_CHOICE = "没有选择住院和金额，请从住院列表进入。"
OVER = "这个腕带的住院已经结束，不能再交预交金。"
HOUR = timedelta(hours=1)


def deposits(ward: Ward) -> DepositPurpose:
    app = ward.memory_app
    return DepositPurpose(app.hospitals, app.admissions, app.wristbands)


def discharges(ward: Ward) -> DischargePurpose:
    app = ward.memory_app
    return DischargePurpose(app.hospitals, app.admissions, app.discharges, app.transitions, app.clock)


def sealed(ward: Ward, stay: Stay = STAY) -> str:
    return ward.memory_app.wristbands.make(HOSPITAL, stay, ward.memory_app.clock.now() + HOUR).url.rpartition("/")[2]


@pytest.mark.parametrize(
    "chosen", [[], [""], ["100"], ["key", "ten"], ["key", "-1"], ["a", "b", "100"], [WRISTBAND, "a", "b", "100"]]
)
async def test_without_a_stay_and_an_amount_nothing_is_quoted(ward: Ward, chosen: list[str]) -> None:
    with pytest.raises(NotFound) as said:
        await deposits(ward).quote(ward.session, chosen)
    assert said.value.user_message == UNKNOWN_CHOICE


async def test_a_deposit_claims_nothing_and_keeps_which_stay_it_is_for(ward: Ward) -> None:
    quote = await deposits(ward).quote(ward.session, [ward.key, "12300"])
    assert (quote.parts, quote.claims, quote.origin) == ((QuotedPart(amount_fen=12300),), (), None)
    assert (quote.description, quote.patient_name, quote.card_no) == ("测试医院 住院预交金", "张测试", CARD)
    [charge] = quote.subject.charges
    admission = ward.his.known[STAY.admission_no]
    assert (charge.number, charge.kind, charge.own_fen, quote.subject.facts) == ("ZY20261120", "deposit", 12300, "1")
    assert (charge.department, charge.doctor, charge.issued_at) == ("测试内科", "李虚构", admission.admitted_at)
    with pytest.raises(BadInput):
        await deposits(ward).quote(ward.session, [ward.key, "300001"])


async def test_who_scanned_a_wristband_keeps_nothing_that_leads_to_the_patient(ward: Ward) -> None:
    stranger = a_session("openid-relative")
    quote = await deposits(ward).quote(stranger, [WRISTBAND, sealed(ward), "500"])
    [charge] = quote.subject.charges
    assert (charge.department, charge.doctor, quote.origin) == ("", "", Origin(entrance=WRISTBAND))
    assert quote.subject.departments == ()
    with pytest.raises(NotFound):
        await deposits(ward).quote(stranger, [ward.key, "500"])
    payment = replace(a_payment(), personal=replace(a_payment().personal, subject=quote.subject))
    by_band = replace(payment, id="ZF20261123SCANNED", origin=Origin(entrance=WRISTBAND))
    assert await deposits(ward).check(payment) is None
    booked, booked_by_band = await deposits(ward).book(payment), await deposits(ward).book(by_band)
    assert (booked.guide_text, booked_by_band.guide_text) == ("请到二楼采血处", "")
    assert (booked.receipt_url, booked_by_band.receipt_url) == ("https://receipts.example/RC-1", "")
    found, found_by_band = await deposits(ward).check(payment), await deposits(ward).check(by_band)
    assert found is not None
    assert found_by_band is not None
    assert (found.guide_text, found_by_band.guide_text) == ("请到二楼采血处", "")
    assert ward.his.booked[payment.id].stay == STAY


async def test_a_wristband_is_good_for_its_stay_and_its_hospital_until_its_end(ward: Ward) -> None:
    wristbands = ward.memory_app.wristbands
    text = sealed(ward)
    assert wristbands.opened(text) == (HOSPITAL, STAY)
    assert (await wristbands.admission(HOSPITAL, text)).stay == STAY
    with pytest.raises(NotFound, match="another hospital"):
        await wristbands.admission("other", text)
    for wrong in (sealed(ward, replace(STAY, count=2)), sealed(ward, Stay(admission_no="ZY9", count=1))):
        with pytest.raises(BadInput) as said:
            await wristbands.admission(HOSPITAL, wrong)
        assert said.value.user_message == OVER
    ward.his.changes(state=AdmissionState.DISCHARGED)
    with pytest.raises(BadInput) as said:
        await wristbands.admission(HOSPITAL, text)
    assert said.value.user_message == OVER
    ward.memory_app.clock.forward(HOUR.total_seconds())
    with pytest.raises(LinkExpired) as late:
        wristbands.opened(text)
    assert late.value.user_message == "腕带上的二维码已过期，请到护士站重新打印。"


@pytest.mark.parametrize(("later", "is_seen"), [(49, True), (50, False)])
async def test_a_settlement_is_looked_for_among_the_newest_fifty_payments_of_the_stay(
    ward: Ward, later: int, is_seen: bool
) -> None:
    await ward.leave(own_fen=130_000)
    settled = await ward.settle()
    for number in range(later):
        since = settled.created_at + timedelta(seconds=number + 1)
        given_up = replace(
            settled, id=f"ZF20261124{number:014}", state=PaymentState.CLOSED, claims=(), created_at=since
        )
        await ward.memory_app.stores.payments.insert(given_up)
    assert ((await ward.view()).settlement is not None) is is_seen


async def test_of_what_goes_back_it_is_known_which_somebody_else_had_paid(ward: Ward) -> None:
    """Before the settlement and after it."""
    own = await ward.pay_in(50_000)
    mine, ward.session = ward.session, a_session("openid-relative")
    card = BoundCard(hospital=HOSPITAL, owner=ward.session.identity.key, card_no=CARD, name="张测试")
    await ward.memory_app.stores.cards.bind(card)
    theirs = await ward.pay_in(30_000)
    await ward.leave(own_fen=50_000)
    assert (await ward.view()).foreign == {own}
    ward.session = mine
    assert (await ward.view()).foreign == {theirs}
    await ward.settle()
    assert (await ward.view()).foreign == {theirs}


@pytest.mark.parametrize("chosen", [[], ["key"], ["key", "JS-0", "more"]])
async def test_without_a_calculation_nothing_is_settled(ward: Ward, chosen: list[str]) -> None:
    with pytest.raises(NotFound) as said:
        await discharges(ward).quote(ward.session, chosen)
    assert said.value.user_message == "没有选择住院，请从住院列表进入。"


async def test_the_very_calculation_that_was_shown_is_claimed_and_kept(ward: Ward) -> None:
    left = ward.memory_app.clock.now()
    await ward.leave(own_fen=130_000)
    with pytest.raises(ChargeChanged) as said:
        await discharges(ward).quote(ward.session, [ward.key, "JS-other"])
    assert said.value.user_message == "住院费用有变化，请重新核对后再结算。"
    quote = await discharges(ward).quote(ward.session, [ward.key, "JS-0-100000"])
    assert (quote.parts, quote.claims) == ((QuotedPart(amount_fen=30_000),), ("discharge:JS-0-100000",))
    assert (quote.description, quote.patient_name, quote.card_no) == ("测试医院 出院结算", "张测试", CARD)
    [charge] = quote.subject.charges
    assert (charge.number, charge.kind, charge.own_fen, charge.issued_at) == ("ZY20261120", "discharge", 30_000, left)

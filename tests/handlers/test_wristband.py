"""The QR code on a wristband: relatives see a masked name and pay in, and learn nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server.core.errors import BadInput, NotFound
from server.inpatient.model import AdmissionState, DepositQuote
from server.patients.model import WRISTBAND
from server.payments.model import PaymentState
from server.payments.sms_choice import NO_SMS
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.doors import an_app
from tests.support.builders import CARD, HOSPITAL, a_session
from tests.support.in_memory_app import InMemoryApp
from tests.support.inpatients import STAY, FaithfulInpatients
from tests.support.outside import FaithfulHis

pytestmark = pytest.mark.gen_test
SIGNED = {"Zhenfu_Key_Id": "his-key-1", "Signature": "genuine"}
MADE = {"admission_no": STAY.admission_no, "stay": STAY.count}
OF_THE_STAY = (
    "张测试",
    STAY.admission_no,
    CARD,
    "****0001",
    "测试内科",
    "三病区",
    "12床",
    "李虚构",
    "余额",
    "200.00",
    "800.00",
)
SECRET_AFTERWARDS = ("张测试", STAY.admission_no, CARD, "****0001", "测试内科", "三病区", "12床", "李虚构", "余额")


@pytest.fixture
def inpatients() -> FaithfulInpatients:
    return FaithfulInpatients()


@pytest.fixture
def memory_app(inpatients: FaithfulInpatients) -> InMemoryApp:
    return an_app(his=FaithfulHis(inpatient=inpatients))


async def printed(post: Any, **more: Any) -> dict[str, Any]:
    """What the HIS was answered."""
    told: dict[str, Any] = json.loads(
        (await post("/his/v1/wristband.make", json.dumps({**MADE, **more}), **SIGNED)).body
    )
    return told


async def scanned(browser: Browser, post: Any) -> str:
    """The path to which the code leads."""
    url = (await printed(post))["data"]["url"]
    return place(await browser.get(f"/w/{url.rpartition('/')[2]}"))


async def test_a_relative_pays_in_and_reads_a_masked_name_only(
    memory_app: InMemoryApp, browser: Browser, enter: Any, post: Any
) -> None:
    path = await scanned(browser, post)
    assert path == "/h/demo/wristband"
    await enter(subject="openid-a-relative")
    page = await browser.get(path)
    assert "张*试" in text_of(page)
    for secret in OF_THE_STAY:
        assert secret not in text_of(page)
    form = {"amount": "10.00", "sms": "none"}
    begun = json.loads((await browser.submit(page, path, form, Accept="application/json")).body)
    memory_app.channel.pay(begun["payment_id"])
    await browser.get(f"/h/demo/payments/{begun['payment_id']}?paid=1")
    await memory_app.work()
    payment = await memory_app.payment(begun["payment_id"])
    assert (payment.state, payment.origin.entrance) == (PaymentState.BOOKED, WRISTBAND)
    assert payment.booking is not None
    assert payment.booking.guide_text == "", "it says in which ward the patient lies"
    pages = [text_of(await browser.get(path)) for path in (f"/h/demo/payments/{payment.id}", "/h/demo/payments")]
    for secret in (*SECRET_AFTERWARDS, "住院号"):
        assert [secret in page for page in pages] == [False, False], secret
    assert "张*试" in pages[0]


async def test_who_only_begins_to_pay_learns_no_more(browser: Browser, enter: Any, post: Any) -> None:
    """Before any money has moved, and in what they may have told of themselves."""
    path = await scanned(browser, post)
    await enter(subject="openid-a-relative")
    page = await browser.get(path)
    begun = json.loads(
        (await browser.submit(page, path, {"amount": "10.00", "sms": "none"}, Accept="application/json")).body
    )
    shown = text_of(await browser.get(f"/h/demo/payments/{begun['payment_id']}"))
    for secret in SECRET_AFTERWARDS:
        assert secret not in shown


async def test_the_list_of_stays_stays_closed_to_whoever_scanned(browser: Browser, enter: Any, post: Any) -> None:
    await scanned(browser, post)
    await enter(subject="openid-a-relative")
    assert "还没有可查看的住院" in text_of(await browser.get("/h/demo/inpatient"))


async def test_more_than_the_his_takes_is_refused_with_its_reason(
    memory_app: InMemoryApp, browser: Browser, enter: Any, post: Any, inpatients: FaithfulInpatients
) -> None:
    inpatients.quote = DepositQuote(needed_fen=500, reason="预交金按同病种核定")
    path = await scanned(browser, post)
    await enter(subject="openid-a-relative")
    page = await browser.get(path)
    told = await browser.submit(page, path, {"amount": "10.00", "sms": "none"}, Accept="application/json")
    assert (told.code, "最多还可交 5.00 元" in text_of(told)) == (400, True)
    assert memory_app.channel.states == {}


@pytest.mark.parametrize("state", [AdmissionState.DISCHARGED, AdmissionState.SETTLED])
async def test_a_code_ends_with_the_stay(
    browser: Browser, enter: Any, post: Any, inpatients: FaithfulInpatients, state: AdmissionState
) -> None:
    path = await scanned(browser, post)
    await enter(subject="openid-a-relative")
    inpatients.changes(state=state)
    ended = await browser.get(path)
    assert (ended.code, "住院已经结束" in text_of(ended)) == (400, True)


async def test_a_code_ends_with_its_time_and_at_another_hospital(memory_app: InMemoryApp, post: Any) -> None:
    told = (await printed(post, valid_seconds=60))["data"]
    sealed = told["url"].rpartition("/")[2]
    assert (await memory_app.wristbands.admission(HOSPITAL, sealed)).stay == STAY
    with pytest.raises(NotFound):
        await memory_app.wristbands.admission("another", sealed)
    memory_app.clock.forward(seconds=61)
    with pytest.raises(Exception, match="wristband") as ended:
        await memory_app.wristbands.admission(HOSPITAL, sealed)
    assert "腕带上的二维码已过期" in ended.value.user_message


async def test_the_code_of_an_earlier_stay_takes_nothing_for_the_next(
    memory_app: InMemoryApp, post: Any, inpatients: FaithfulInpatients
) -> None:
    sealed = (await printed(post, stay=2))["data"]["url"].rpartition("/")[2]
    with pytest.raises(BadInput):
        await memory_app.payments.start("deposit", a_session(), [WRISTBAND, sealed, "100"], NO_SMS)

"""住院: binding an admission, seeing what it costs, and paying in."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from server.core.errors import OutcomeUnknown
from server.core.systems import HOSPITAL_SYSTEM
from server.inpatient.model import AdmissionState, DepositQuote
from server.patients.model import BoundCard
from server.payments.model import PaymentState
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.doors import an_app
from tests.support.builders import CARD, HOSPITAL, an_identity
from tests.support.clock_and_ids import MORNING
from tests.support.in_memory_app import InMemoryApp
from tests.support.inpatients import STAY, FaithfulInpatients
from tests.support.outside import FaithfulHis

pytestmark = pytest.mark.gen_test


@pytest.fixture
def inpatients() -> FaithfulInpatients:
    return FaithfulInpatients()


@pytest.fixture
def memory_app(inpatients: FaithfulInpatients) -> InMemoryApp:
    return an_app(his=FaithfulHis(inpatient=inpatients))


@pytest.fixture
def bound(memory_app: InMemoryApp, enter: Any) -> Any:
    async def log_in() -> str:
        """The path of the admission's page."""
        session = await enter()
        await memory_app.stores.cards.bind(
            BoundCard(hospital=HOSPITAL, owner=session.identity.key, card_no=CARD, name="张测试")
        )
        [known] = await memory_app.admissions.mine(session)
        return f"/h/demo/inpatient/{known.key}"

    return log_in


async def pay_in(memory_app: InMemoryApp, browser: Browser, own: str, amount: str) -> str:
    """The number of a deposit that was paid and booked. ``own``: the path of the admission's page."""
    page = await browser.get(f"{own}/deposit")
    form = {"amount": amount, "sms": "none"}
    begun = json.loads((await browser.submit(page, f"{own}/deposit", form, Accept="application/json")).body)
    memory_app.channel.pay(begun["payment_id"])
    await browser.get(f"/h/demo/payments/{begun['payment_id']}?paid=1")
    await memory_app.work()
    return str(begun["payment_id"])


async def test_an_admission_is_bound_by_the_code_that_the_hospital_s_phone_got(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    await enter()
    assert "还没有可查看的住院" in text_of(await browser.get("/h/demo/inpatient"))
    page = await browser.get("/h/demo/inpatient/new")
    asked = await browser.submit(page, "/h/demo/inpatient/code", {"admission_no": " zy20261120", "name": "张 测试"})
    assert "138****0001" in text_of(asked)
    key = text_of(asked).split('name="card_key" value="')[1].split('"')[0]
    form = {"card_key": key, "code": memory_app.sms.sent[-1][1].values["code"]}
    done = await browser.submit(asked, "/h/demo/inpatient/bind", form)
    assert (done.code, place(done)) == (303, "/h/demo/inpatient")
    mine = text_of(await browser.get(place(done)))
    assert "张*试 就诊卡\u00a0****0001" in mine
    assert "¥200.00" in mine
    assert STAY.admission_no not in mine
    assert "张测试" not in mine


@pytest.mark.parametrize(("number", "name"), [("ZY20261120", "李测试"), ("ZY1", "张测试")])
async def test_a_wrong_number_and_a_wrong_name_look_alike_and_are_counted(
    browser: Browser, enter: Any, memory_app: InMemoryApp, number: str, name: str
) -> None:
    await enter()
    page = await browser.get("/h/demo/inpatient/new")
    for _ in range(5):
        again = await browser.submit(page, "/h/demo/inpatient/code", {"admission_no": number, "name": name})
        assert "住院号与姓名不符" in text_of(again)
    sixth = await browser.submit(page, "/h/demo/inpatient/code", {"admission_no": number, "name": name})
    assert (sixth.code, memory_app.sms.sent) == (429, [])


async def test_nobody_sees_an_admission_of_a_card_that_is_not_bound(browser: Browser, enter: Any, bound: Any) -> None:
    own = await bound()
    await enter(subject="openid-somebody-else")
    for path in (own, f"{own}/day", f"{own}/deposits", f"{own}/deposit"):
        assert (await browser.get(path)).code == 404


async def test_a_card_of_which_the_his_does_not_answer_is_said_to_be_missing(
    memory_app: InMemoryApp, browser: Browser, bound: Any, inpatients: FaithfulInpatients
) -> None:
    await bound()
    second = BoundCard(hospital=HOSPITAL, owner=an_identity().key, card_no="C0000002", name="张小测")
    await memory_app.stores.cards.bind(second)
    inpatients.will("admissions", OutcomeUnknown(HOSPITAL_SYSTEM, "silent"))
    page = text_of(await browser.get("/h/demo/inpatient"))
    assert "医院系统暂时没有响应，有的就诊卡没有查到，请稍后再看。" in page
    assert "还没有可查看的住院" not in page


async def test_the_page_says_in_words_what_is_left_or_owed(
    browser: Browser, bound: Any, inpatients: FaithfulInpatients
) -> None:
    own = await bound()
    page = text_of(await browser.get(own))
    assert "预交金余额" in page
    assert "¥200.00" in page
    inpatients.changes(own_fen=130_000, left_fen=0, owed_fen=30_000)
    page = text_of(await browser.get(own))
    assert "已欠" in page
    assert "¥300.00" in page
    assert "-¥" not in page


async def test_a_day_is_listed_by_kind_of_item_within_the_stay(browser: Browser, bound: Any) -> None:
    own = await bound()
    first = (MORNING - timedelta(days=3)).date()
    page = text_of(await browser.get(f"{own}/day?date={first}"))
    assert "床位费" in page
    assert f"date={first + timedelta(days=1)}" in page
    assert f"date={first - timedelta(days=1)}" not in page
    assert "这一天没有费用" in text_of(await browser.get(f"{own}/day?date={first - timedelta(days=1)}"))
    assert (await browser.get(f"{own}/day?date=yesterday")).code == 400


async def test_a_deposit_is_paid_in_and_booked(
    memory_app: InMemoryApp, browser: Browser, bound: Any, inpatients: FaithfulInpatients
) -> None:
    own = await bound()
    page = await browser.get(f"{own}/deposit")
    assert "最多还可交 <strong>¥3,000.00</strong>" in text_of(page)
    payment = await memory_app.payment(await pay_in(memory_app, browser, own, "1,200.5"))
    assert (payment.state, payment.claims, payment.purpose) == (PaymentState.BOOKED, (), "deposit")
    told = inpatients.booked[payment.id]
    assert (told.stay, told.amount_fen, told.channel) == (STAY, 120_050, "wechat")
    shown = text_of(await browser.get(f"/h/demo/payments/{payment.id}"))
    assert "¥1,200.50" in shown
    assert "收据号" in shown


async def test_more_than_the_hospital_takes_is_refused_with_what_is_still_needed(
    browser: Browser, bound: Any, inpatients: FaithfulInpatients
) -> None:
    own = await bound()
    page = await browser.get(f"{own}/deposit")
    inpatients.quote = DepositQuote(needed_fen=50_000, reason="预交金按同病种患者平均自付费用核定")
    over = await browser.submit(page, f"{own}/deposit", {"amount": "500.01", "sms": "none"}, Accept="application/json")
    assert over.code == 400
    assert json.loads(over.body)["message"] == "最多还可交 500.00 元。预交金按同病种患者平均自付费用核定"
    inpatients.quote = DepositQuote(needed_fen=0, reason="已交足")
    none = await browser.submit(page, f"{own}/deposit", {"amount": "1", "sms": "none"}, Accept="application/json")
    assert "目前不需要再交预交金" in json.loads(none.body)["message"]
    nothing = text_of(await browser.get(f"{own}/deposit"))
    assert "目前不需要再交预交金" in nothing
    assert 'name="amount"' not in nothing


async def test_who_has_left_pays_nothing_in(browser: Browser, bound: Any, inpatients: FaithfulInpatients) -> None:
    own = await bound()
    page = await browser.get(f"{own}/deposit")
    inpatients.changes(state=AdmissionState.DISCHARGED, discharged_at=MORNING)
    late = await browser.submit(page, f"{own}/deposit", {"amount": "1", "sms": "none"}, Accept="application/json")
    assert (late.code, "出院结算" in json.loads(late.body)["message"]) == (400, True)
    assert f'{own}/deposit"' not in text_of(await browser.get(own))


async def test_a_discharge_is_calculated_settled_and_followed(
    memory_app: InMemoryApp, browser: Browser, bound: Any, inpatients: FaithfulInpatients
) -> None:
    own = await bound()
    assert "还没有办理出院" in text_of(await browser.get(f"{own}/discharge"))
    await pay_in(memory_app, browser, own, "500")
    inpatients.changes(state=AdmissionState.DISCHARGED, discharged_at=MORNING)
    inpatients.own_fen = 70_000
    page = await browser.get(f"{own}/discharge")
    shown = text_of(page)
    for words in (
        "应退给您",
        "¥800.00",
        "自付",
        "¥700.00",
        "已交预交金",
        "¥1,500.00",
        "微信",
        "¥500.00",
        "现金交的",
        "¥300.00",
    ):
        assert words in shown, words
    assert memory_app.his.released == {}
    form = {
        "settlement_no": shown.split('name="settlement_no" value="')[1].split('"')[0],
        "shown_fen": "0",
        "sms": "none",
    }
    settled = await browser.submit(page, f"{own}/discharge", form)
    assert (settled.code, place(settled)) == (303, f"{own}/discharge")
    await memory_app.work()
    for refund_id in list(memory_app.channel.refunds):
        await memory_app.notifications.apply(HOSPITAL, memory_app.channel.settle_refund(refund_id))
    await memory_app.work()
    after = text_of(await browser.get(f"{own}/discharge"))
    assert "已结算" in after
    assert "已退到账户" in after
    assert "确认结算" not in after


async def test_the_rest_of_a_discharge_is_paid_on_its_page(
    memory_app: InMemoryApp, browser: Browser, bound: Any, inpatients: FaithfulInpatients
) -> None:
    own = await bound()
    inpatients.changes(state=AdmissionState.DISCHARGED, discharged_at=MORNING)
    inpatients.own_fen = 130_000
    page = await browser.get(f"{own}/discharge")
    assert "立即支付 ¥300.00" in text_of(page)
    number = text_of(page).split('name="settlement_no" value="')[1].split('"')[0]
    form = {"settlement_no": number, "shown_fen": "30000", "sms": "none"}
    begun = json.loads((await browser.submit(page, f"{own}/discharge", form, Accept="application/json")).body)
    assert begun["call"]["bridge"] == "weixin_jsapi"
    assert begun["url"] == f"/h/demo/payments/{begun['payment_id']}"
    changed = {**form, "settlement_no": "another"}
    refused = await browser.submit(page, f"{own}/discharge", changed, Accept="application/json")
    assert "重新核对" in json.loads(refused.body)["message"]

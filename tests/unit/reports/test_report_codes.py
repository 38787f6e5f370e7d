"""The code that opens sensitive reports: to which phone it goes, how often, and where there is none."""

from __future__ import annotations

import pytest

from server.core.errors import BadInput, NotAllowed, TooManyTries
from tests.support.builders import CARD, HOSPITAL, a_patient, a_session
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital
from tests.support.reports import an_offer
from tests.unit.reports.test_own_reports import SESSION, ReportParts

pytestmark = pytest.mark.asyncio


async def test_a_code_goes_to_the_phone_that_the_his_holds_five_times_an_hour_and_is_good_once() -> None:
    parts = await ReportParts().enter()
    for _ in range(4):
        assert await parts.codes.send(SESSION, CARD) == "138****0001"
    code = parts.app.sms.sent[-1][1].values["code"]
    await parts.codes.prove(SESSION, CARD, code)
    with pytest.raises(BadInput):
        await parts.codes.prove(SESSION, CARD, code)
    await parts.codes.send(SESSION, CARD)
    with pytest.raises(TooManyTries) as often:
        await parts.codes.send(a_session("openid-li"), CARD)
    assert often.value.user_message == "获取验证码的次数太多，请一小时后再试。"
    wrong = "".join(str(9 - int(digit)) for digit in parts.app.sms.sent[-1][1].values["code"])
    for _ in range(5):
        with pytest.raises(BadInput):
            await parts.codes.prove(SESSION, CARD, wrong)
    with pytest.raises(TooManyTries) as tries:
        await parts.codes.prove(SESSION, CARD, wrong)
    assert tries.value.user_message == "验证码输错次数太多，请重新获取验证码。"
    assert {notice.purpose for _, notice, _ in parts.app.sms.sent} == {"report_code"}


@pytest.mark.parametrize("phone", ["", "8888888", None])
async def test_without_a_phone_at_the_his_it_says_where_the_report_is(phone: str | None) -> None:
    parts = ReportParts()
    parts.app.his.patients = {} if phone is None else {CARD: a_patient(phone=phone)}
    with pytest.raises(NotAllowed) as said:
        await parts.codes.send(SESSION, CARD)
    assert said.value.user_message == "医院没有登记就诊人的手机号，请到窗口登记，或到自助机打印报告。"


async def test_without_an_sms_account_no_code_is_sent() -> None:
    parts = ReportParts()
    app = InMemoryApp(a_hospital(sms=None), reports={HOSPITAL: an_offer(parts.system)})
    with pytest.raises(NotAllowed):
        await app.reports.codes.send(SESSION, CARD)

"""腕带 by the API: who scans it reads a masked name and pays in, and learns nothing else."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from server.inpatient.model import AdmissionState
from server.patients.model import WRISTBAND
from server.payments.model import PaymentState
from tests.handlers.api.conftest import KEY, BothApps, Client, told
from tests.handlers.doors import an_app
from tests.support.builders import HOSPITAL
from tests.support.in_memory_app import InMemoryApp
from tests.support.inpatients import STAY, FaithfulInpatients
from tests.support.mini_program import ObligingMiniProgram
from tests.support.outside import FaithfulHis

pytestmark = pytest.mark.gen_test


@pytest.fixture
def inpatients() -> FaithfulInpatients:
    return FaithfulInpatients()


@pytest.fixture
def memory_app(inpatients: FaithfulInpatients, mini: ObligingMiniProgram) -> InMemoryApp:
    return an_app(his=FaithfulHis(inpatient=inpatients), channels={"wechat": BothApps()}, mini_program=mini)


def printed(memory_app: InMemoryApp, days: int = 1) -> str:
    """The text of the code on the wristband."""
    until = memory_app.clock.now() + timedelta(days=days)
    return memory_app.services.wristbands.make(HOSPITAL, STAY, until).url


async def test_a_relative_reads_a_masked_name_and_pays_in(memory_app: InMemoryApp, client: Client) -> None:
    await client.log_in("openid-a-relative")
    content = f" {printed(memory_app)}\n"
    answer = await client.call("POST", "/wristbands", {"content": content})
    assert told(answer) == {"name_masked": "张*试"}
    asked = {"content": content, "amount": "10.00", "phone": None}
    begun = told(await client.call("POST", "/wristbands/deposit", asked, Idempotency_Key=KEY))
    assert begun["call"]["signType"] == "RSA"
    number = begun["payment"]["out_trade_no"]
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(number))
    await memory_app.work()
    payment = await memory_app.payment(number)
    assert (payment.state, payment.amount_fen, payment.origin.entrance) == (PaymentState.BOOKED, 1000, WRISTBAND)
    shown = (await client.call("GET", f"/payments/{number}")).body.decode()
    listed = (await client.call("GET", "/payments")).body.decode()
    for secret in ("张测试", STAY.admission_no, "****0001", "三病区", "12床", "李虚构", "余额"):
        assert [secret in said for said in (json.dumps(begun), shown, listed)] == [False] * 3, secret
    assert '"name_masked":"张*试"' in shown


async def test_other_codes_and_stays_that_are_over_are_refused_in_words(
    memory_app: InMemoryApp, client: Client, inpatients: FaithfulInpatients
) -> None:
    await client.log_in("openid-a-relative")
    for path in ("/wristbands", "/wristbands/deposit"):
        more = {} if path == "/wristbands" else {"amount": "10.00"}
        for content in ("https://pay.example/s/abc", "http://[", "1234"):
            asked = {"content": content, **more}
            answer = await client.call("POST", path, asked, Idempotency_Key=f"{KEY}-{len(content)}")
            assert (answer.code, told(answer)["detail"]) == (403, "这不是腕带上的二维码。")
    assert (await client.call("POST", "/wristbands", {"content": "https://pay.example/w/forged"})).code == 403
    content = printed(memory_app)
    inpatients.changes(state=AdmissionState.DISCHARGED)
    over = await client.call("POST", "/wristbands", {"content": content})
    assert (over.code, told(over)["detail"]) == (400, "这个腕带的住院已经结束，不能再交预交金。")
    memory_app.clock.forward(days=2)
    await client.log_in("openid-a-relative")
    assert (await client.call("POST", "/wristbands", {"content": content})).code == 410

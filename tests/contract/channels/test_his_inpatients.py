"""The HIS adapter's functions for inpatients against the sandbox's hospital."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from server.core.days import hospital_day
from server.core.errors import OutcomeUnknown, OutsideRefusal
from server.infrastructure.clock_and_ids import SystemClock, SystemIds
from server.infrastructure.transport import AiohttpTransport
from server.inpatient.model import Admission, AdmissionState, Stay
from server.inpatient.ports import DepositPaid, SettlementPaid
from server.patients.model import Origin
from server.platforms.his.http_json import HttpJsonHis
from server.platforms.his.inpatient import HttpInpatient
from tests.contract.channels.conftest import Controls, RunningSandbox
from tests.contract.channels.test_his import a_config

pytestmark = pytest.mark.asyncio


@pytest.fixture
def his(sandbox: RunningSandbox, transport: AiohttpTransport) -> HttpJsonHis:
    config = replace(a_config(sandbox), inpatient=True)
    return HttpJsonHis(config, transport, SystemClock(), SystemIds(), timeout_s=3.0)


@pytest.fixture
def inpatients(his: HttpJsonHis) -> HttpInpatient:
    assert his.inpatient is not None
    return his.inpatient


async def admitted(inpatients: HttpInpatient, controls: Controls) -> Admission:
    [admission] = await inpatients.admissions(controls.credentials["people"][0]["cards"][0])
    return admission


def paid(stay: Stay, amount_fen: int) -> DepositPaid:
    now = SystemClock().now()
    return DepositPaid(
        out_trade_no=f"ZF{now:%Y%m%d}{SystemIds().text(12)}",
        stay=stay,
        amount_fen=amount_fen,
        channel="alipay",
        transaction_id=f"2026{SystemIds().text(20, '0123456789')}",
        paid_at=now,
        origin=Origin(entrance="life_account"),
    )


async def test_admissions_and_their_days(inpatients: HttpInpatient, controls: Controls) -> None:
    admission = await admitted(inpatients, controls)
    assert admission.state is AdmissionState.ADMITTED
    assert await inpatients.admission(admission.stay.admission_no) == admission
    assert await inpatients.admission("ZY0") is None
    assert await inpatients.admissions("NOSUCHCARD") == ()
    first = hospital_day(admission.admitted_at)
    listed = await inpatients.day_list(admission.stay, first)
    assert listed is not None
    assert listed.kinds
    assert await inpatients.day_list(admission.stay, first - timedelta(days=1)) is None


async def test_a_deposit_is_booked_once_found_again_and_given_back(
    his: HttpJsonHis, inpatients: HttpInpatient, controls: Controls
) -> None:
    stay = (await admitted(inpatients, controls)).stay
    quote = await inpatients.deposit_quote(stay)
    with pytest.raises(OutsideRefusal) as raised:
        await inpatients.deposit_confirm(paid(stay, quote.needed_fen + 1))
    assert raised.value.reason_code == "REFUSED"
    request = paid(stay, quote.needed_fen)
    await controls.fault("his.deposit.confirm", "timeout_after_work")
    with pytest.raises(OutcomeUnknown):
        await inpatients.deposit_confirm(request)
    found = await his.check(request.out_trade_no)
    assert found is not None
    assert found.amount_fen == request.amount_fen
    assert (await inpatients.deposit_confirm(request)).his_trade_no == found.his_trade_no
    newest = (await inpatients.deposits(stay))[0]
    assert (newest.out_trade_no, newest.way, newest.returned_fen) == (request.out_trade_no, "alipay", 0)
    assert (await inpatients.deposit_quote(stay)).needed_fen == 0


async def test_a_discharge_is_settled_once_whatever_becomes_of_the_answer(
    his: HttpJsonHis, inpatients: HttpInpatient, controls: Controls
) -> None:
    with pytest.raises(OutsideRefusal) as raised:
        await inpatients.presettle((await admitted(inpatients, controls)).stay)
    assert "还没有办理出院" in raised.value.user_message
    [left] = await inpatients.admissions(controls.credentials["people"][1]["cards"][0])
    assert left.state is AdmissionState.DISCHARGED
    asked = await inpatients.presettle(left.stay)
    assert 0 in {asked.to_pay_fen, asked.to_return_fen}
    request = SettlementPaid(
        **{**vars_of(paid(left.stay, asked.to_pay_fen)), "number": asked.number},
    )
    if not asked.to_pay_fen:
        request = replace(request, channel="none", transaction_id="")
    with pytest.raises(OutsideRefusal) as raised:
        await inpatients.settle(replace(request, number="JS0"))
    assert raised.value.reason_code == "BILL_CHANGED"
    await controls.fault("his.discharge.settle", "timeout_after_work")
    with pytest.raises(OutcomeUnknown):
        await inpatients.settle(request)
    found = await his.check(request.out_trade_no)
    assert found is not None
    assert (await inpatients.settle(request)).his_trade_no == found.his_trade_no
    [settled] = await inpatients.admissions(left.card_no)
    assert settled.state is AdmissionState.SETTLED


def vars_of(paid_in: DepositPaid) -> dict[str, Any]:
    return {field.name: getattr(paid_in, field.name) for field in fields(paid_in)}

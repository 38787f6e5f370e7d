"""The HIS adapter against the sandbox's hospital."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import NotSent, OutcomeUnknown, OutsideRefusal, RefusedInWords
from server.infrastructure.clock_and_ids import SystemClock, SystemIds
from server.infrastructure.transport import AiohttpTransport
from server.patients.model import Origin
from server.payments.purposes.bills.model import Bill, BillStatus
from server.payments.purposes.bills.ports import ConfirmRequest
from server.platforms.his.account import HisConfig
from server.platforms.his.http_json import HttpJsonHis
from tests.contract.channels.conftest import Controls, RunningSandbox


def a_config(sandbox: RunningSandbox) -> HisConfig:
    told = sandbox.credentials["his"]
    return HisConfig(base_url=told["base_url"], keys={told["key_id"]: told["secret"]}, active_key_id=told["key_id"])


@pytest.fixture
def his(sandbox: RunningSandbox, transport: AiohttpTransport) -> HttpJsonHis:
    return HttpJsonHis(a_config(sandbox), transport, SystemClock(), SystemIds(), timeout_s=3.0)


async def an_unpaid_bill(his: HttpJsonHis, controls: Controls) -> Bill:
    """One that no other test of this module has used up."""
    for person in controls.credentials["people"]:
        for card_no in person["cards"]:
            bills = await his.unpaid_bills(card_no)
            if bills:
                return bills[0]
    pytest.fail("nobody owes anything in the sandbox")


def a_confirmation(bill: Bill, **fields: object) -> ConfirmRequest:
    now = SystemClock().now()
    request = ConfirmRequest(
        out_trade_no=f"ZF{now:%Y%m%d}{SystemIds().text(12)}",
        card_no=bill.card_no,
        bill_nos=(bill.bill_no,),
        amount_fen=bill.own_fen,
        channel="wechat",
        transaction_id=f"42000{SystemIds().text(20, '0123456789')}",
        paid_at=now,
        origin=Origin(entrance="official_account"),
    )
    return replace(request, **fields)  # type: ignore[arg-type]


@pytest.mark.asyncio
async def test_patients_and_bills(his: HttpJsonHis, controls: Controls) -> None:
    person = controls.person()
    patient = await his.patient(person["cards"][0])
    assert patient is not None
    assert (patient.name, patient.phone) == (person["name"], person["phone"])
    assert await his.patient("NOSUCHCARD") is None
    assert await his.unpaid_bills("NOSUCHCARD") == ()
    bill = await an_unpaid_bill(his, controls)
    detail = await his.bill(bill.card_no, bill.bill_no)
    assert detail is not None
    assert detail.items
    assert (detail.own_fen, detail.status) == (bill.own_fen, BillStatus.UNPAID)
    assert await his.bill(bill.card_no, "NOSUCHBILL") is None


@pytest.mark.asyncio
async def test_booking_once_and_for_all(his: HttpJsonHis, controls: Controls) -> None:
    bill = await an_unpaid_bill(his, controls)
    request = a_confirmation(bill)
    assert await his.check(request.out_trade_no) is None
    with pytest.raises(OutsideRefusal) as raised:
        await his.confirm(replace(request, amount_fen=bill.own_fen + 1))
    assert raised.value.reason_code == "AMOUNT_DIFFERS"
    booking = await his.confirm(request)
    assert await his.confirm(request) == booking
    found = await his.check(request.out_trade_no)
    assert found is not None
    assert (found.his_trade_no, found.amount_fen) == (booking.his_trade_no, bill.own_fen)
    with pytest.raises(OutsideRefusal) as raised:
        await his.confirm(a_confirmation(bill))
    assert raised.value.reason_code == "ALREADY_PAID"
    for changed in ({"transaction_id": "another"}, {"amount_fen": bill.own_fen + 1}, {"bill_nos": ("NOSUCHBILL",)}):
        with pytest.raises(OutsideRefusal) as raised:
            await his.confirm(replace(request, **changed))  # type: ignore[arg-type]
        assert raised.value.reason_code == "CONFLICT"
    paid = await his.bill(bill.card_no, bill.bill_no)
    assert paid is not None
    assert paid.status is BillStatus.PAID


@pytest.mark.asyncio
async def test_a_booking_of_unknown_outcome_is_found_by_our_number(his: HttpJsonHis, controls: Controls) -> None:
    request = a_confirmation(await an_unpaid_bill(his, controls))
    await controls.fault("his.bill.confirm", "timeout_after_work")
    with pytest.raises(OutcomeUnknown):
        await his.confirm(request)
    assert await his.check(request.out_trade_no) is not None


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("what", "more", "error"),
    [
        ("error_5xx", {}, OutcomeUnknown),
        ("garbled", {}, OutcomeUnknown),
        ("unsigned", {}, OutcomeUnknown),
        ("down", {}, OutcomeUnknown),
        ("refuse", {"code": "BUSY", "message": ""}, NotSent),
        ("refuse", {"code": "REFUSED", "message": "药房已关门"}, RefusedInWords),
    ],
)
async def test_each_fault_is_told_as_its_error(
    his: HttpJsonHis, controls: Controls, what: str, more: dict[str, object], error: type[Exception]
) -> None:
    await controls.fault("his.trade.check", what, **more)
    with pytest.raises(error) as raised:
        await his.check("ZF20261123NOSUCHNUMBER")
    assert type(raised.value) is error


@pytest.mark.asyncio
async def test_a_wrong_secret_is_turned_away_and_nothing_is_done(
    sandbox: RunningSandbox, transport: AiohttpTransport
) -> None:
    config = a_config(sandbox)
    stranger = HttpJsonHis(
        replace(config, keys={config.active_key_id: "w" * 16}), transport, SystemClock(), SystemIds()
    )
    with pytest.raises(NotSent):
        await stranger.check("ZF20261123NOSUCHNUMBER")

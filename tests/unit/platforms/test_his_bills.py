"""Patients and bills of the HIS: what does not fit is not shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from server.core.errors import OutcomeUnknown, OutsideRefusal
from server.payments.purposes.bills.model import BillStatus
from tests.unit.platforms.his_answers import ITEM, a_his, bill, said


@pytest.mark.asyncio
async def test_a_patient() -> None:
    told = {
        "patient_id": "P1", "name": "张测试", "sex": "female", "birth_date": "1990-01-01", "phone": "13800000001",
        "id_no": "11010119900101000X", "cards": ["C0000001", "C0000002"],
    }  # fmt: skip
    his, transport = a_his(
        said(data={"patient": told}), said("NO_DATA"), said(data={"patient": {**told, "cards": ["C9"]}})
    )
    patient = await his.patient("C0000001")
    assert patient is not None
    assert (patient.name, patient.card_nos) == ("张测试", ("C0000001", "C0000002"))
    assert json.loads(transport.sent[0].body) == {"card_no": "C0000001"}
    assert await his.patient("C0000001") is None
    with pytest.raises(OutcomeUnknown):
        await his.patient("C0000001")


@pytest.mark.asyncio
async def test_unpaid_bills() -> None:
    unknown_split = bill(bill_no="B2", total_fen=None, fund_fen=None, account_fen=None, settle_group=None)
    his, _ = a_his(said(data={"bills": [bill(), unknown_split]}), said("NO_DATA"))
    first, second = await his.unpaid_bills("C0000001")
    assert (first.own_fen, first.total_fen, first.status, first.settle_group) == (1234, 2000, BillStatus.UNPAID, "G1")
    assert first.issued_at == datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
    assert (second.total_fen, second.settle_group, second.items) == (None, "", ())
    assert list(await his.unpaid_bills("C0000001")) == []


@pytest.mark.asyncio
async def test_a_bill_with_items() -> None:
    his, _ = a_his(said(data={"bill": bill(items=[ITEM], status="paid")}), said("NO_DATA"))
    found = await his.bill("C0000001", "B1")
    assert found is not None
    assert (found.status, found.items[0].quantity, found.items[0].amount_fen) == (BillStatus.PAID, "1.5", 150)
    assert await his.bill("C0000001", "B9") is None


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "wrong",
    [
        bill(own_fen=12.34),
        bill(own_fen="1234"),
        bill(own_fen=None),
        bill(own_fen=-1, total_fen=None),
        bill(own_fen=1233),
        bill(status="open"),
        bill(issued_at="2026-11-23T08:30:00"),
        bill(card_no="C9"),
        bill(bill_no="B9"),
        bill(items=[{**ITEM, "quantity": "many"}]),
        bill(items=[{**ITEM, "quantity": "NaN"}]),
        bill(items=[{**ITEM, "amount_fen": 1.5}]),
        bill(items=[ITEM] * 1001),
    ],
    ids=str,
)
async def test_a_bill_that_does_not_fit_is_not_shown(wrong: dict[str, Any]) -> None:
    his, _ = a_his(said(data={"bill": wrong}))
    with pytest.raises(OutcomeUnknown):
        await his.bill("C0000001", "B1")


@pytest.mark.asyncio
async def test_another_cards_bills_are_never_shown() -> None:
    his, _ = a_his(said(data={"bills": [bill(), bill(card_no="C9")]}))
    with pytest.raises(OutcomeUnknown):
        await his.unpaid_bills("C0000001")


@pytest.mark.asyncio
async def test_presettle_answers_the_own_part() -> None:
    parts = {"total_fen": 2000, "fund_fen": 700, "account_fen": 66, "own_fen": 1234}
    his, transport = a_his(said(data=parts), said(data={**parts, "fund_fen": 0}), said("NO_DATA"))
    assert await his.presettle("C0000001", ["B1", "B2"]) == 1234
    assert json.loads(transport.sent[0].body) == {"card_no": "C0000001", "bill_nos": ["B1", "B2"]}
    for error in (OutcomeUnknown, OutsideRefusal):
        with pytest.raises(error):
            await his.presettle("C0000001", ["B1"])

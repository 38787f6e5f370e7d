"""Answers about inpatients (docs/his-interface.md section 8): believed only where their sums hold and they are about what was asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from server.core.errors import OutcomeUnknown
from server.inpatient.model import Stay
from server.platforms.his.inpatient import HttpInpatient

STAY = Stay(admission_no="ZY1", count=2)
ADMISSION: dict[str, Any] = {
    "admission_no": "ZY1", "stay": 2, "card_no": "C1", "patient_name": "张测试", "department": "骨科", "ward": "三病区", "bed": "12", "doctor": "",
    "admitted_at": "2026-11-20T09:00:00+08:00", "discharged_at": None, "state": "admitted", "deposits_fen": 300, "spent_fen": 900,
    "own_fen": 200, "left_fen": 100, "owed_fen": 0, "low_reason": "",
}  # fmt: skip
DEPOSIT: dict[str, Any] = {
    "his_trade_no": "H1", "receipt_no": "", "way": "cash", "amount_fen": 100, "returned_fen": 100, "paid_at": "2026-11-20T09:00:00+08:00",
    "out_trade_no": "",
}  # fmt: skip
DAY: dict[str, Any] = {
    "date": "2026-11-20",
    "amount_fen": 60,
    "kinds": [
        {
            "category": "床位",
            "amount_fen": 60,
            "items": [{"name": "床位费", "quantity": "1", "unit_price_fen": 60, "amount_fen": 60}],
        }
    ],
}


class Answering:
    """asking.Asking: one answer to everything."""

    def __init__(self, data: Mapping[str, Any] | None) -> None:
        self._data = data

    async def ask(self, function: str, question: Mapping[str, object]) -> Any:
        return self._data

    async def must(self, function: str, question: Mapping[str, object]) -> Any:
        return self._data


def answering(data: Mapping[str, Any] | None) -> HttpInpatient:
    return HttpInpatient(Answering(data))


@pytest.mark.asyncio
async def test_an_admission_is_read() -> None:
    admission = await answering({"admission": ADMISSION}).admission("ZY1")
    assert admission is not None
    assert (admission.stay, admission.left_fen, admission.owed_fen) == (STAY, 100, 0)
    owing = await answering({"admission": ADMISSION | {"deposits_fen": 50, "left_fen": 0, "owed_fen": 150}}).admission(
        "ZY1"
    )
    assert owing is not None
    assert (owing.left_fen, owing.owed_fen) == (0, 150)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "wrong",
    [
        {"left_fen": -100},
        {"left_fen": 0, "owed_fen": 100},
        {"left_fen": 99},
        {"left_fen": 200, "owed_fen": 100},
        {"state": "gone"},
        {"admission_no": "ZY2"},
        {"stay": 0},
        {"admitted_at": "0001-01-01T00:00:00+08:00"},
    ],
)
async def test_an_admission_that_does_not_hold(wrong: dict[str, Any]) -> None:
    with pytest.raises(OutcomeUnknown):
        await answering({"admission": ADMISSION | wrong}).admission("ZY1")


@pytest.mark.asyncio
async def test_admissions_of_another_card_are_no_answer() -> None:
    assert len(await answering({"admissions": [ADMISSION]}).admissions("C1")) == 1
    with pytest.raises(OutcomeUnknown):
        await answering({"admissions": [ADMISSION]}).admissions("C2")


@pytest.mark.asyncio
async def test_deposits_newest_first_and_none_given_back_beyond_itself() -> None:
    later = DEPOSIT | {"his_trade_no": "H2", "paid_at": "2026-11-21T09:00:00+08:00"}
    assert [one.his_trade_no for one in await answering({"deposits": [DEPOSIT, later]}).deposits(STAY)] == ["H2", "H1"]
    with pytest.raises(OutcomeUnknown):
        await answering({"deposits": [DEPOSIT | {"returned_fen": 101}]}).deposits(STAY)


@pytest.mark.asyncio
@pytest.mark.parametrize("wrong", [{"amount_fen": 61}, {"date": "2026-11-21"}, {"kinds": []}])
async def test_a_day_whose_sums_do_not_hold(wrong: dict[str, Any]) -> None:
    day = date(2026, 11, 20)
    listed = await answering(DAY).day_list(STAY, day)
    assert listed is not None
    assert listed.amount_fen == 60
    with pytest.raises(OutcomeUnknown):
        await answering(DAY | wrong).day_list(STAY, day)


@pytest.mark.asyncio
async def test_what_is_needed_is_never_below_nothing() -> None:
    assert (
        await answering({"needed_fen": 5, "cap_fen": None, "reason": "x" * 200}).deposit_quote(STAY)
    ).reason == "x" * 100
    with pytest.raises(OutcomeUnknown):
        await answering({"needed_fen": -5}).deposit_quote(STAY)

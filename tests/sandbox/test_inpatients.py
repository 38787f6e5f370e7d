"""The HIS's functions for inpatients by docs/his-interface.md section 8."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.sandbox.hospital import His
from tests.sandbox.world import Record, World

ADMISSION = {
    "admission_no", "stay", "card_no", "patient_name", "department", "ward", "bed", "doctor", "admitted_at", "discharged_at", "state",
    "deposits_fen", "spent_fen", "own_fen", "left_fen", "owed_fen", "low_reason",
}  # fmt: skip
RECEIPT = {"his_trade_no", "receipt_no", "receipt_url", "guide_text"}


@pytest.fixture
def his(world: World) -> His:
    return His(world)


def admission(his: His, number: int = 1) -> Record:
    """Person 1 is admitted, person 2 has left."""
    code, data = his.ask("admissions.list", card_no=his.card(number))
    assert code == "OK"
    found: Record = data["admissions"][0]
    return found


def named(stay: Record) -> Record:
    return {"admission_no": stay["admission_no"], "stay": stay["stay"]}


def deposit(stay: Record, number: str, amount_fen: int, **changed: Any) -> Record:
    return {
        **named(stay), "out_trade_no": number, "amount_fen": amount_fen, "channel": "wechat", "transaction_id": f"42{number}",
        "paid_at": "2026-03-02T09:00:00+08:00", "entrance": "official_account", "terminal": "", "operator": "",
    } | changed  # fmt: skip


def give_back(number: str, amount_fen: int) -> Record:
    return {"out_trade_no": number, "out_refund_no": f"{number}R01", "amount_fen": amount_fen, "lines": []}


def test_admissions_are_found_by_card_and_by_number_and_their_sums_hold(his: His) -> None:
    states = set()
    for number in (1, 2, 4, 5):
        told = admission(his, number)
        assert set(told) == ADMISSION
        assert told["deposits_fen"] - told["own_fen"] == told["left_fen"] - told["owed_fen"]
        assert 0 in {told["left_fen"], told["owed_fen"]}
        assert (told["discharged_at"] is None) == (told["state"] == "admitted")
        assert his.ask("admission.query", admission_no=told["admission_no"]) == ("OK", {"admission": told})
        states.add(told["state"])
    assert states == {"admitted", "discharged"}
    assert his.ask("admissions.list", card_no=his.card(3))[0] == "NO_DATA"
    assert his.ask("admission.query", admission_no="ZY0")[0] == "NO_DATA"


def test_the_days_of_a_stay_add_up_to_what_was_spent(his: His) -> None:
    for number in (1, 2):
        stay = admission(his, number)
        day = datetime.fromisoformat(stay["admitted_at"]).date()
        sums = 0
        assert his.ask("admission.day", **named(stay), date=str(day - timedelta(days=1)))[0] == "NO_DATA"
        while (told := his.ask("admission.day", **named(stay), date=str(day)))[0] == "OK":
            listed = told[1]
            assert listed["amount_fen"] == sum(kind["amount_fen"] for kind in listed["kinds"])
            for kind in listed["kinds"]:
                assert kind["amount_fen"] == sum(item["amount_fen"] for item in kind["items"])
            sums, day = sums + listed["amount_fen"], day + timedelta(days=1)
        assert sums == stay["spent_fen"]


def test_a_deposit_is_taken_once_and_stands_in_the_lists(his: His) -> None:
    stay = admission(his)
    needed_fen = his.ask("deposit.quote", **named(stay))[1]["needed_fen"]
    asked = deposit(stay, "ZF1", needed_fen - 1)
    code, receipt = his.ask("deposit.confirm", **asked)
    assert (code, set(receipt)) == ("OK", RECEIPT)
    assert his.ask("deposit.confirm", **asked) == ("OK", receipt)
    assert his.ask("deposit.confirm", **{**asked, "amount_fen": 1})[0] == "CONFLICT"
    found = his.ask("trade.check", out_trade_no="ZF1")[1]
    assert (found["amount_fen"], found["receipt_no"]) == (needed_fen - 1, receipt["receipt_no"])
    assert admission(his)["deposits_fen"] == stay["deposits_fen"] + needed_fen - 1
    listed = his.ask("deposits.list", **named(stay))[1]["deposits"]
    assert [(one["way"], one["out_trade_no"]) for one in listed] == [("cash", ""), ("wechat", "ZF1")]
    assert his.ask("deposit.quote", **named(stay))[1]["needed_fen"] == 1
    rows = his.ask("statement.day", date=found["booked_at"][:10], offset=0, limit=500)[1]["rows"]
    assert [row["amount_fen"] for row in rows if row["out_trade_no"] == "ZF1"] == [needed_fen - 1]


def test_no_more_is_taken_than_is_needed_and_nothing_after_the_discharge(his: His) -> None:
    stay = admission(his)
    quote = his.ask("deposit.quote", **named(stay))[1]
    assert quote["reason"]
    assert his.ask("deposit.confirm", **deposit(stay, "ZF1", quote["needed_fen"] + 1))[0] == "REFUSED"
    assert his.ask("deposit.confirm", **deposit(stay, "ZF2", quote["needed_fen"]))[0] == "OK"
    assert his.ask("deposit.quote", **named(stay))[1]["needed_fen"] == 0
    gone = admission(his, 2)
    assert his.ask("deposit.quote", **named(gone))[1]["needed_fen"] == 0
    assert his.ask("deposit.confirm", **deposit(gone, "ZF3", 1))[0] == "REFUSED"


def test_of_a_deposit_no_more_goes_back_than_is_left(his: His) -> None:
    stay = admission(his)
    needed_fen = his.ask("deposit.quote", **named(stay))[1]["needed_fen"]
    assert his.ask("deposit.confirm", **deposit(stay, "ZF1", needed_fen))[0] == "OK"
    left_fen = admission(his)["left_fen"]
    refused = his.ask("refund.check", **give_back("ZF1", min(left_fen + 1, needed_fen)))[1]
    assert refused["allowed"] is (left_fen >= needed_fen)
    assert his.ask("refund.release", **give_back("ZF1", 1))[0] == "OK"
    assert admission(his)["left_fen"] == left_fen - 1


def test_a_stay_that_is_not_there(his: His) -> None:
    for function, more in {
        "deposit.quote": {},
        "deposits.list": {},
        "admission.day": {"date": "2026-03-02"},
    }.items():
        assert his.ask(function, admission_no="ZY0", stay=1, **more)[0] == "NO_DATA"


def settlement(told: Record, stay: Record, number: str, **changed: Any) -> Record:
    paid = bool(told["to_pay_fen"])
    return {
        **deposit(stay, number, told["to_pay_fen"]), "settlement_no": told["settlement_no"], "channel": "wechat" if paid else "none",
        "transaction_id": f"42{number}" if paid else "",
    } | changed  # fmt: skip


def test_a_stay_is_calculated_whole_and_settled_once(his: His) -> None:
    assert his.ask("discharge.presettle", **named(admission(his)))[0] == "REFUSED"
    stay = admission(his, 2)
    code, told = his.ask("discharge.presettle", **named(stay))
    assert code == "OK"
    assert told["total_fen"] == told["fund_fen"] + told["account_fen"] + told["own_fen"] == stay["spent_fen"]
    assert told["to_pay_fen"] - told["to_return_fen"] == told["own_fen"] - told["deposits_fen"]
    assert 0 in {told["to_pay_fen"], told["to_return_fen"]}
    assert sum(kind["amount_fen"] for kind in told["kinds"]) == told["total_fen"]
    asked = settlement(told, stay, "ZF1")
    assert his.ask("discharge.settle", **asked | {"settlement_no": "JS0"})[0] == "BILL_CHANGED"
    wrong = {"amount_fen": told["to_pay_fen"] + 1, "channel": "wechat", "transaction_id": "42"}
    assert his.ask("discharge.settle", **asked | wrong)[0] == "AMOUNT_DIFFERS"
    code, receipt = his.ask("discharge.settle", **asked)
    assert (code, set(receipt)) == ("OK", RECEIPT)
    assert his.ask("discharge.settle", **asked) == ("OK", receipt)
    assert his.ask("trade.check", out_trade_no="ZF1")[1]["amount_fen"] == told["to_pay_fen"]
    assert his.ask("discharge.settle", **settlement(told, stay, "ZF2"))[0] == "ALREADY_PAID"
    assert admission(his, 2)["state"] == "settled"


def test_after_the_settlement_just_the_rest_goes_back_and_a_reversal_is_calculated_anew(his: His) -> None:
    number = next(
        one for one in (1, 4, 7) if admission(his, one)["owed_fen"]
    )  # so more was spent than was paid in cash
    stay = admission(his, number)
    needed_fen = his.ask("deposit.quote", **named(stay))[1]["needed_fen"]
    assert his.ask("deposit.confirm", **deposit(stay, "ZF1", needed_fen))[0] == "OK"
    hospital = his.world.outside.hospital.his.inpatients
    hospital.discharge(stay["card_no"])
    told = his.ask("discharge.presettle", **named(stay))[1]
    assert his.ask("discharge.settle", **settlement(told, stay, "ZF2"))[0] == "OK"
    rest_fen = min(told["to_return_fen"], needed_fen)
    assert 0 < rest_fen < needed_fen
    assert his.ask("refund.release", **give_back("ZF1", rest_fen + 1))[0] == "REFUSED"
    assert his.ask("refund.release", **give_back("ZF1", rest_fen))[0] == "OK"
    assert admission(his, number)["left_fen"] == told["to_return_fen"] - rest_fen
    hospital.settling.take_back(hospital.get(stay))
    again = his.ask("discharge.presettle", **named(stay))[1]
    assert again["settlement_no"] != told["settlement_no"]
    assert again["to_return_fen"] == told["to_return_fen"] - rest_fen

"""The HIS's functions by docs/his-interface.md sections 2 and 3: bills, taking over, writing off, the day's statement."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.sandbox.hospital import His
from tests.sandbox.world import Record, World

BILL = {
    "bill_no", "card_no", "patient_name", "kind", "department", "doctor", "issued_at", "status", "total_fen", "fund_fen", "account_fen",
    "own_fen", "settle_group",
}  # fmt: skip
ITEM = {"item_no", "name", "category", "spec", "unit", "quantity", "unit_price_fen", "amount_fen"}
RECEIPT = {"his_trade_no", "receipt_no", "receipt_url", "guide_text"}


@pytest.fixture
def his(world: World) -> His:
    return His(world)


def refund(number: str, amount_fen: int, suffix: str = "R01", **changed: Any) -> Record:
    return {
        "out_trade_no": number,
        "out_refund_no": f"{number}{suffix}",
        "amount_fen": amount_fen,
        "lines": [],
    } | changed


def test_a_patient_is_found_by_card_or_by_id_and_name(his: His) -> None:
    person = his.world.credentials["people"][0]
    code, by_card = his.ask("patient.query", card_no=person["cards"][0])
    assert code == "OK"
    assert set(by_card["patient"]) == {"patient_id", "name", "sex", "birth_date", "phone", "id_no", "cards"}
    assert his.ask("patient.query", id_no=person["id_no"], name=person["name"]) == ("OK", by_card)
    assert his.ask("patient.query", id_no=person["id_no"], name="别人")[0] == "NO_DATA"
    assert his.ask("patient.query", card_no="8800999999")[0] == "NO_DATA"


def test_unpaid_bills_carry_no_items_and_add_up(his: His) -> None:
    for number in range(1, 9):
        for bill in his.bills(number):
            assert set(bill) == BILL
            assert bill["status"] == "unpaid"
            assert bill["total_fen"] == bill["fund_fen"] + bill["account_fen"] + bill["own_fen"]
    assert his.ask("bills.unpaid", card_no="8800999999")[0] == "NO_DATA"


def test_a_bill_s_detail(his: His) -> None:
    bill = his.bills()[0]
    _, told = his.ask("bill.detail", card_no=bill["card_no"], bill_no=bill["bill_no"])
    assert {name: told["bill"][name] for name in BILL} == bill
    for item in told["bill"]["items"]:
        assert set(item) - {"own_fen"} == ITEM
        assert item["amount_fen"] == item["unit_price_fen"] * int(item["quantity"])
    assert sum(item["amount_fen"] for item in told["bill"]["items"]) == bill["total_fen"]
    own_parts = [item["own_fen"] for item in told["bill"]["items"] if "own_fen" in item]
    assert own_parts == [] or sum(own_parts) == bill["own_fen"], "for every item, or for none"
    assert his.ask("bill.detail", card_no=his.card(2), bill_no=bill["bill_no"])[0] == "NO_DATA"


def test_presettle_adds_up_the_bills(his: His) -> None:
    bills = his.bills()[:2]
    _, told = his.ask("bill.presettle", card_no=his.card(), bill_nos=[bill["bill_no"] for bill in bills])
    assert told == {
        name: sum(bill[name] for bill in bills) for name in ("total_fen", "fund_fen", "account_fen", "own_fen")
    }


# ---- bill.confirm ------------------------------------------------------------------------------------------------------------------------


def test_booked_once_whatever_is_repeated(world: World, his: His) -> None:
    bills = his.bills()[:2]
    asked = his.confirmation(bills, "ZF1")
    code, first = his.ask("bill.confirm", **asked)
    assert code == "OK"
    assert set(first) == RECEIPT
    world.time.pass_(hours=1)
    assert his.ask("bill.confirm", **asked) == ("OK", first)
    _, checked = his.ask("trade.check", out_trade_no="ZF1")
    assert checked == {
        "found": True,
        "amount_fen": asked["amount_fen"],
        "booked_at": "2026-03-02T09:00:00+08:00",
        **first,
    }
    for bill in bills:
        _, told = his.ask("bill.detail", card_no=bill["card_no"], bill_no=bill["bill_no"])
        assert told["bill"]["status"] == "paid"
    assert len(his.bills()) == 1
    assert len(world.outside.hospital.his.books()["trades"]) == 1


@pytest.mark.parametrize(
    "changed",
    [{"amount_fen": 1}, {"bill_nos": ["MZ1"]}, {"transaction_id": "42other"}, {"channel": "alipay"}, {"card_no": "8800000002"},
     {"paid_at": "2026-03-02T09:00:01+08:00"}, {"entrance": "kiosk"}],
    ids=lambda changed: next(iter(changed)),
)  # fmt: skip
def test_a_number_belongs_to_one_content(his: His, changed: dict[str, Any]) -> None:
    bills = his.booked("ZF1")
    again = his.confirmation(bills, "ZF1", **changed)
    assert his.ask("bill.confirm", **again)[0] == "CONFLICT"
    assert his.ask("bill.confirm", **his.confirmation(bills, "ZF1"))[0] == "OK"


def test_a_paid_bill_is_paid_by_whomever(world: World, his: His) -> None:
    bills = his.booked("ZF1")
    assert his.ask("bill.confirm", **his.confirmation(bills, "ZF2"))[0] == "ALREADY_PAID"
    others = his.bills(2)[:1]
    world.outside.hospital.his.pay_at_window(others[0]["bill_no"])
    assert his.ask("bill.confirm", **his.confirmation(others, "ZF3"))[0] == "ALREADY_PAID"
    assert his.ask("trade.check", out_trade_no="ZF3") == ("OK", {"found": False})


@pytest.mark.parametrize("more", [1, -1])
def test_another_amount_is_not_booked(his: His, more: int) -> None:
    bills = [bill for bill in his.bills(3) if bill["own_fen"] > 1][:1]
    wrong = his.confirmation(bills, "ZF1", amount_fen=bills[0]["own_fen"] + more)
    assert his.ask("bill.confirm", **wrong)[0] == "AMOUNT_DIFFERS"
    assert his.ask("trade.check", out_trade_no="ZF1") == ("OK", {"found": False})
    assert his.ask("bill.confirm", **his.confirmation(bills, "ZF1"))[0] == "OK"


def test_a_changed_bill_is_not_booked(world: World, his: His) -> None:
    bills = his.bills()[:1]
    asked = his.confirmation(bills, "ZF1")
    world.outside.hospital.his.change(bills[0]["bill_no"])
    assert his.ask("bill.confirm", **asked)[0] == "BILL_CHANGED"
    assert his.ask("bill.confirm", **asked | {"bill_nos": ["MZ0"]})[0] == "BILL_CHANGED"
    assert his.ask("bill.confirm", **asked | {"card_no": his.card(2)})[0] == "BILL_CHANGED"


def test_only_bills_of_one_group_are_settled_together(his: His) -> None:
    bills = his.bills()
    assert len({bill["settle_group"] for bill in bills}) == 2
    assert his.ask("bill.confirm", **his.confirmation(bills, "ZF1"))[0] == "REFUSED"


# ---- refunds -----------------------------------------------------------------------------------------------------------------------------


def payable(his: His) -> tuple[str, Record]:
    for number in range(1, 9):
        for bill in his.bills(number):
            if bill["own_fen"] > 1000:
                asked = his.confirmation([bill], f"ZF{bill['bill_no']}")
                assert his.ask("bill.confirm", **asked)[0] == "OK"
                return asked["out_trade_no"], bill
    raise AssertionError("nobody owes more than ten yuan")


def test_written_off_once(world: World, his: His) -> None:
    number, bill = payable(his)
    assert his.ask("refund.check", **refund(number, 1000)) == ("OK", {"allowed": True})
    code, first = his.ask("refund.release", **refund(number, 1000))
    assert code == "OK"
    assert set(first) == {"his_refund_no"}
    assert his.ask("refund.release", **refund(number, 1000)) == ("OK", first)
    assert his.ask("refund.release", **refund(number, 999))[0] == "CONFLICT"
    rest = bill["own_fen"] - 1000
    assert his.ask("refund.release", **refund(number, rest + 1, "R02"))[0] == "REFUSED"
    _, no = his.ask("refund.check", **refund(number, rest + 1, "R02"))
    assert no["allowed"] is False
    assert no["reason"]
    assert his.ask("refund.release", **refund(number, rest, "R02"))[0] == "OK"
    _, told = his.ask("bill.detail", card_no=bill["card_no"], bill_no=bill["bill_no"])
    assert told["bill"]["status"] == "refunded"
    assert len(world.outside.hospital.his.books()["refunds"]) == 2


def test_what_was_handed_out_is_not_written_off(world: World, his: His) -> None:
    number, bill = payable(his)
    world.outside.hospital.his.dispense(bill["bill_no"])
    assert his.ask("refund.release", **refund(number, 1000))[0] == "REFUSED"


def test_an_item_goes_back_once(his: His) -> None:
    number, bill = payable(his)
    _, told = his.ask("bill.detail", card_no=bill["card_no"], bill_no=bill["bill_no"])
    item = min(told["bill"]["items"], key=lambda item: int(item["amount_fen"]))
    line = {"bill_no": bill["bill_no"], "item_no": item["item_no"], "amount_fen": 1}
    most = line | {"amount_fen": min(item["amount_fen"], bill["own_fen"])}
    for lines in ([line | {"item_no": "none"}], [line | {"bill_no": "MZ0"}], [line | {"amount_fen": 2}], [line, line]):
        assert his.ask("refund.release", **refund(number, 1, lines=lines))[0] == "REFUSED"
    assert his.ask("refund.release", **refund(number, most["amount_fen"], lines=[most]))[0] == "OK"
    if most["amount_fen"] == item["amount_fen"]:
        assert his.ask("refund.release", **refund(number, 1, "R02", lines=[line]))[0] == "REFUSED"


def test_a_stranger_s_payment_is_not_written_off(his: His) -> None:
    assert his.ask("refund.release", **refund("ZF0", 1))[0] == "REFUSED"


def test_the_outcome_is_told_and_may_be_repeated(world: World, his: His) -> None:
    number, _ = payable(his)
    his.ask("refund.release", **refund(number, 1000))
    told = {
        "out_trade_no": number, "out_refund_no": f"{number}R01", "channel_refund_no": "50", "outcome": "succeeded",
        "at": "2026-03-02T10:00:00+08:00",
    }  # fmt: skip
    for _ in range(2):
        assert his.ask("refund.notify", **told) == ("OK", {})


# ---- the day -----------------------------------------------------------------------------------------------------------------------------


def test_the_day_s_statement_in_pages(world: World, his: His) -> None:
    number, bill = payable(his)
    world.time.pass_(minutes=5)
    his.ask("refund.release", **refund(number, 1000))
    world.outside.scene.clock.day_set = date(2026, 3, 3)
    his.booked("ZF-tomorrow", 8)
    code, whole = his.ask("statement.day", date="2026-03-02", offset=0, limit=500)
    assert code == "OK"
    assert whole["total"] == 2
    names = {
        "kind", "way", "amount_fen", "booked_at", "his_trade_no", "out_trade_no", "out_refund_no", "transaction_id",
        "entrance", "terminal", "operator", "shift", "department", "doctor", "items",
    }  # fmt: skip
    assert all(set(row) == names | {"receipt"} for row in whole["rows"])
    assert [row["receipt"]["state"] for row in whole["rows"]] == ["issued", "red"]
    assert [(row["kind"], row["out_trade_no"], row["amount_fen"]) for row in whole["rows"]] == [
        ("payment", number, bill["own_fen"]),
        ("refund", number, 1000),
    ]
    pages = [his.ask("statement.day", date="2026-03-02", offset=offset, limit=1)[1] for offset in range(3)]
    assert [page["total"] for page in pages] == [2, 2, 2]
    assert [row for page in pages for row in page["rows"]] == whole["rows"]
    assert his.ask("statement.day", date="2026-03-03", offset=0, limit=500)[1]["total"] == 1
    assert his.ask("statement.day", date="2026-03-04", offset=0, limit=500)[1]["total"] == 0

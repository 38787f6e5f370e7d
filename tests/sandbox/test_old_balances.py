"""The HIS's functions for old outpatient balances by docs/his-interface.md section 11."""

from __future__ import annotations

import pytest

from sandbox.hospital.errors import No
from tests.sandbox.hospital import His
from tests.sandbox.world import Record, World

LOT = {"his_trade_no", "receipt_no", "way", "amount_fen", "returned_fen", "paid_at", "out_trade_no"}


@pytest.fixture
def his(world: World) -> His:
    return His(world)


def balance(his: His, number: int = 1) -> Record:
    """Persons 1, 5 and 9 have one."""
    code, data = his.ask("old_balance.query", card_no=his.card(number))
    assert code == "OK"
    assert set(data) == {"balance"}
    told: Record = data["balance"]
    return told


def a_moved_bill(his: His, number: int = 1) -> tuple[str, int]:
    """Paid through the app, put onto the card by the window: its number and its sum."""
    bill, out_trade_no = his.bills(number)[0], "ZF20260302MOVED0000000001"
    asked = {
        "out_trade_no": out_trade_no, "card_no": bill["card_no"], "bill_nos": [bill["bill_no"]], "amount_fen": bill["own_fen"],
        "channel": "wechat", "transaction_id": "4200000000000001", "paid_at": "2026-03-02T09:00:00+08:00",
        "entrance": "official_account", "terminal": "", "operator": "",
    }  # fmt: skip
    assert his.ask("bill.confirm", **asked)[0] == "OK"
    assert his.world.outside.hospital.his.old_balances.move(out_trade_no)["card_no"] == bill["card_no"]
    return out_trade_no, bill["own_fen"]


def give_back(number: str, amount_fen: int, refund: str = "R01") -> Record:
    return {"out_trade_no": number, "out_refund_no": f"{number}{refund}", "amount_fen": amount_fen, "lines": []}


def test_a_balance_is_what_was_paid_in_less_what_was_spent(his: His) -> None:
    told = balance(his)
    assert set(told) == {"card_no", "patient_name", "balance_fen", "return_order", "lots", "window"}
    assert all(set(lot) == LOT for lot in told["lots"])
    assert 0 < told["balance_fen"] <= sum(lot["amount_fen"] - lot["returned_fen"] for lot in told["lots"])
    assert his.ask("old_balance.query", card_no=his.card(2))[0] == "NO_DATA"


def test_all_balances_are_listed_in_pages(his: His) -> None:
    code, whole = his.ask("old_balance.list", offset=0, limit=500)
    assert (code, whole["total"]) == ("OK", len(whole["balances"]))
    assert balance(his)["balance_fen"] in [line["balance_fen"] for line in whole["balances"]]
    _, second = his.ask("old_balance.list", offset=1, limit=1)
    assert (second["total"], second["balances"]) == (whole["total"], whole["balances"][1:2])
    assert his.ask("old_balance.list", offset=500, limit=1)[1]["balances"] == []


def test_a_reader_goes_on_behind_a_card_whatever_has_left_the_list(his: His) -> None:
    whole = his.ask("old_balance.list", offset=0, limit=500)[1]["balances"]
    first = his.ask("old_balance.list", offset=0, limit=2)[1]
    assert (first["balances"], first["next"]) == (whole[:2], whole[1]["card_no"])
    his.world.outside.hospital.his.old_balances.pay_out(whole[0]["card_no"])
    his.world.outside.hospital.his.old_balances.pay_out(whole[1]["card_no"])
    rest = his.ask("old_balance.list", after=first["next"], limit=500)[1]
    assert (rest["balances"], rest["next"], rest["total"]) == (whole[2:], "", len(whole) - 2)
    assert his.ask("old_balance.list", after=whole[-1]["card_no"], limit=5)[1]["balances"] == []


def test_the_money_of_a_payment_on_the_card_is_written_off_once_and_leaves_the_balance(his: His) -> None:
    before = balance(his)["balance_fen"]
    number, own_fen = a_moved_bill(his)
    moved = balance(his)
    assert moved["balance_fen"] == before + own_fen
    [lot] = [one for one in moved["lots"] if one["out_trade_no"] == number]
    assert (lot["way"], lot["amount_fen"], lot["returned_fen"]) == ("wechat", own_fen, 0)
    first = his.ask("refund.release", **give_back(number, own_fen))
    assert (first[0], his.ask("refund.release", **give_back(number, own_fen))) == ("OK", first)
    after = balance(his)
    assert after["balance_fen"] == before
    assert [one["returned_fen"] for one in after["lots"] if one["out_trade_no"] == number] == [own_fen]
    assert his.ask("refund.release", **give_back(number, 1, "R02"))[0] == "REFUSED"


def test_what_a_window_has_paid_out_is_not_written_off_again(his: His) -> None:
    number, own_fen = a_moved_bill(his)
    before, window = balance(his)["balance_fen"], his.world.outside.hospital.his.old_balances
    assert window.pay_out(his.card(1)) == before - own_fen > 0
    assert balance(his)["balance_fen"] == own_fen
    assert his.ask("refund.check", **give_back(number, own_fen)) == ("OK", {"allowed": True})
    with pytest.raises(No) as raised:
        window.move(number)
    assert "已退到就诊卡" in raised.value.message

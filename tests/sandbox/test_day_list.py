"""statement.day of docs/his-interface.md section 7: every way of payment in one list, and what can be wrong with it."""

from __future__ import annotations

from datetime import date

import pytest

from tests.sandbox.hospital import His
from tests.sandbox.world import Record, World

DAY = "2026-03-02"
WAYS = ("wechat", "alipay", "cash", "card", "insurance", "other")


@pytest.fixture
def his(world: World) -> His:
    return His(world)


def listed(his: His, day: str = DAY, limit: int = 500) -> Record:
    """The whole day, put together from pages."""
    rows: list[Record] = []
    while True:
        code, page = his.ask("statement.day", date=day, offset=len(rows), limit=limit)
        assert code == "OK"
        rows += page["rows"]
        if not page["rows"]:
            return {**page, "rows": rows}


def test_every_way_of_payment_stands_in_one_list(world: World, his: His) -> None:
    others = world.outside.other_systems
    for fen, way in enumerate(WAYS, start=1000):
        others.take(way, fen)
    own = his.booked("ZF20260302AAAA", 2)[0]
    day = listed(his, limit=2)
    assert {row["way"]: row["amount_fen"] for row in day["rows"] if row["entrance"] == "counter"} == dict(
        zip(WAYS, range(1000, 1006), strict=True)
    )
    (ours,) = [row for row in day["rows"] if row["out_trade_no"] == "ZF20260302AAAA"]
    assert (ours["way"], ours["amount_fen"], ours["department"]) == ("wechat", own["own_fen"], own["department"])
    assert (day["total"], day["payment_fen"], day["refund_fen"]) == (7, 6015 + own["own_fen"], 0)


@pytest.mark.parametrize("way", ["wechat", "alipay"])
def test_a_window_s_payment_has_the_same_numbers_on_both_sides(world: World, his: His, way: str) -> None:
    taken = world.outside.other_systems.take(way, 4200, "kiosk")
    back = world.outside.other_systems.give_back(taken["his_trade_no"], 200)
    payment, refund = listed(his)["rows"]
    today = date.fromisoformat(DAY)
    if way == "wechat":
        rows = world.outside.wechatpay.statements.rows(today)
        channel = [(row["order"]["out_trade_no"], row["amount_fen"]) for row in rows]
        numbers = [rows[0]["order"]["transaction_id"], rows[1]["refund"]["refund_id"]]
        refund_no = rows[1]["refund"]["out_refund_no"]
    else:
        rows = world.outside.alipay.statements.rows(today, today)
        channel = [(row["trade"]["out_trade_no"], row["amount_fen"]) for row in rows]
        numbers = [row["trade"]["trade_no"] for row in rows]
        refund_no = rows[1]["refund"]["out_request_no"]
    assert channel == [(taken["out_trade_no"], 4200), (taken["out_trade_no"], 200)]
    assert [payment["transaction_id"], refund["transaction_id"]] == numbers
    assert (payment["out_trade_no"], refund["out_refund_no"]) == (taken["out_trade_no"], refund_no)
    assert not taken["out_trade_no"].startswith("ZF")
    assert back["out_refund_no"] == refund_no


def test_another_system_s_payment_is_never_told_to_the_app(world: World) -> None:
    for way in ("wechat", "alipay"):
        taken = world.outside.other_systems.take(way, 4200)
        world.outside.other_systems.give_back(taken["his_trade_no"], None)
    world.wait(minutes=5)
    assert world.bring() == []


@pytest.mark.parametrize(("missing", "in_his", "at_channel"), [("", 1, 1), ("his", 0, 1), ("channel", 1, 0)])
def test_a_row_can_stand_on_one_side_alone(world: World, his: His, missing: str, in_his: int, at_channel: int) -> None:
    taken = world.outside.other_systems.take("wechat", 4200, missing=missing)
    rows = world.outside.wechatpay.statements.rows(date.fromisoformat(DAY))
    assert (len(listed(his)["rows"]), len(rows)) == (in_his, at_channel)
    assert bool(taken["his_trade_no"]) == bool(in_his)


def test_cash_is_given_back_within_what_was_taken(world: World, his: His) -> None:
    taken = world.outside.other_systems.take("cash", 4200)
    world.outside.other_systems.give_back(taken["his_trade_no"], 4000)
    with pytest.raises(Exception, match="REFUSED"):
        world.outside.other_systems.give_back(taken["his_trade_no"], 201)
    world.outside.other_systems.give_back(taken["his_trade_no"], None)
    day = listed(his)
    assert (day["payment_fen"], day["refund_fen"], day["total"]) == (4200, 4200, 3)


def test_one_second_over_midnight_is_the_next_day(world: World, his: His) -> None:
    world.time.moment = world.time.moment.replace(hour=23, minute=59, second=59)
    world.outside.other_systems.take("cash", 1)
    world.time.pass_(seconds=1)
    world.outside.other_systems.take("cash", 2)
    assert [row["amount_fen"] for row in listed(his)["rows"]] == [1]
    assert [row["amount_fen"] for row in listed(his, "2026-03-03")["rows"]] == [2]


def test_a_refund_of_ours_carries_its_lines_kinds(world: World, his: His) -> None:
    bill = next(
        bill for number in range(1, 9) for bill in his.bills(number) if bill["own_fen"] == bill["total_fen"] > 0
    )
    assert his.ask("bill.confirm", **his.confirmation([bill], "ZF1"))[0] == "OK"
    _, told = his.ask("bill.detail", card_no=bill["card_no"], bill_no=bill["bill_no"])
    item = told["bill"]["items"][0]
    line = {"bill_no": bill["bill_no"], "item_no": item["item_no"], "amount_fen": item["amount_fen"]}
    asked = {"out_trade_no": "ZF1", "out_refund_no": "ZF1R01", "amount_fen": item["amount_fen"], "lines": [line]}
    world.time.pass_(minutes=1)
    assert his.ask("refund.release", **asked)[0] == "OK"
    payment, refund = listed(his)["rows"]
    assert sum(part["amount_fen"] for part in payment["items"]) == payment["amount_fen"] == bill["own_fen"]
    assert refund["items"] == [{"category": item["category"], "amount_fen": item["amount_fen"]}]
    assert (refund["way"], refund["department"]) == ("wechat", bill["department"])


# ---- what can be wrong ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "total", "payment_fen", "fens"),
    [
        ("missing_row", 2, 300, [100, 200]), ("doubled_row", 4, 900, [100, 200, 300, 300]), ("wrong_amount", 3, 601, [100, 200, 301]),
        ("wrong_total", 3, 601, [100, 200, 300]), ("half_written", 3, 600, [100]),
    ],
)  # fmt: skip
def test_a_list_may_be_wrong(world: World, his: His, what: str, total: int, payment_fen: int, fens: list[int]) -> None:
    for fen in (100, 200, 300):
        world.time.pass_(seconds=1)
        world.outside.other_systems.take("cash", fen)
    whole = listed(his)
    world.faults({"where": "his.statement.day", "what": what})
    day = listed(his)
    assert (day["total"], day["payment_fen"]) == (total, payment_fen)
    assert [row["amount_fen"] for row in day["rows"]] == fens
    world.faults()
    assert listed(his) == whole


@pytest.mark.parametrize(
    ("what", "fens"),
    [("missing_row", [100, 300, 40, 400]), ("doubled_row", [100, 200, 200, 300, 40, 400]), ("wrong_amount", [100, 201, 300, 40, 400])],
)  # fmt: skip
def test_a_fault_strikes_what_a_channel_has_too(world: World, his: His, what: str, fens: list[int]) -> None:
    """Of cash, and of what only the HIS has, no other side knows: a day would close as if nothing was wrong. A refund may wait for days."""
    others = world.outside.other_systems
    for way, fen, missing in (("wechat", 100, ""), ("alipay", 200, ""), ("wechat", 300, "channel")):
        world.time.pass_(seconds=1)
        taken = others.take(way, fen, missing=missing)
        if fen == 100:
            first = taken["his_trade_no"]
    world.time.pass_(seconds=1)
    others.give_back(first, 40)
    world.time.pass_(seconds=1)
    others.take("cash", 400)
    world.faults({"where": "his.statement.day", "what": what})
    assert [row["amount_fen"] for row in listed(his, limit=2)["rows"]] == fens


def test_a_list_that_is_not_ready_yet(world: World, his: His) -> None:
    world.faults({"where": "his.statement.day", "what": "late_file", "times": 1})
    asked = {"date": DAY, "offset": 0, "limit": 500}
    assert his.ask("statement.day", **asked)[0] == "BUSY"
    assert his.ask("statement.day", **asked)[0] == "OK"


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ({}, "red"),
        ({"what": "living_receipt"}, "issued"),
        ({"what": "wrong_total"}, "red"),
        ({"what": "wrong_total", "living_receipt": True}, "issued"),
    ],
)
def test_a_refund_s_receipt_is_red_flushed_unless_the_fault_says_otherwise(
    world: World, his: His, fault: dict[str, object], state: str
) -> None:
    taken = world.outside.other_systems.take("wechat", 4200, "kiosk")
    world.outside.other_systems.give_back(taken["his_trade_no"], 200)
    if fault:
        world.faults({"where": "his.statement.day", **fault})
    assert [row["receipt"]["state"] for row in listed(his)["rows"]] == ["issued", state]

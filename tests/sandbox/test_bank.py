"""Payouts: what the platforms keep for the hospital leaves their accounts in parts and arrives at its bank (docs/decisions/0048)."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest

from sandbox.bank.accounts import ACCOUNTS
from sandbox.bank.statements import NotReady
from tests.sandbox.alipay_app import AlipayApp
from tests.sandbox.merchant import Merchant
from tests.sandbox.process import RunningSandbox
from tests.sandbox.test_statements import statement, values
from tests.sandbox.world import Record, World, new_world

DAY = date(2026, 3, 2)
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def bank(world: World, channel: str = "wechat", first: date = FIRST, last: date = LAST) -> list[dict[str, str]]:
    """The rows of the account that the channel pays into."""
    return list(csv.DictReader(io.StringIO(world.outside.bank.file(ACCOUNTS[channel], first, last).decode("gbk"))))


def arrived(world: World, channel: str = "wechat") -> list[tuple[str, str]]:
    return [(row["交易日期"], row["贷方发生额"]) for row in bank(world, channel)]


def settings(world: World, **changed: Any) -> None:
    world.outside.scene.faults.settings |= changed


def withdrawn(merchant: Merchant, day: date) -> list[tuple[str, str, str]]:
    header, *rows, _, _ = statement(merchant, "fundflowbill", day.isoformat())
    told = [values(row, header) for row in rows]
    return [
        (row["微信支付业务单号"], row["收支金额(元)"], row["账户结余(元)"]) for row in told if row["业务类型"] == "提现"
    ]


def test_a_day_s_money_arrives_on_the_next_day_less_the_fees(world: World, merchant: Merchant) -> None:
    number = merchant.paid(10000)
    merchant.paid(5000)
    assert merchant.refund(number, f"{number}R01", 1000, 10000).status == 200
    assert arrived(world) == []
    world.outside.set_day(after(1))
    assert arrived(world) == [("2026-03-03", "139.16")]  # 150.00 − 10.00 − 0.90 of fees + 0.06 of them back
    world.outside.set_day(after(2))
    ((withdrawal, amount, left),) = withdrawn(merchant, after(1))
    assert (amount, left) == ("139.16", "0.00")
    assert bank(world)[0]["附言"] == f"微信支付提现 {withdrawal}"
    assert arrived(world) == [("2026-03-03", "139.16")]  # nothing more to pay out


def test_each_platform_pays_into_an_account_of_its_own(world: World, merchant: Merchant, alipay: AlipayApp) -> None:
    merchant.paid(10000)
    alipay.paid(total_amount="20.00")
    world.outside.set_day(after(1))
    assert (arrived(world), arrived(world, "alipay")) == ([("2026-03-03", "99.40")], [("2026-03-03", "19.88")])
    assert {row["账号"] for row in bank(world, "alipay")} == {ACCOUNTS["alipay"].number}


def test_a_large_sum_comes_in_parts_with_numbers_of_their_own(world: World, merchant: Merchant) -> None:
    settings(world, payout_part_max_fen=4000)
    merchant.paid(10000)
    world.outside.set_day(after(1))
    rows = bank(world)
    assert [row["贷方发生额"] for row in rows] == ["40.00", "40.00", "19.40"]
    assert [row["余额"] for row in rows] == ["40.00", "80.00", "99.40"]
    assert len({row["附言"] for row in rows}) == 3
    world.outside.set_day(after(2))
    assert [left for _, _, left in withdrawn(merchant, after(1))] == ["59.40", "19.40", "0.00"]


def test_t_plus_n_and_a_bank_that_takes_days(world: World, merchant: Merchant) -> None:
    settings(world, payout_days=2, payout_bank_days=1)
    merchant.paid(10000)
    world.outside.set_day(after(1))
    merchant.paid(5000)
    world.outside.set_day(after(2))
    assert arrived(world) == []
    world.outside.set_day(after(4))
    assert arrived(world) == [("2026-03-05", "99.40"), ("2026-03-06", "49.70")]
    assert [amount for _, amount, _ in withdrawn(merchant, after(2))] == ["99.40"]


def test_days_that_the_clock_skips_are_settled_one_by_one(world: World, merchant: Merchant) -> None:
    merchant.paid(10000)
    world.outside.set_day(after(5))
    merchant.paid(5000)
    world.outside.set_day(after(6))
    assert arrived(world) == [("2026-03-03", "99.40"), ("2026-03-08", "49.70")]


def test_a_day_is_settled_once_though_the_clock_goes_back(world: World, merchant: Merchant) -> None:
    merchant.paid(10000)
    for days in (1, 0, 1, 2):
        world.outside.set_day(after(days))
    assert arrived(world) == [("2026-03-03", "99.40")]


def test_a_world_that_runs_on_settles_at_midnight(world: World, merchant: Merchant) -> None:
    merchant.paid(10000)
    world.wait(days=1)
    assert arrived(world) == [("2026-03-03", "99.40")]


def test_an_account_below_zero_pays_out_when_it_has_money_again(world: World, merchant: Merchant) -> None:
    number = merchant.paid(10000)
    world.outside.set_day(after(1))
    assert merchant.refund(number, f"{number}R01", 10000, 10000).status == 200
    world.outside.set_day(after(2))
    merchant.paid(20000)
    world.outside.set_day(after(3))
    assert arrived(world) == [("2026-03-03", "99.40"), ("2026-03-05", "99.40")]


def test_nothing_is_paid_out_where_the_setting_says_so(world: World, merchant: Merchant) -> None:
    settings(world, payout_days=None)
    merchant.paid(10000)
    world.outside.set_day(after(9))
    assert arrived(world) == []


def test_other_money_stands_among_the_payouts(world: World, merchant: Merchant) -> None:
    merchant.paid(10000)
    world.outside.set_day(after(1))
    world.outside.bank.book(ACCOUNTS["wechat"], -2000, "示例供货商", "货款")
    world.outside.bank.book(ACCOUNTS["wechat"], 300000, "", "现金缴存")
    told = [(row["借方发生额"], row["贷方发生额"], row["余额"]) for row in bank(world)]
    assert told == [("0.00", "99.40", "99.40"), ("20.00", "0.00", "79.40"), ("0.00", "3000.00", "3079.40")]
    assert [row["余额"] for row in bank(world, first=after(1), last=after(1))] == ["99.40", "79.40", "3079.40"]
    assert world.outside.bank.books()["accounts"][0]["balance_fen"] == 307940


# ---- what can be wrong ------------------------------------------------------------------------------------------------------------------


def test_a_payout_that_is_short_by_a_fee(world: World, merchant: Merchant) -> None:
    world.faults({"where": "bank.payout", "what": "payout_short", "fen": 250, "times": 1})
    merchant.paid(10000)
    world.outside.set_day(after(1))
    assert arrived(world) == [("2026-03-03", "96.90")]
    world.outside.set_day(after(2))
    assert [amount for _, amount, _ in withdrawn(merchant, after(1))] == ["99.40"]


def test_a_payout_that_comes_late(world: World, merchant: Merchant) -> None:
    world.faults({"where": "bank.payout", "what": "late_payout", "days": 2, "times": 1})
    merchant.paid(10000)
    world.outside.set_day(after(2))
    assert arrived(world) == []
    world.outside.set_day(after(3))
    assert arrived(world) == [("2026-03-05", "99.40")]


@pytest.mark.parametrize(("what", "rows"), [("missing_row", 1), ("doubled_row", 3)])
def test_a_bank_statement_may_be_wrong(world: World, merchant: Merchant, what: str, rows: int) -> None:
    for days in (1, 2):
        merchant.paid(10000)
        world.outside.set_day(after(days))
    world.faults({"where": "bank.statement", "what": what, "times": 1})
    assert (len(bank(world)), len(bank(world))) == (rows, 2)


def test_a_bank_statement_may_be_half_or_late(world: World, merchant: Merchant) -> None:
    merchant.paid(10000)
    world.outside.set_day(after(1))
    whole = world.outside.bank.file(ACCOUNTS["wechat"], FIRST, LAST)
    rules: list[Record] = [
        {"where": "bank.statement", "what": what, "times": 1} for what in ("half_written", "late_file")
    ]
    world.faults(*rules)
    assert world.outside.bank.file(ACCOUNTS["wechat"], FIRST, LAST) == whole[: len(whole) // 2]
    with pytest.raises(NotReady):
        world.outside.bank.file(ACCOUNTS["wechat"], FIRST, LAST)


def test_nobody_calls_the_bank_so_no_call_of_it_fails(world: World) -> None:
    with pytest.raises(ValueError, match="can't happen"):
        world.faults({"where": "bank.payout", "what": "error_5xx"})


# ---- over HTTP, and after a restart -------------------------------------------------------------------------------------------------------


def test_the_controls_of_the_bank(sandbox: RunningSandbox) -> None:
    sandbox.control("POST", "/sandbox/his/take", {"way": "wechat", "fen": 10000})
    today = date.fromisoformat(sandbox.control("POST", "/sandbox/clock", {"day": None})["day"])
    sandbox.control("POST", "/sandbox/clock", {"day": (today + timedelta(days=1)).isoformat()})
    told = sandbox.control("GET", "/sandbox/bank")
    account = told["accounts"][0]
    assert (account["channel"], account["balance_fen"], len(told["payouts"])) == ("wechat", 9940, 1)
    assert sandbox.control("GET", "/sandbox/money")["bank"] == told
    sandbox.control("POST", "/sandbox/bank/book", {"account": account["account"], "fen": 500})
    again = sandbox.control("GET", "/sandbox/bank")
    assert again["accounts"][0]["balance_fen"] == 10440
    assert sandbox.control("POST", "/sandbox/bank/book", {"account": "1", "fen": 500}, expect=404)["message"]
    assert sandbox.control("POST", "/sandbox/bank/book", {"account": account["account"], "fen": 0}, expect=400)
    assert sandbox.control("GET", f"/sandbox/bank/statement?account={account['account']}&first=x", expect=400)
    sandbox.faults({"where": "bank.statement", "what": "late_file", "times": 1})
    late = sandbox.control("GET", f"/sandbox/bank/statement?account={account['account']}", expect=409)
    assert late["error"] == "NOT_READY"


def test_reset_begins_a_new_bank(keys: Record) -> None:
    world = new_world(keys)
    Merchant(world).paid(10000)
    world.outside.set_day(after(1))
    assert arrived(world)
    world.outside.reset()
    assert arrived(world) == []
    Merchant(world).paid(10000)
    world.outside.set_day(after(1))
    assert arrived(world) == [("2026-03-03", "99.40")]

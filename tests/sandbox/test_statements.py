"""Daily statements by wechat_pay_v3.md section 9: when there is one, its columns, its sums, its hash and its address."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest

from tests.sandbox.merchant import Merchant
from tests.sandbox.world import World, answer_of, error_of

TODAY, TOMORROW = "2026-03-02", date(2026, 3, 3)
INVALID, PARAM = (400, "INVALID_REQUEST"), (400, "PARAM_ERROR")
ALL = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,"
    "退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
SUCCESS = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,商品名称,商户数据包,手续费,"
    "费率,订单金额,费率备注"
)
REFUND = ALL.replace("微信退款单号,", "退款申请时间,退款成功时间,微信退款单号,")
FUND = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号"


@pytest.fixture
def numbers(world: World, merchant: Merchant) -> tuple[str, str]:
    """Two payments today, of 12.34 and 0.05 yuan, 2.34 of the first refunded; tomorrow has come. Nothing is paid out."""
    world.outside.scene.faults.settings["payout_days"] = None
    first, second = merchant.paid(1234, description="门诊缴费", attach="a-1"), merchant.paid(5)
    world.time.pass_(seconds=1)
    assert merchant.refund(first, f"{first}R01", 234, 1234).status == 200
    world.wait(seconds=5)
    world.outside.set_day(TOMORROW)
    return first, second


def statement(merchant: Merchant, kind: str = "tradebill", day: str = TODAY, **more: str) -> list[list[str]]:
    """The lines, as lists of cells; header lines first and before the last."""
    query = "".join(f"&{name}={value}" for name, value in more.items())
    told = answer_of(merchant.call("GET", f"/v3/bill/{kind}?bill_date={day}{query}"))
    assert told["hash_type"] == "SHA1"
    plain = downloaded(merchant, told["download_url"])
    assert hashlib.sha1(plain, usedforsecurity=False).hexdigest() == told["hash_value"]
    return [line.split(",") for line in plain.decode("utf-8-sig").splitlines()]


def downloaded(merchant: Merchant, url: str) -> bytes:
    parts = urlsplit(url)
    response = merchant.call("GET", f"{parts.path}?{parts.query}", accept="*/*")
    assert response.status == 200, response.body
    assert not any(name.startswith("Wechatpay-") for name in response.headers)
    return gzip.decompress(response.body) if "tartype=gzip" in url else response.body


def values(line: list[str], header: list[str]) -> dict[str, str]:
    assert all(cell.startswith("`") for cell in line)
    return dict(zip(header, (cell[1:] for cell in line), strict=True))


def test_the_whole_statement_has_payments_refunds_and_sums(merchant: Merchant, numbers: tuple[str, str]) -> None:
    header, paid, other, refunded, summary_header, summary = statement(merchant)
    assert ",".join(header) == ALL
    first = values(paid, header)
    assert (first["商户订单号"], first["交易状态"], first["应结订单金额"], first["订单金额"]) == (
        numbers[0],
        "SUCCESS",
        "12.34",
        "12.34",
    )
    assert (first["商户退款单号"], first["退款金额"], first["商户数据包"]) == ("0", "0.00", "a-1")
    assert values(other, header)["订单金额"] == "0.05"
    back = values(refunded, header)
    assert (back["商户订单号"], back["商户退款单号"], back["交易状态"]) == (numbers[0], f"{numbers[0]}R01", "REFUND")
    assert (back["退款金额"], back["申请退款金额"], back["订单金额"], back["应结订单金额"]) == (
        "2.34",
        "2.34",
        "0.00",
        "0.00",
    )
    assert back["微信订单号"] == first["微信订单号"]
    told = values(summary, summary_header)
    assert (told["总交易单数"], told["订单总金额"], told["申请退款总金额"]) == ("3.0", "12.39", "2.34")


@pytest.mark.parametrize(("kind", "columns", "rows"), [("SUCCESS", SUCCESS, 2), ("REFUND", REFUND, 1)])
def test_one_kind(merchant: Merchant, numbers: tuple[str, str], kind: str, columns: str, rows: int) -> None:
    lines = statement(merchant, bill_type=kind)
    assert ",".join(lines[0]) == columns
    assert len(lines) == rows + 3
    assert all(len(line) == len(lines[0]) for line in lines[1:-2])


def test_the_money_s_own_way(merchant: Merchant, numbers: tuple[str, str]) -> None:
    header, *rows, _, summary = statement(merchant, "fundflowbill")
    assert ",".join(header) == FUND
    told = [values(row, header) for row in rows]
    assert [(row["收支类型"], row["收支金额(元)"], row["账户结余(元)"]) for row in told] == [
        ("收入", "12.34", "12.34"), ("支出", "0.07", "12.27"), ("收入", "0.05", "12.32"), ("支出", "2.33", "9.99"),
    ]  # fmt: skip
    assert [(row["业务名称"], row["业务类型"]) for row in told] == [
        ("交易", "交易"), ("交易", "扣除交易手续费"), ("交易", "交易"), ("退款", "退款"),
    ]  # fmt: skip
    assert told[3]["备注"] == "退款总金额2.34元;含手续费0.01元"
    assert summary == ["`4.0", "`2.0", "`12.39", "`2.0", "`2.40"]


def test_the_balance_goes_on_from_day_to_day(world: World, merchant: Merchant, numbers: tuple[str, str]) -> None:
    merchant.paid(1000)
    world.outside.set_day(TOMORROW + timedelta(days=1))
    header, first, *_ = statement(merchant, "fundflowbill", TOMORROW.isoformat())
    assert values(first, header)["账户结余(元)"] == "19.99"


def test_refunds_give_back_the_whole_fee_in_the_end(world: World, merchant: Merchant) -> None:
    world.outside.scene.faults.settings |= {"wechatpay_fee_points": 38, "refund_pause_seconds": 0}
    number = merchant.paid(3000)
    for part in range(3):
        assert merchant.refund(number, f"{number}R{part}", 1000, 3000).status == 200
    world.outside.set_day(TOMORROW)
    header, *rows, _, _ = statement(merchant, "fundflowbill")
    told = [values(row, header) for row in rows]
    assert [row["收支金额(元)"] for row in told] == ["30.00", "0.11", "9.97", "9.96", "9.96"]
    assert told[-1]["账户结余(元)"] == "0.00"


def test_a_day_without_rows_may_have_a_file_of_headers(
    world: World, merchant: Merchant, numbers: tuple[str, str]
) -> None:
    world.outside.scene.faults.settings["wechatpay_statement_empty"] = "file"
    day = (TOMORROW - timedelta(days=2)).isoformat()
    header, ends, sums = statement(merchant, day=day)
    assert ",".join(header) == ALL
    assert dict(zip(ends, sums, strict=True))["总交易单数"] == "`0.0"
    columns, _, sums = statement(merchant, "fundflowbill", day)
    assert ",".join(columns) == FUND
    assert sums == ["`0.0", "`0.0", "`0.00", "`0.0", "`0.00"]


def test_zipped_is_the_same(merchant: Merchant, numbers: tuple[str, str]) -> None:
    assert statement(merchant, tar_type="GZIP") == statement(merchant)


@pytest.mark.parametrize(
    ("query", "expected"),
    [("bill_date=2026-03-03", INVALID), ("bill_date=2026-3-2", INVALID), ("bill_date=", INVALID), ("", INVALID), ("bill_date=2025-11-01", INVALID),
     (f"bill_date={TODAY}&bill_type=SOME", PARAM), (f"bill_date={TODAY}&tar_type=ZIP", PARAM),
     ("bill_date=2026-03-01", (400, "NO_STATEMENT_EXIST"))],
)  # fmt: skip
def test_what_there_is_none_of(
    merchant: Merchant, numbers: tuple[str, str], query: str, expected: tuple[int, str]
) -> None:
    assert error_of(merchant.call("GET", f"/v3/bill/tradebill?{query}")) == expected


def test_accounts_in_which_nothing_moves(merchant: Merchant, numbers: tuple[str, str]) -> None:
    asked = merchant.call("GET", f"/v3/bill/fundflowbill?bill_date={TODAY}&account_type=FEES")
    assert error_of(asked) == (400, "NO_STATEMENT_EXIST")


def test_before_ten_it_is_still_being_written(world: World, merchant: Merchant) -> None:
    merchant.paid()
    world.time.pass_(days=1)  # nine in the morning
    path = f"/v3/bill/tradebill?bill_date={TODAY}"
    assert error_of(merchant.call("GET", path)) == (400, "STATEMENT_CREATING")
    world.time.pass_(hours=1)
    assert merchant.call("GET", path).status == 200


def test_an_address_is_good_for_five_minutes_and_only_signed(
    world: World, merchant: Merchant, numbers: tuple[str, str]
) -> None:
    url = answer_of(merchant.call("GET", f"/v3/bill/tradebill?bill_date={TODAY}"))["download_url"]
    path = url.partition("8889")[2]
    assert error_of(merchant.call("GET", path, authorization="")) == (401, "SIGN_ERROR")
    assert merchant.call("GET", path).status == 200
    assert error_of(merchant.call("GET", f"{path}x")) == INVALID
    world.time.pass_(minutes=5, seconds=1)
    assert error_of(merchant.call("GET", path)) == INVALID


def test_half_written(world: World, merchant: Merchant, numbers: tuple[str, str]) -> None:
    world.faults({"where": "wechatpay.bill", "what": "half_written", "times": 1})
    told = answer_of(merchant.call("GET", f"/v3/bill/tradebill?bill_date={TODAY}"))
    half = downloaded(merchant, told["download_url"])
    assert hashlib.sha1(half, usedforsecurity=False).hexdigest() != told["hash_value"]
    assert len(statement(merchant)) == 6  # asked for again, it is whole


def test_what_ended_badly_is_still_in_the_statement(world: World, merchant: Merchant) -> None:
    """A snapshot at acceptance: a later status is not written back."""
    number = merchant.paid()
    world.faults({"where": "wechatpay.refund", "what": "abnormal"})
    told = answer_of(merchant.refund(number, f"{number}R01", 1200))
    world.wait(seconds=5)
    world.outside.set_day(date.fromisoformat(TODAY) + timedelta(days=1))
    header, _, row, *_ = statement(merchant)
    assert values(row, header)["退款状态"] == told["status"] == "PROCESSING"


def test_the_books_of_the_controls_agree(world: World, merchant: Merchant, numbers: tuple[str, str]) -> None:
    rows = world.outside.wechatpay.statements.rows(date.fromisoformat(TODAY))
    assert [(row["kind"], row["amount_fen"]) for row in rows] == [("payment", 1234), ("payment", 5), ("refund", 234)]
    assert json.dumps(rows)  # plain values


@pytest.mark.parametrize(
    ("what", "rows", "fees", "fund"),
    [("missing_row", 2, "0.07000", 3), ("doubled_row", 4, "0.05000", 5), ("wrong_fee", 3, "0.07000", 4)],
)
def test_a_whole_file_may_be_wrong(
    world: World, merchant: Merchant, numbers: tuple[str, str], what: str, rows: int, fees: str, fund: int
) -> None:
    world.faults({"where": "wechatpay.bill", "what": what})
    lines = statement(merchant)
    assert (len(lines) - 3, lines[-1][4]) == (rows, f"`{fees}")
    assert len(statement(merchant, "fundflowbill")) - 3 == fund
    world.faults()
    assert (len(statement(merchant)) - 3, statement(merchant)[-1][4]) == (3, "`0.06000")


@pytest.mark.parametrize(("kind", "column"), [("tradebill", "订单总金额"), ("fundflowbill", "收入金额")])
def test_a_total_may_be_a_fen_more_than_its_rows(
    world: World, merchant: Merchant, numbers: tuple[str, str], kind: str, column: str
) -> None:
    *rows, names, sums = statement(merchant, kind)
    world.faults({"where": "wechatpay.bill", "what": "wrong_total", "times": 1})
    *same, names, wrong = statement(merchant, kind)
    assert same == rows
    assert (values(sums, names)[column], values(wrong, names)[column]) == ("12.39", "12.40")


def test_a_file_that_comes_late(merchant: Merchant, world: World, numbers: tuple[str, str]) -> None:
    world.faults({"where": "wechatpay.bill", "what": "late_file", "times": 1})
    path = f"/v3/bill/tradebill?bill_date={TODAY}"
    assert error_of(merchant.call("GET", path)) == (400, "STATEMENT_CREATING")
    assert merchant.call("GET", path).status == 200

"""Bills (docs/protocols/alipay.md section 8): asked for by day or month, fetched within thirty seconds, GBK inside and out."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from sandbox.world.wire import Request, Response
from tests.sandbox.alipay_app import AlipayApp
from tests.sandbox.world import Record

BILL = "alipay.data.dataservice.bill.downloadurl.query"


def asked(alipay: AlipayApp, bill_date: str = "2026-03-02", bill_type: str = "trade") -> Record:
    return alipay.ask(BILL, {"bill_type": bill_type, "bill_date": bill_date}).told


def fetch(alipay: AlipayApp, told: Record) -> Response:
    parts = urlsplit(told["bill_download_url"])
    return alipay.world.ask(Request(method="GET", target=f"{parts.path}?{parts.query}"))


def files(alipay: AlipayApp, told: Record) -> dict[str, list[str]]:
    """Names and lines, as they are on disk: zipfile reads names without the UTF-8 flag as cp437."""
    with zipfile.ZipFile(io.BytesIO(fetch(alipay, told).body)) as archive:
        return {
            name.encode("cp437").decode("gbk"): archive.read(name).decode("gbk").split("\r\n")
            for name in archive.namelist()
        }


def a_day(alipay: AlipayApp) -> tuple[str, str]:
    """One trade with a part returned, another paid; then it is the next morning."""
    first, second = alipay.paid(), alipay.paid(total_amount="0.50", subject="挂号,专家")
    alipay.refund(first, "2.50", "R1")
    alipay.world.time.pass_(days=1)
    return first, second


def test_the_rows_of_a_day(alipay: AlipayApp) -> None:
    first, second = a_day(alipay)
    told = asked(alipay)
    assert "bill_file_code" not in told
    stem = f"{alipay.seller_id}0156_20260302_业务明细"
    found = files(alipay, told)
    assert list(found) == [f"{stem}(汇总).csv", f"{stem}.csv"]
    lines = found[f"{stem}.csv"]
    assert lines[:2] == ["#支付宝业务明细查询", f"#账号：[{alipay.seller_id}0156]"]
    header, *rows = (line.split(",") for line in lines[4:8])
    assert len(header) == 25
    assert [len(row) for row in rows] == [25] * 3
    values = [dict(zip(header, row, strict=True)) for row in rows]
    shown = [
        (v["商户订单号"], v["业务类型"], v["订单金额（元）"], v["商家实收（元）"], v["退款批次号/请求号"])
        for v in values
    ]
    assert shown == [
        (f"{first}\t", "交易\t", "12.00", "12.00", "\t"),
        (f"{second}\t", "交易\t", "0.50", "0.50", "\t"),
        (f"{first}\t", "退款\t", "-2.50", "-2.50", "R1\t"),
    ]
    assert "#交易合计：2笔，商家实收共12.50元，商家优惠共0.00元" in lines
    assert "#退款合计：1笔，商家实收退款共-2.50元，商家优惠退款共0.00元" in lines
    assert found[f"{stem}(汇总).csv"][0] == "#支付宝业务汇总查询"
    assert found[f"{stem}(汇总).csv"][5] == "合计,,2,1,12.50,12.50,0.00,0.00,0.00,-0.06,0.00,9.94"


def test_the_account_of_a_day(alipay: AlipayApp) -> None:
    a_day(alipay)
    lines = files(alipay, asked(alipay, bill_type="signcustomer"))[f"{alipay.seller_id}0156_20260302_账务明细.csv"]
    header, *rows = (line.split(",") for line in lines[4:10])
    values = [dict(zip(header, row, strict=True)) for row in rows]
    moved = [(v["收入金额（+元）"], v["支出金额（-元）"], v["账户余额（元）"], v["业务类型"]) for v in values]
    assert moved == [
        ("12.00", "0.00", "12.00", "在线支付"), ("0.00", "-0.07", "11.93", "收费"), ("0.50", "0.00", "12.43", "在线支付"),
        ("0.00", "-2.50", "9.93", "交易退款"), ("0.01", "0.00", "9.94", "收费"),
    ]  # fmt: skip
    assert "#支出合计：2笔，共-2.57元" in lines
    assert "#收入合计：3笔，共12.51元" in lines


def test_a_day_without_anything_has_a_file_without_rows(alipay: AlipayApp) -> None:
    told = asked(alipay, "2026-02-27")
    assert told["bill_file_code"] == "EMPTY_DATA_WITH_BILL_FILE"
    lines = files(alipay, told)[f"{alipay.seller_id}0156_20260227_业务明细.csv"]
    assert "#交易合计：0笔，商家实收共0.00元，商家优惠共0.00元" in lines


@pytest.mark.parametrize(
    ("bill_date", "bill_type", "code"),
    [
        ("2026-03-02", "trade", "BILL_NOT_EXIST"),
        ("2026-03-09", "trade", "BILL_NOT_EXIST"),
        ("2026-03", "trade", "BILL_NOT_EXIST"),
        ("2026-02", "trade", "BILL_NOT_EXIST"),
        ("yesterday", "trade", "INVAILID_ARGUMENTS"),
        ("2026-02-30", "trade", "INVAILID_ARGUMENTS"),
        ("2026-03-01", "everything", "TYPE_NOT_SUPPORTED"),
        ("2026-03-01", "", "INVAILID_ARGUMENTS"),
    ],
)
def test_a_bill_that_is_not_there(alipay: AlipayApp, bill_date: str, bill_type: str, code: str) -> None:
    assert asked(alipay, bill_date, bill_type)["sub_code"] == code


def test_yesterdays_is_ready_at_nine(alipay: AlipayApp) -> None:
    alipay.world.time.pass_(hours=23, minutes=59)
    assert asked(alipay)["sub_code"] == "BILL_NOT_EXIST"
    alipay.world.time.pass_(minutes=1)
    assert "bill_download_url" in asked(alipay)


def test_a_month_is_ready_after_the_third(alipay: AlipayApp) -> None:
    alipay.paid()
    alipay.world.outside.set_day(date(2026, 4, 3))
    assert asked(alipay, "2026-03")["sub_code"] == "BILL_NOT_EXIST"
    alipay.world.outside.set_day(date(2026, 4, 4))
    assert f"{alipay.seller_id}0156_202603_业务明细.csv" in files(alipay, asked(alipay, "2026-03"))


def test_the_address_lives_thirty_seconds(alipay: AlipayApp) -> None:
    a_day(alipay)
    told = asked(alipay)
    alipay.world.time.pass_(seconds=30)
    assert fetch(alipay, told).status == 200
    alipay.world.time.pass_(seconds=1)
    assert fetch(alipay, told).status == 404


def test_the_address_holds_with_all_its_fields(alipay: AlipayApp) -> None:
    a_day(alipay)
    parts = urlsplit(asked(alipay)["bill_download_url"])
    fields = dict(parse_qsl(parts.query))
    named = {"bizType", "userId", "fileType", "bizDates", "downloadFileName", "fileId", "timestamp", "token"}
    assert fields.keys() == named
    assert fields["downloadFileName"] == f"{alipay.seller_id}0156_20260302.csv.zip"
    for name in named:
        rest = urlencode({other: value for other, value in fields.items() if other != name})
        answer = alipay.world.ask(Request(method="GET", target=f"{parts.path}?{rest}"))
        assert answer.status == 404, name
    assert alipay.world.ask(Request(method="GET", target=f"{parts.path}?{urlencode(fields)}")).status == 200


def test_a_day_without_anything_may_be_refused(alipay: AlipayApp) -> None:
    alipay.world.outside.scene.faults.settings["alipay_statement_empty"] = "refuse"
    assert asked(alipay, "2026-02-27")["sub_code"] == "NO_BILL_DATA"


def test_a_file_that_is_still_being_written(alipay: AlipayApp) -> None:
    a_day(alipay)
    alipay.world.faults({"where": "alipay.bill", "what": "half_written", "times": 1})
    with pytest.raises(zipfile.BadZipFile):
        files(alipay, asked(alipay))
    assert len(files(alipay, asked(alipay))) == 2


@pytest.mark.parametrize(("what", "rows"), [("missing_row", 2), ("doubled_row", 4), ("wrong_fee", 3)])
def test_a_whole_file_may_be_wrong(alipay: AlipayApp, what: str, rows: int) -> None:
    a_day(alipay)
    whole = files(alipay, asked(alipay))
    alipay.world.faults({"where": "alipay.bill", "what": what, "times": 1})
    name = f"{alipay.seller_id}0156_20260302_业务明细.csv"
    wrong = files(alipay, asked(alipay))[name]
    assert len([line for line in wrong if "\t," in line]) == rows
    assert wrong != whole[name]


@pytest.mark.parametrize(
    ("kind", "name", "total", "wrong"),
    [
        ("trade", "业务明细", "#交易合计：2笔，商家实收共12.50元，商家优惠共0.00元", "#交易合计：2笔，商家实收共12.51元，商家优惠共0.00元"),
        ("signcustomer", "账务明细", "#收入合计：3笔，共12.51元", "#收入合计：3笔，共12.52元"),
    ],
)  # fmt: skip
def test_a_total_may_be_a_fen_more_than_its_rows(
    alipay: AlipayApp, kind: str, name: str, total: str, wrong: str
) -> None:
    a_day(alipay)
    file = f"{alipay.seller_id}0156_20260302_{name}.csv"
    assert total in files(alipay, asked(alipay, bill_type=kind))[file]
    alipay.world.faults({"where": "alipay.bill", "what": "wrong_total", "times": 1})
    assert wrong in files(alipay, asked(alipay, bill_type=kind))[file]


def test_a_file_that_comes_late(alipay: AlipayApp) -> None:
    a_day(alipay)
    alipay.world.faults({"where": "alipay.bill", "what": "late_file", "times": 1})
    assert asked(alipay)["sub_code"] == "BILL_NOT_EXIST"
    assert "bill_download_url" in asked(alipay)

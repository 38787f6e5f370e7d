"""Two invented days at WeChat Pay and Alipay and one on which they pay out, always the same, with all their statements: for the golden
files in ``golden/``.

``python -m tests.sandbox.golden_days`` writes the files anew; look at the difference against protocols/*.md before it is committed.
"""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.bank.accounts import ACCOUNTS
from sandbox.world.keys import make_keys
from sandbox.world.wire import Request
from tests.sandbox.alipay_app import AlipayApp
from tests.sandbox.merchant import Merchant
from tests.sandbox.world import Record, World, answer_of, new_world

GOLDEN = Path(__file__).parent / "golden"
FIRST, SECOND = date(2026, 3, 2), date(2026, 3, 3)
BEFORE = FIRST - timedelta(days=1)
PAID_OUT = SECOND + timedelta(days=2)
INVENTED = {"appid": "wx0000000000000001", "mini_appid": "wx0000000000000002"}
BILL = "alipay.data.dataservice.bill.downloadurl.query"


def statements() -> dict[str, bytes]:
    """Every statement by the name of its golden file. Nothing is paid out before ``PAID_OUT``, then all that is there, in parts."""
    world = new_world(make_keys() | INVENTED, seed=20260302)
    merchant, app = Merchant(world), AlipayApp(world)
    world.outside.scene.faults.settings["payout_days"] = None
    _wechat_first_day(world, merchant)
    _alipay_first_day(world, app)
    world.outside.set_day(SECOND)
    _wechat_second_day(world, merchant)
    _alipay_second_day(world, app)
    world.outside.set_day(SECOND + timedelta(days=1))
    files = _wechat_files(world, merchant) | _alipay_files(world, app)
    return files | _paid_out_files(world, merchant, app)


def _pay(world: World, merchant: Merchant, number: str, total: int, **more: object) -> None:
    world.time.pass_(minutes=7)
    world.outside.wechatpay.pay(answer_of(merchant.order(number, total, **more))["prepay_id"], "ok")


def _wechat_first_day(world: World, merchant: Merchant) -> None:
    _pay(world, merchant, "GOLDEN20260302A001", 12800, attach="bill-1")
    _pay(world, merchant, "GOLDEN20260302A002", 5, description='挂号,"专家"')
    _pay(world, merchant, "GOLDEN20260302A003", 30000, scene_info={"payer_client_ip": "127.0.0.1", "device_id": "K03"})
    world.time.pass_(minutes=7)
    assert merchant.refund("GOLDEN20260302A001", "GOLDEN20260302A001R01", 3300, 12800).status == 200
    world.wait(seconds=5)


def _wechat_second_day(world: World, merchant: Merchant) -> None:
    world.time.pass_(minutes=7)
    assert merchant.refund("GOLDEN20260302A001", "GOLDEN20260302A001R02", 9500, 12800).status == 200
    _pay(world, merchant, "GOLDEN20260303A004", 4500)


def _alipay_first_day(world: World, app: AlipayApp) -> None:
    for number, total, subject in (
        ("GOLDEN20260302B001", "88.00", "门诊缴费"),
        ("GOLDEN20260302B002", "0.50", "挂号,专家"),
    ):
        world.time.pass_(minutes=7)
        assert app.create(number, total_amount=total, subject=subject).code == "10000"
        app.pay(number)
    world.time.pass_(minutes=7)
    app.refund("GOLDEN20260302B001", "8.00", "GOLDEN20260302B001R01")


def _alipay_second_day(world: World, app: AlipayApp) -> None:
    world.time.pass_(minutes=7)
    app.refund("GOLDEN20260302B001", "80.00", "GOLDEN20260302B001R02")


def _wechat_files(world: World, merchant: Merchant) -> dict[str, bytes]:
    found = {}
    for family in ("newer", "older"):
        world.outside.scene.faults.settings |= {
            "wechatpay_statement_columns": family,
            "wechatpay_statement_empty": "file",
        }
        for kind in ("ALL", "SUCCESS", "REFUND"):
            name = f"wechat-{kind}-{family}"
            found[f"{name}.csv"] = _wechat_file(merchant, f"tradebill?bill_date={FIRST}&bill_type={kind}")
            found[f"{name}-empty.csv"] = _wechat_file(merchant, f"tradebill?bill_date={BEFORE}&bill_type={kind}")
    for day in (FIRST, SECOND):
        found[f"wechat-BASIC-{day}.csv"] = _wechat_file(merchant, f"fundflowbill?bill_date={day}")
    found["wechat-BASIC-empty.csv"] = _wechat_file(merchant, f"fundflowbill?bill_date={BEFORE}")
    return found


def _paid_out_files(world: World, merchant: Merchant, app: AlipayApp) -> dict[str, bytes]:
    world.outside.scene.faults.settings |= {
        "payout_days": 1,
        "payout_part_max_fen": 30000,
        "alipay_fund_columns": "newer",
    }
    world.outside.set_day(PAID_OUT)
    world.outside.set_day(PAID_OUT + timedelta(days=1))
    found = {f"wechat-BASIC-{PAID_OUT}.csv": _wechat_file(merchant, f"fundflowbill?bill_date={PAID_OUT}")}
    found |= _alipay_zip(app, "signcustomer", PAID_OUT, "")
    for channel, account in ACCOUNTS.items():
        found[f"bank-{channel}-{PAID_OUT}.csv"] = world.outside.bank.file(account, FIRST, PAID_OUT)
    return found


def _wechat_file(merchant: Merchant, asked: str) -> bytes:
    told = answer_of(merchant.call("GET", f"/v3/bill/{asked}&tar_type=GZIP"))
    address = urlsplit(told["download_url"])
    return gzip.decompress(merchant.call("GET", f"{address.path}?{address.query}").body)


def _alipay_files(world: World, app: AlipayApp) -> dict[str, bytes]:
    found = _alipay_zip(app, "trade", FIRST, "")
    for family in ("newer", "older"):
        world.outside.scene.faults.settings["alipay_fund_columns"] = family
        found |= _alipay_zip(app, "signcustomer", FIRST, f"-{family}")
    return found | _alipay_zip(app, "signcustomer", SECOND, "") | _alipay_zip(app, "trade", BEFORE, "-empty")


def _alipay_zip(app: AlipayApp, kind: str, day: date, mark: str) -> dict[str, bytes]:
    told: Record = app.ask(BILL, {"bill_type": kind, "bill_date": day.isoformat()}).told
    address = urlsplit(told["bill_download_url"])
    body = app.world.ask(Request(method="GET", target=f"{address.path}?{address.query}")).body
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        names = {name.encode("cp437").decode("gbk"): archive.read(name) for name in archive.namelist()}
    return {f"alipay-{_english(name)}-{day}{mark}.csv": inside for name, inside in names.items()}


def _english(name: str) -> str:
    sort = "trade" if "业务明细" in name else "fund"
    return f"{sort}-summary" if "(汇总)" in name else sort


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name, body in statements().items():
        (GOLDEN / name).write_bytes(body)

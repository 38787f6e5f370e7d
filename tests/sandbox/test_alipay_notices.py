"""trade_status_sync (docs/protocols/alipay.md section 4): what is told, how it is signed, when it is told again."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest
from cryptography.exceptions import InvalidSignature

from tests.sandbox.alipay_app import NOTICES, AlipayApp, new_number

TIMETABLE = [timedelta(minutes=m) for m in (4, 10, 10, 60, 120, 360, 900)]


def told(alipay: AlipayApp) -> list[dict[str, str]]:
    return [alipay.opened(notice) for notice in alipay.world.bring(body=b"success")]


def test_a_payment_is_told(alipay: AlipayApp) -> None:
    number = alipay.paid(body="门诊", passback_params=quote("a=1&b=诊"))
    requests = alipay.world.bring(body=b"success")
    assert [each.url for each in requests] == [NOTICES]
    assert requests[0].headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    fields = alipay.opened(requests[0])
    expected = {
        "notify_type": "trade_status_sync", "trade_status": "TRADE_SUCCESS", "out_trade_no": number, "total_amount": "12.00",
        "receipt_amount": "12.00", "seller_id": alipay.seller_id, "app_id": alipay.app_id, "auth_app_id": alipay.app_id,
        "buyer_id": alipay.user_id(), "subject": "门诊缴费", "body": "门诊", "passback_params": quote("a=1&b=诊"), "sign_type": "RSA2",
        "version": "1.0", "charset": "utf-8", "gmt_payment": "2026-03-02 09:00:00", "notify_time": "2026-03-02 09:00:00",
    }  # fmt: skip
    assert {name: fields.get(name) for name in expected} == expected
    assert json.loads(fields["fund_bill_list"]) == [{"amount": "12.00", "fundChannel": "ALIPAYACCOUNT"}]
    assert "refund_fee" not in fields
    assert told(alipay) == []


def test_an_order_in_gbk_is_told_in_gbk(alipay: AlipayApp) -> None:
    number = new_number()
    alipay.ask("alipay.trade.create", alipay.order(number), charset="gbk", notify_url=NOTICES)
    alipay.pay(number)
    fields = alipay.opened(alipay.world.bring(body=b"success")[0], "gbk")
    assert (fields["charset"], fields["subject"]) == ("gbk", "门诊缴费")


def test_without_an_address_nobody_is_told(alipay: AlipayApp) -> None:
    number = new_number()
    alipay.create(number, notify_url=...)
    alipay.pay(number)
    assert alipay.world.bring() == []


@pytest.mark.parametrize("url", ["ftp://app.invalid/", "/notify", "http://x/" + "y" * 256])
def test_an_address_that_is_none(alipay: AlipayApp, url: str) -> None:
    assert alipay.create(new_number(), notify_url=url).code == "40004 ACQ.INVALID_PARAMETER"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"success\n"),
        (200, b"SUCCESS"),
        (200, b"<p>success</p>"),
        (302, b"success"),
        (500, b"success"),
        (0, b""),
    ],
)
def test_anything_but_the_seven_bytes_is_told_again(alipay: AlipayApp, status: int, body: bytes) -> None:
    alipay.paid()
    tries = alipay.world.bring_all(status, body)
    gaps = [later.at - earlier.at for earlier, later in itertools.pairwise(tries)]
    assert gaps == TIMETABLE
    notices = [alipay.opened(each.requests[0]) for each in tries]
    assert len({notice["notify_id"] for notice in notices}) == 1
    assert notices[1]["notify_time"] == "2026-03-02 09:04:00"


def test_the_seven_bytes_end_it(alipay: AlipayApp) -> None:
    alipay.paid()
    assert len(alipay.world.bring_all(200, b"success")) == 1


def test_the_timetable_can_be_compressed_and_begin_at_once(alipay: AlipayApp) -> None:
    alipay.world.faults(notify_time_scale=0.01, settings={"alipay_notify_at_once": 3})
    alipay.paid()
    tries = alipay.world.bring_all(500)
    gaps = [later.at - earlier.at for earlier, later in itertools.pairwise(tries)]
    assert gaps == [timedelta(0)] * 3 + [gap / 100 for gap in TIMETABLE]


# ---- refunds -----------------------------------------------------------------------------------------------------------------------------


def test_a_partial_refund_is_told_as_success(alipay: AlipayApp) -> None:
    number = alipay.paid()
    paid = told(alipay)[0]
    alipay.refund(number, "2.50", "R1")
    notice = told(alipay)[0]
    assert (notice["trade_status"], notice["refund_fee"], notice["out_biz_no"]) == ("TRADE_SUCCESS", "2.50", "R1")
    assert notice["gmt_refund"] == "2026-03-02 09:00:00.000"
    assert notice["notify_id"] != paid["notify_id"]
    alipay.refund(number, "2.50", "R1")
    assert told(alipay) == []


def test_a_closed_trade_is_told_to_those_who_ask_for_it(alipay: AlipayApp) -> None:
    number = alipay.paid()
    told(alipay)
    alipay.refund(number, "12.00", "R1")
    assert told(alipay) == []
    alipay.world.faults(settings={"alipay_notify_closed": True})
    number = alipay.paid()
    told(alipay)
    alipay.refund(number, "12.00", "R1")
    notice = told(alipay)[0]
    assert (notice["trade_status"], notice["refund_fee"], notice["gmt_close"]) == (
        "TRADE_CLOSED",
        "12.00",
        "2026-03-02 09:00:00",
    )


def test_partial_refunds_need_not_be_told(alipay: AlipayApp) -> None:
    alipay.world.faults(settings={"alipay_notify_refunds": False})
    number = alipay.paid()
    told(alipay)
    alipay.refund(number, "1.00", "R1")
    assert told(alipay) == []


# ---- faults ------------------------------------------------------------------------------------------------------------------------------


def spoilt(alipay: AlipayApp, **rule: Any) -> list[Any]:
    alipay.world.faults({"where": "notify.alipay", "times": 1, **rule})
    alipay.paid()
    return alipay.world.tries(500)


@pytest.mark.parametrize("what", ["wrong_signature", "unsigned"])
def test_a_signature_that_does_not_hold(alipay: AlipayApp, what: str) -> None:
    (first,) = spoilt(alipay, what=what)
    with pytest.raises(InvalidSignature):
        alipay.opened(first.requests[0])
    alipay.world.time.pass_(minutes=4)
    assert told(alipay)[0]["trade_status"] == "TRADE_SUCCESS"


def test_one_fen_more_properly_signed(alipay: AlipayApp) -> None:
    (first,) = spoilt(alipay, what="wrong_amount")
    assert alipay.opened(first.requests[0])["total_amount"] == "12.01"


def test_lost_doubled_late_and_garbled(alipay: AlipayApp) -> None:
    assert [len(each.requests) for each in spoilt(alipay, what="lost")] == [0]
    alipay.world.bring_all(200, b"success")
    (doubled,) = spoilt(alipay, what="doubled")
    assert (
        next(alipay.opened(each)["notify_id"] for each in doubled.requests)
        == alipay.opened(doubled.requests[1])["notify_id"]
    )
    alipay.world.bring_all(200, b"success")
    assert [len(each.requests) for each in spoilt(alipay, what="late", seconds=20)] == [0]
    alipay.world.time.pass_(seconds=20)
    assert len(told(alipay)) == 1
    (garbled,) = spoilt(alipay, what="garbled")
    assert garbled.requests[0].body == b"no form"


def test_the_other_name_of_the_place(alipay: AlipayApp) -> None:
    alipay.world.faults({"where": "alipay.notify", "what": "lost", "times": 1})
    alipay.paid()
    assert [each.requests for each in alipay.world.tries()] == [[]]


def test_the_sum_of_refunds_rides_on_a_later_notification(alipay: AlipayApp) -> None:
    """Corrections of docs/protocols/alipay.md: refund_fee and gmt_refund without out_biz_no."""
    alipay.world.faults(settings={"alipay_notify_sums_seconds": 300})
    number = alipay.paid()
    told(alipay)
    alipay.refund(number, "1.00", "R1")
    assert [notice.get("out_biz_no") for notice in told(alipay)] == ["R1"]
    alipay.world.time.pass_(seconds=300)
    (later,) = told(alipay)
    assert (later["trade_status"], later["refund_fee"], "gmt_refund" in later) == ("TRADE_SUCCESS", "1.00", True)
    assert "out_biz_no" not in later


@pytest.mark.parametrize(("status", "amount"), [("S", "1.00"), ("F", None)])
def test_the_payer_s_bank_has_its_word_for_who_asked_for_it(alipay: AlipayApp, status: str, amount: str | None) -> None:
    alipay.world.faults(settings={"alipay_notify_bank": status, "alipay_notify_refunds": False})
    number = alipay.paid()
    told(alipay)
    alipay.refund(number, "1.00", "R1")
    content = {"out_trade_no": number, "refund_amount": "1.00", "out_request_no": "R2"}
    alipay.world.time.pass_(seconds=3)
    alipay.ask("alipay.trade.refund", {**content, "query_options": ["deposit_back_info"]})
    assert told(alipay) == []
    alipay.world.time.pass_(seconds=60)
    (outbound,) = alipay.world.bring(body=b"success")
    message = dict(parse_qsl(outbound.body.decode("ascii"), strict_parsing=True))
    sign = message.pop("sign")
    alipay.verify("&".join(f"{name}={message[name]}" for name in sorted(message)).encode(), sign)  # rule V2
    assert message["msg_method"] == "alipay.trade.refund.depositback.completed"
    told_of = json.loads(message["biz_content"])
    assert (told_of["out_request_no"], told_of["dback_status"]) == ("R2", status)
    assert told_of.get("dback_amount") == amount

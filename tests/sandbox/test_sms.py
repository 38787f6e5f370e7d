"""SMS by docs/protocols/aliyun_sms.md: who is let in, what is sent, limits, details, receipts."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.sandbox.customer import GOOD, Customer
from tests.sandbox.world import World

RECEIVED = b'{"code":0,"msg":"ok"}'


@pytest.fixture
def customer(world: World) -> Customer:
    world.outside.sms.receipt_url = "http://app.invalid:8888/notify/sms"
    return Customer(world)


# ---- the gateway: sections 2 and 6 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_signed_call_is_let_in(customer: Customer, method: str) -> None:
    request = customer.request(
        "QuerySendDetails", method, PhoneNumber=customer.phone, SendDate="20260302", PageSize="1", CurrentPage="1"
    )
    assert json.loads(customer.world.ask(request).body)["Code"] == "OK"


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"secret": "another"}, 400, "SignatureDoesNotMatch"),
        ({"SignatureMethod": "HMAC-MD5"}, 400, "SignatureDoesNotMatch"),
        ({"AccessKeyId": "LTAInobody"}, 404, "InvalidAccessKeyId.NotFound"),
        ({"Version": "2016-09-27"}, 400, "InvalidVersion"),
        ({"seconds_off": -901}, 400, "InvalidTimeStamp.Expired"),
        ({"seconds_off": 901}, 400, "InvalidTimeStamp.Expired"),
        ({"Timestamp": "2026-03-02 01:00:00"}, 400, "InvalidTimeStamp.Expired"),
        ({"PhoneNumbers": ...}, 400, "MissingPhoneNumbers"),
        ({"SignName": ...}, 400, "MissingSignName"),
        ({"TemplateCode": ...}, 400, "MissingTemplateCode"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_the_gateway_refuses(customer: Customer, changed: dict[str, Any], status: int, code: str) -> None:
    got, told = customer.send(**changed)
    assert (got, told["Code"]) == (status, code)
    assert {"RequestId", "HostId", "Code", "Message", "Recommend"} <= told.keys()
    assert customer.received() == []


def test_an_unknown_action(customer: Customer) -> None:
    status, told = customer.ask("SendPigeon")
    assert (status, told["Code"]) == (404, "InvalidAction.NotFound")


@pytest.mark.parametrize("seconds_off", [-899, 899])
def test_fifteen_minutes_either_way(customer: Customer, seconds_off: int) -> None:
    assert customer.send(seconds_off=seconds_off)[1]["Code"] == "OK"


def test_a_nonce_is_used_once_in_its_window(world: World, customer: Customer) -> None:
    assert customer.send(SignatureNonce="n1")[1]["Code"] == "OK"
    status, told = customer.send(SignatureNonce="n1")
    assert (status, told["Code"]) == (400, "SignatureNonceUsed")
    world.time.pass_(minutes=31)
    assert customer.send(SignatureNonce="n1")[1]["Code"] == "OK"


def test_a_replayed_call_is_never_done_again(world: World, customer: Customer) -> None:
    request = customer.request("SendSms", seconds_off=899, PhoneNumbers=customer.phone, SignName=customer.given["sign_name"],
                               TemplateCode=customer.given["templates"]["payment_returned"]["template_code"],
                               TemplateParam=json.dumps(GOOD))  # fmt: skip
    assert json.loads(world.ask(request).body)["Code"] == "OK"
    for _ in range(31):
        world.time.pass_(minutes=1)
        assert world.ask(request).status == 400
    assert len(customer.received()) == 1


def test_xml_is_the_default(customer: Customer) -> None:
    request = customer.request("QuerySendDetails", Format=...)  # type: ignore[arg-type]
    assert customer.world.ask(request).body.startswith(b"<?xml")


# ---- sending: sections 4 and 5 -------------------------------------------------------------------------------------------------------------


def test_a_message_is_taken_and_arrives(world: World, customer: Customer) -> None:
    status, told = customer.send()
    assert (status, told["Code"], told["Message"]) == (200, "OK", "OK")
    assert re.fullmatch(r"\d{18}\^0", told["BizId"])
    assert re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", told["RequestId"])
    (message,) = customer.received()
    assert message["text"].startswith(f"【{customer.given['sign_name']}】张**的费用12.00元")


@pytest.mark.parametrize("prefix", ["+", "+86", "86", "0086"])
def test_numbers_with_the_country_in_front(world: World, customer: Customer, prefix: str) -> None:
    assert customer.send(PhoneNumbers=prefix + customer.phone)[1]["Code"] == "OK"
    assert len(customer.received()) == 1


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"PhoneNumbers": "1990000"}, "isv.MOBILE_NUMBER_ILLEGAL"),
        ({"PhoneNumbers": "19900000001,"}, "isv.MOBILE_NUMBER_ILLEGAL"),
        ({"PhoneNumbers": ",".join(["19900000001"] * 1001)}, "isv.MOBILE_COUNT_OVER_LIMIT"),
        ({"SignName": "别的签名"}, "isv.SMS_SIGNATURE_ILLEGAL"),
        ({"TemplateCode": "SMS_1"}, "isv.SMS_TEMPLATE_ILLEGAL"),
        ({"values": {"name": "张**"}}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        ({"values": {**GOOD, "money": 12}}, "isv.INVALID_JSON_PARAM"),
        ({"TemplateParam": "{"}, "isv.INVALID_JSON_PARAM"),
        ({"TemplateParam": "[]"}, "isv.INVALID_JSON_PARAM"),
        ({"values": {**GOOD, "name": "见 https://a.invalid"}}, "isv.PARAM_NOT_SUPPORT_URL"),
        ({"values": {**GOOD, "name": "张" * 36}}, "isv.PARAM_LENGTH_LIMIT"),
        ({"OutId": "x" * 256}, "isv.INVALID_PARAMETERS"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_the_service_refuses_with_200(customer: Customer, changed: dict[str, Any], code: str) -> None:
    status, told = customer.send(**changed)
    assert (status, told["Code"]) == (200, code)
    assert "BizId" not in told


# ---- limits: section 5 -----------------------------------------------------------------------------------------------------------------------


def test_codes_are_limited_by_minute_hour_and_day(world: World, customer: Customer) -> None:
    assert customer.code() == "OK"
    assert customer.code() == "isv.BUSINESS_LIMIT_CONTROL 触发分钟级流控Permits:1"
    for _ in range(4):
        world.time.pass_(seconds=61)
        assert customer.code() == "OK"
    world.time.pass_(seconds=61)
    assert customer.code() == "isv.BUSINESS_LIMIT_CONTROL 触发小时级流控Permits:5"
    world.time.pass_(hours=1)
    for _ in range(5):
        world.time.pass_(seconds=61)
        assert customer.code() == "OK"
    world.time.pass_(hours=1)
    assert customer.code() == "isv.BUSINESS_LIMIT_CONTROL 触发天级流控Permits:10"
    world.time.pass_(hours=24)
    assert customer.code() == "OK"


def test_forty_a_day_to_one_number(customer: Customer) -> None:
    assert [customer.send()[1]["Code"] for _ in range(40)] == ["OK"] * 40
    assert customer.send()[1]["Message"] == "触发号码天级流控Permits:40"
    other = customer.world.credentials["people"][1]["phone"]
    assert customer.send(PhoneNumbers=other)[1]["Code"] == "OK"


def test_limits_are_a_setting(world: World, customer: Customer) -> None:
    world.faults(settings={"sms_code_limits": None, "sms_number_day": None})
    assert [customer.code() for _ in range(45)] == ["OK"] * 45


# ---- details and receipts: sections 4 and 7 ----------------------------------------------------------------------------------------------------


def test_details_in_flight_and_after(world: World, customer: Customer) -> None:
    customer.send()
    _, told = customer.details()
    (before,) = told["SmsSendDetailDTOs"]["SmsSendDetailDTO"]
    assert (before["SendStatus"], before["ErrCode"], int(told["TotalCount"])) == (1, "", 1)
    world.time.pass_(seconds=2)
    (after,) = customer.details()[1]["SmsSendDetailDTOs"]["SmsSendDetailDTO"]
    assert (after["SendStatus"], after["ErrCode"], after["OutId"]) == (3, "DELIVERED", "ZF1")
    assert (after["PhoneNum"], after["SendDate"], after["ReceiveDate"]) == (
        customer.phone,
        "2026-03-02 09:00:00",
        "2026-03-02 09:00:01",
    )
    assert after["Content"].startswith("【")


def test_details_in_pages_of_a_day_and_of_a_biz_id(world: World, customer: Customer) -> None:
    biz_ids = [customer.send(OutId=f"ZF{number}")[1]["BizId"] for number in range(3)]
    pages = [
        customer.details(PageSize="2", CurrentPage=page)[1]["SmsSendDetailDTOs"]["SmsSendDetailDTO"]
        for page in ("1", "2", "3")
    ]
    assert [len(page) for page in pages] == [2, 1, 0]
    assert {each["OutId"] for page in pages for each in page} == {"ZF0", "ZF1", "ZF2"}
    (only,) = customer.details(BizId=biz_ids[1])[1]["SmsSendDetailDTOs"]["SmsSendDetailDTO"]
    assert only["OutId"] == "ZF1"
    world.time.pass_(days=1)
    assert customer.details()[1]["TotalCount"] in {0, "0"}


@pytest.mark.parametrize(
    "changed", [{"SendDate": "2026-03-02"}, {"SendDate": "20260101"}, {"SendDate": "20260303"}, {"PageSize": "51"}, {"PageSize": "0"},
                {"CurrentPage": "0"}, {"PageSize": "x"}],
    ids=str,
)  # fmt: skip
def test_details_refusals(customer: Customer, changed: dict[str, str]) -> None:
    assert customer.details(**changed)[1]["Code"] == "isv.INVALID_PARAMETERS"


def test_a_receipt_is_pushed(world: World, customer: Customer) -> None:
    biz_id = customer.send()[1]["BizId"]
    assert world.bring() == []
    world.time.pass_(seconds=1)
    (receipt,) = world.bring(200, RECEIVED)
    assert (receipt.url, receipt.timeout_s) == ("http://app.invalid:8888/notify/sms", 0.7)
    (report,) = json.loads(receipt.body)
    assert report == {
        "phone_number": customer.phone, "send_time": "2026-03-02 09:00:00", "report_time": "2026-03-02 09:00:01", "success": True,
        "err_code": "DELIVERED", "err_msg": "用户接收成功", "sms_size": "1", "biz_id": biz_id, "out_id": "ZF1",
    }  # fmt: skip
    assert world.outside.next_due() is None


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, RECEIVED), (200, b""), (200, b"ok"), (200, b'{"code":"0"}'), (200, b"[]"), (204, RECEIVED), (0, b"")],
)
def test_a_receipt_nobody_takes_comes_three_times_more(
    world: World, customer: Customer, status: int, body: bytes
) -> None:
    customer.send()
    done = world.bring_all(status, body)
    assert [(each.at - done[0].at).total_seconds() for each in done] == [0, 60, 360, 960]


def test_an_undelivered_message(world: World, customer: Customer) -> None:
    world.faults({"where": "sms.send", "what": "undelivered", "code": "MOBILE_IN_BLACK", "times": 1})
    assert customer.send()[1]["Code"] == "OK"
    assert customer.received() == []
    world.time.pass_(seconds=2)
    (report,) = json.loads(world.bring(200, RECEIVED)[0].body)
    assert (report["success"], report["err_code"]) == (False, "MOBILE_IN_BLACK")
    (detail,) = customer.details()[1]["SmsSendDetailDTOs"]["SmsSendDetailDTO"]
    assert (detail["SendStatus"], detail["ErrCode"]) == (2, "MOBILE_IN_BLACK")

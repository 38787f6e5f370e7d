"""Whether an SMS arrived: look-ups by our number, and Aliyun's receipts."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from server.core.errors import BadInput, OutcomeUnknown
from server.patients.contact_ports import DeliveryReport
from tests.unit.platforms.aliyun_sms import PHONE, an_sms, parameters_of
from tests.unit.platforms.played import Answer, plain

# ---- look-up ---------------------------------------------------------------------------------------------------------------


def details(*out_ids: str | None, total: Any = "1") -> Answer:
    rows = [{"PhoneNum": PHONE, "SendStatus": 3, "OutId": out_id, "Content": "【测试】"} for out_id in out_ids]
    return plain({"RequestId": "R", "Code": "OK", "TotalCount": total, "SmsSendDetailDTOs": {"SmsSendDetailDTO": rows}})


@pytest.mark.asyncio
async def test_a_look_up_by_our_number() -> None:
    sms, transport = an_sms(details("other", None, "ZF1-payment_booked"))
    assert await sms.was_sent(PHONE, "ZF1-payment_booked", date(2026, 11, 23)) is True
    given = parameters_of(transport.sent[0])
    assert (given["Action"], given["PhoneNumber"], given["SendDate"]) == ("QuerySendDetails", PHONE, "20261123")
    assert (given["PageSize"], given["CurrentPage"]) == ("50", "1")
    assert PHONE not in transport.sent[0].url


@pytest.mark.asyncio
async def test_a_look_up_ends() -> None:
    full = details(*(["other"] * 50), total=10**9)
    sms, transport = an_sms(*[full] * 4)
    assert await sms.was_sent(PHONE, "mine", date(2026, 11, 23)) is False
    assert [parameters_of(request)["CurrentPage"] for request in transport.sent] == ["1", "2", "3", "4"]


@pytest.mark.asyncio
async def test_a_failed_look_up_says_nothing() -> None:
    sms, _ = an_sms(OutcomeUnknown("sms"))
    with pytest.raises(OutcomeUnknown):
        await sms.was_sent(PHONE, "mine", date(2026, 11, 23))


# ---- receipts --------------------------------------------------------------------------------------------------------------


def test_pushed_reports_are_read() -> None:
    sms, _ = an_sms()
    pushed = [
        {
            "phone_number": "1381111****", "send_time": "2026-11-23 09:31:00", "report_time": "2026-11-23 09:31:02",
            "success": True, "err_code": "DELIVERED", "err_msg": "用户接收成功", "sms_size": "1", "biz_id": "1", "out_id": "A",
        },
        {"phone_number": "1", "success": False, "err_code": "MOBILE_IN_BLACK", "out_id": "B"},
        {"phone_number": "1", "success": True, "biz_id": "somebody else's"},
    ]  # fmt: skip
    assert list(sms.reports(json.dumps(pushed).encode())) == [
        DeliveryReport(out_id="A", delivered=True, code="DELIVERED"),
        DeliveryReport(out_id="B", delivered=False, code="MOBILE_IN_BLACK"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[1]",
        b'[{"success":"true","out_id":"A"}]',
        b'[{"success":true,"out_id":' + b'"' + b"A" * 257 + b'"}]',
        json.dumps([{"success": True}] * 1001).encode(),
        b" " * (1024 * 1024 + 1),
    ],
    ids=lambda body: str(len(body)),
)
def test_what_is_no_list_of_receipts(body: bytes) -> None:
    sms, _ = an_sms()
    with pytest.raises(BadInput):
        sms.reports(body)


def test_the_receipts_secret_and_answer() -> None:
    sms, _ = an_sms()
    assert sms.is_receipt_secret("r" * 24)
    assert not sms.is_receipt_secret("r" * 23)
    assert not sms.is_receipt_secret("é")
    assert json.loads(sms.acknowledge().body) == {"code": 0, "msg": "接收成功"}

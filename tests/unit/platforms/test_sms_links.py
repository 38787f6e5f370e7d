"""An SMS with a link: what is sent of it, and the message without it where it does not fit."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from server.core.errors import NotSent, OutcomeUnknown, OutsideRefusal
from tests.unit.platforms.aliyun_sms import NOTICE, PHONE, WITH_LINK, parameters_of, sms_with_link
from tests.unit.platforms.played import Answer, plain


@pytest.mark.asyncio
async def test_of_a_link_only_what_stands_behind_the_template_s_address_is_sent() -> None:
    sms, transport = sms_with_link(plain({"Code": "OK", "BizId": "1^0"}))
    assert sms.carries_link("payment_booked")
    assert not sms.carries_link("refund_arrived")
    assert await sms.send(PHONE, WITH_LINK, "1") == "1^0"
    given = parameters_of(transport.sent[0])
    assert given["TemplateCode"] == "SMS_71390008"
    assert json.loads(given["TemplateParam"]) == {"customer": "张*", "path": "AbC-1_2"}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "link",
    [
        "", "https://wxaurl.cn/", "https://wxmpurl.cn/AbC", "http://wxaurl.cn/AbC", "https://wxaurl.cn/" + "a" * 36,
        "https://wxaurl.cn/a?b=c", "https://wxaurl.cn/a b",
    ],
)  # fmt: skip
async def test_a_link_that_does_not_fit_is_left_out(link: str) -> None:
    sms, transport = sms_with_link(plain({"Code": "OK", "BizId": "1^0"}))
    await sms.send(PHONE, replace(NOTICE, link=link), "1")
    assert parameters_of(transport.sent[0])["TemplateCode"] == "SMS_71390007"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "code", ["isv.SMS_TEMPLATE_ILLEGAL", "isv.PARAM_NOT_SUPPORT_URL", "isv.TEMPLATE_PARAMS_ILLEGAL"]
)
async def test_a_refused_template_with_a_link_does_not_keep_the_message_from_being_sent(code: str) -> None:
    sms, transport = sms_with_link(plain({"Code": code}), plain({"Code": "OK", "BizId": "2^0"}))
    assert await sms.send(PHONE, WITH_LINK, "1") == "2^0"
    assert [parameters_of(request)["TemplateCode"] for request in transport.sent] == ["SMS_71390008", "SMS_71390007"]
    assert {parameters_of(request)["OutId"] for request in transport.sent} == {"1"}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (plain({"Code": "isv.MOBILE_NUMBER_ILLEGAL"}), OutsideRefusal),
        (plain({"Code": "InternalError"}, 500), OutcomeUnknown),
        (plain({"Code": "isp.SYSTEM_ERROR"}), NotSent),
    ],
)
async def test_what_is_no_fault_of_the_template_is_not_sent_a_second_time(
    answer: Answer, error: type[Exception]
) -> None:
    sms, transport = sms_with_link(answer)
    with pytest.raises(error):
        await sms.send(PHONE, WITH_LINK, "1")
    assert len(transport.sent) == 1

"""An SMS account at Aliyun, and the parameters that it sends."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from server.core.ports import HttpRequest
from server.patients.contact_ports import OutgoingMessage
from server.platforms.aliyun.account import AliyunSmsConfig, LinkedTemplate, SmsTemplate
from server.platforms.aliyun.aliyun import AliyunSms
from tests.unit.platforms.played import Answer, ScriptedTransport

PHONE = "13800000001"
CONFIG = AliyunSmsConfig(
    access_key_id="testId",
    access_key_secret="testSecret",
    sign_name="阿里云短信测试专用",
    receipt_secret="r" * 24,
    templates={
        "payment_booked": SmsTemplate(template_code="SMS_71390007", variables={"customer": "patient", "where": "guide"})
    },
)
NOTICE = OutgoingMessage(
    purpose="payment_booked", values={"patient": "张*", "guide": "请到二楼\n采血处"}, url="https://x"
)


def an_sms(*answers: Answer) -> tuple[AliyunSms, ScriptedTransport]:
    transport = ScriptedTransport(*answers)
    return AliyunSms(CONFIG, transport), transport


def parameters_of(request: HttpRequest) -> dict[str, str]:
    query = parse_qsl(urlsplit(request.url).query, keep_blank_values=True, strict_parsing=True)
    return dict(query + parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True))


LINKED = LinkedTemplate(
    template_code="SMS_71390008", variables={"customer": "patient"}, address="https://wxaurl.cn/", link_variable="path"
)
WITH_LINK = replace(NOTICE, link="https://wxaurl.cn/AbC-1_2")


def sms_with_link(*answers: Answer) -> tuple[AliyunSms, ScriptedTransport]:
    transport = ScriptedTransport(*answers)
    return AliyunSms(replace(CONFIG, linked={"payment_booked": LINKED}), transport), transport

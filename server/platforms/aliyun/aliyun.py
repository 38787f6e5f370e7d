"""SMS by Aliyun's dysmsapi as ports.Sms (docs/protocols/aliyun_sms.md sections 4 to 7)."""

from __future__ import annotations

import hmac
import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.core.errors import OutcomeUnknown, OutsideRefusal
from server.core.ports import HttpResponse, RawReply, Transport
from server.patients.contact_ports import NO_TEMPLATE, DeliveryReport, OutgoingMessage
from server.platforms.aliyun.account import SYSTEM, AliyunSmsConfig, LinkedTemplate, SmsTemplate
from server.platforms.aliyun.errors import error_of
from server.platforms.aliyun.receipts import read_reports
from server.platforms.aliyun.request import SignedRequests
from server.platforms.aliyun.values import fitting, shorter

log = logging.getLogger("zhenfu.sms")

LINK_TAIL = re.compile(r"[0-9A-Za-z_\-/]+")
TOO_LONG = "isv.PARAM_LENGTH_LIMIT"
TEMPLATES_FAULT = frozenset(
    {
        "isv.SMS_TEMPLATE_ILLEGAL",
        "isv.TEMPLATE_MISSING_PARAMETERS",
        "isv.TEMPLATE_PARAMS_ILLEGAL",
        TOO_LONG,
        "isv.PARAM_NOT_SUPPORT_URL",
        "isv.BLACK_KEY_CONTROL_LIMIT",
        "isv.SMS_CONTENT_ILLEGAL",
    }
)
"""Said of a template or its values, before anything is sent: the one without a link may do."""
PAGE_SIZE = 50
PAGES_MAX = 4
"""A number gets at most 40 messages a day, so one page is the rule; the bound is against an endless answer."""


class _Said(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)
    Code: str = Field(min_length=1, max_length=128)


class _Sent(_Said):
    BizId: str = ""


class _Detail(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)
    OutId: str | None = None


class _Details(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)
    SmsSendDetailDTO: list[_Detail]


class _Found(_Said):
    """An answer without a list does not say that nothing was sent."""

    SmsSendDetailDTOs: _Details


_Answer = TypeVar("_Answer", bound=_Said)


class AliyunSms:
    def __init__(self, config: AliyunSmsConfig, transport: Transport, timeout_s: float = 5.0) -> None:
        self._config = config
        self._transport = transport
        self._requests = SignedRequests(config, timeout_s)

    async def send(self, phone: str, notice: OutgoingMessage, out_id: str) -> str:
        """The BizId. A call is never repeated here: an unknown outcome is looked up by ``was_sent`` first. Only what was refused
        before it was sent is tried once more: without the link, and with shorter values.

        Raises OutsideRefusal (reason_code: Aliyun's, or NO_TEMPLATE when the hospital has none for this purpose),
        OutcomeUnknown, NotSent.
        """
        template = self._config.templates.get(notice.purpose)
        if template is None:
            raise OutsideRefusal(SYSTEM, NO_TEMPLATE, notice.purpose)
        linked, tail = self._config.linked.get(notice.purpose), ""
        if linked is not None and notice.link:
            tail = _behind(linked, notice.link)
        if linked is not None and tail:
            try:
                return await self._sent(phone, linked, notice, out_id, {linked.link_variable: tail})
            except OutsideRefusal as refusal:
                if refusal.reason_code not in TEMPLATES_FAULT:
                    raise
        try:
            return await self._sent(phone, template, notice, out_id, {})
        except OutsideRefusal as refusal:
            if refusal.reason_code != TOO_LONG:
                raise
        most = shorter(template.chars_max)
        log.warning("template=%s variables hold less than %d: set value_chars_max", template.template_code, most + 1)
        return await self._sent(phone, replace(template, chars_max=most), notice, out_id, {})

    async def _sent(
        self, phone: str, template: SmsTemplate, notice: OutgoingMessage, out_id: str, more: Mapping[str, str]
    ) -> str:
        most = template.chars_max
        values = {name: fitting(notice.values.get(value, ""), most) for name, value in template.variables.items()}
        parameters = {
            "PhoneNumbers": phone,
            "SignName": self._config.sign_name,
            "TemplateCode": template.template_code,
            "TemplateParam": json.dumps({**values, **more}, ensure_ascii=False, separators=(",", ":")),
            "OutId": out_id,
        }
        return (await self._call("SendSms", parameters, _Sent)).BizId

    def carries_link(self, purpose: str) -> bool:
        return purpose in self._config.linked

    async def was_sent(self, phone: str, out_id: str, day: date) -> bool:
        """Does Aliyun list a message with this OutId on ``day``, when it came to it? (QuerySendDetails, docs/protocols/aliyun_sms.md)"""
        for page in range(1, PAGES_MAX + 1):
            parameters = {
                "PhoneNumber": phone,
                "SendDate": f"{day:%Y%m%d}",
                "PageSize": str(PAGE_SIZE),
                "CurrentPage": str(page),
            }
            details = (await self._call("QuerySendDetails", parameters, _Found)).SmsSendDetailDTOs.SmsSendDetailDTO
            if any(detail.OutId == out_id for detail in details):
                return True
            if len(details) < PAGE_SIZE:
                return False
        return False

    def is_receipt_secret(self, secret: str) -> bool:
        return hmac.compare_digest(secret.encode(), self._config.receipt_secret.encode())

    def reports(self, body: bytes) -> Sequence[DeliveryReport]:
        return read_reports(body)

    def acknowledge(self) -> RawReply:
        body = json.dumps({"code": 0, "msg": "接收成功"}, ensure_ascii=False).encode()
        return RawReply(status=200, body=body, content_type="application/json; charset=utf-8")

    async def _call(self, action: str, parameters: dict[str, str], kind: type[_Answer]) -> _Answer:
        response = await self._transport.send(self._requests.make(action, parameters))
        code = _read(_Said, response).Code
        if response.status != 200 or code != "OK":
            raise error_of(response.status, code)
        return _read(kind, response)


def _read(kind: type[_Answer], response: HttpResponse) -> _Answer:
    try:
        return kind.model_validate_json(response.body)
    except ValidationError as error:
        raise OutcomeUnknown(SYSTEM, f"HTTP {response.status} without a readable answer") from error


def _behind(linked: LinkedTemplate, link: str) -> str:
    """What of ``link`` stands behind the address in the template's text; nothing if it leads elsewhere or does not fit."""
    tail = link.removeprefix(linked.address)
    fits = tail != link and len(tail) <= linked.chars_max and LINK_TAIL.fullmatch(tail)
    return tail if fits else ""

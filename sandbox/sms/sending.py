"""Messages: checked, taken, delivered a little later, reported by a pushed receipt and by QuerySendDetails (sections 4, 5, 7)."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any

from sandbox.sms.errors import Business, missing
from sandbox.sms.limits import Limits
from sandbox.sms.templates import BY_CODE, SIGN_NAME
from sandbox.world.chance import CHINA
from sandbox.world.deliveries import Sort
from sandbox.world.scene import Scene
from sandbox.world.wire import Outbound, Record, read_json

SMS, OF_PHONE, COUNT = "sms.message", "sms.phone", "sms.count"
RECEIPT = "notify.sms"
RECEIPT_TIMEOUT_S = 0.7
NUMBERS_MAX, BATCH_MAX = 1000, 100
OUT_ID_BYTES = 255
QUERY_DAYS = 30
PAGES_MAX = 10**6
_PHONE = re.compile(r"(?:\+|\+?86|0086)?(1\d{10})")


class Sending:
    """``receipt_url`` is where the console was told to push receipts; None: nowhere."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._limits = Limits(scene)
        self.receipt_url: str | None = None
        retries = Sort(self._receipt, _received, lambda: scene.faults.settings["sms_receipt_retries"])
        scene.deliveries.sorts[RECEIPT] = retries
        scene.faults.places.add(RECEIPT)

    # ---- sending -------------------------------------------------------------------------------------------------------------------

    def send(self, params: dict[str, str], fault: Record) -> Record:
        """SendSms. Raises Gateway, Business."""
        for name in ("PhoneNumbers", "SignName", "TemplateCode"):
            if not params.get(name):
                raise missing(name)
        numbers = params["PhoneNumbers"].split(",")
        if len(numbers) > NUMBERS_MAX:
            raise Business("isv.MOBILE_COUNT_OVER_LIMIT", "手机号码数量超过限制")
        text = params.get("TemplateParam")
        values = _object(text) if text else {}
        return self._take([(number, params["SignName"], values) for number in numbers], params, fault)

    def send_batch(self, params: dict[str, str], fault: Record) -> Record:
        """SendBatchSms. Raises Gateway, Business."""
        for name in ("PhoneNumberJson", "SignNameJson", "TemplateCode"):
            if not params.get(name):
                raise missing(name)
        numbers, signs = _array(params["PhoneNumberJson"]), _array(params["SignNameJson"])
        text = params.get("TemplateParamJson")
        values = _array(text) if text else [{} for _ in numbers]
        if len(numbers) > BATCH_MAX:
            raise Business("isv.MOBILE_COUNT_OVER_LIMIT", "手机号码数量超过限制")
        if not len(numbers) == len(signs) == len(values):
            raise Business("isv.INVALID_PARAMETERS", "号码、签名、变量的个数不一致")
        each = [
            (str(number), str(sign), _checked(given))
            for number, sign, given in zip(numbers, signs, values, strict=True)
        ]
        return self._take(each, params, fault)

    def _take(self, each: list[tuple[str, str, dict[str, str]]], params: dict[str, str], fault: Record) -> Record:
        """All of them or none, under one BizId."""
        template = BY_CODE.get(params["TemplateCode"])
        if template is None:
            raise Business("isv.SMS_TEMPLATE_ILLEGAL", "模板不合法(不存在或被拉黑)")
        if len(params.get("OutId", "").encode()) > OUT_ID_BYTES:
            raise Business("isv.INVALID_PARAMETERS", "OutId 不得超过 255 字节")
        phones = []
        for number, sign, values in each:
            match = _PHONE.fullmatch(number)
            if match is None:
                raise Business("isv.MOBILE_NUMBER_ILLEGAL", f"{number}号码格式错误")
            if sign != SIGN_NAME:
                raise Business("isv.SMS_SIGNATURE_ILLEGAL", "签名不合法(不存在或被拉黑)")
            template.check(values, self._scene.faults.settings["sms_variable_chars"])
            phones.append(match[1])
        self._limits.use(phones, is_code=template.purpose == "card_code")
        biz_id = f"{self._scene.dice.digits(18)}^0"
        for phone, (_, _, values) in zip(phones, each, strict=True):
            message = {
                "phone": phone, "sender": SIGN_NAME, "template_code": template.code, "text": template.text(values),
                "out_id": params.get("OutId", ""), "biz_id": biz_id, "params": values,
            }  # fmt: skip
            self._keep(
                message, fault.get("code", "MOBILE_NOT_ON_SERVICE") if fault["what"] == "undelivered" else "DELIVERED"
            )
        return {"BizId": biz_id}

    def _keep(self, message: Record, result: str) -> None:
        now, takes = self._scene.clock.now(), self._scene.faults.settings["sms_receipt_seconds"]
        arrives = (now + timedelta(seconds=takes)).isoformat()
        key, phone, records = f"{message['phone']}:{message['biz_id']}", message["phone"], self._scene.records
        kept = {"at": now.isoformat(timespec="seconds"), **message, "result": result, "arrives": arrives}
        records.put(SMS, key, kept)
        place = self._count(phone)
        records.put(OF_PHONE, f"{phone}:{place}", {"key": key})
        records.put(COUNT, phone, {"count": place + 1})
        self._scene.tell("sms", phone)
        if self.receipt_url:
            self._scene.deliveries.add(RECEIPT, key, {"key": key}, now, takes)

    # ---- asking --------------------------------------------------------------------------------------------------------------------

    def details(self, params: dict[str, str], fault: Record) -> Record:
        """QuerySendDetails, newest first. Raises Gateway, Business."""
        for name in ("PhoneNumber", "SendDate", "PageSize", "CurrentPage"):
            if not params.get(name):
                raise missing(name)
        match, day = _PHONE.fullmatch(params["PhoneNumber"]), _day(params["SendDate"])
        if match is None:
            raise Business("isv.MOBILE_NUMBER_ILLEGAL", "号码格式错误")
        if not 0 <= (self._scene.clock.now() - day).days <= QUERY_DAYS:
            raise Business("isv.INVALID_PARAMETERS", "只能查询最近 30 天")
        size, page = params["PageSize"], params["CurrentPage"]
        if not _is_count(size, 50) or not _is_count(page, PAGES_MAX):
            raise Business("isv.INVALID_PARAMETERS", "PageSize 1-50, CurrentPage 从 1 开始")
        found = [
            m for m in self._of(match[1])
            if m["at"][:10] == day.date().isoformat() and params.get("BizId") in (None, "", m["biz_id"])
        ]  # fmt: skip
        start = (int(page) - 1) * int(size)
        shown = [self._detail(message) for message in found[::-1][start : start + int(size)]]
        return {"TotalCount": len(found), "SmsSendDetailDTOs": {"SmsSendDetailDTO": shown}}

    def _of(self, phone: str) -> list[Record]:
        records = self._scene.records
        places = (records.get(OF_PHONE, f"{phone}:{n}") for n in range(self._count(phone)))
        kept = (records.get(SMS, place["key"]) for place in places if place is not None)
        return [message for message in kept if message is not None]

    def _count(self, phone: str) -> int:
        counted = self._scene.records.get(COUNT, phone)
        return int(counted["count"]) if counted else 0

    def _detail(self, message: Record) -> Record:
        is_there = datetime.fromisoformat(message["arrives"]) <= self._scene.clock.now()
        told = {
            "PhoneNum": message["phone"], "SendStatus": 1, "ErrCode": "", "TemplateCode": message["template_code"],
            "Content": message["text"], "SendDate": _moment(message["at"]), "OutId": message["out_id"],
        }  # fmt: skip
        if not is_there:
            return told
        status = 3 if message["result"] == "DELIVERED" else 2
        return told | {"SendStatus": status, "ErrCode": message["result"], "ReceiveDate": _moment(message["arrives"])}

    def received_by(self, phone: str) -> list[Record]:
        """What a person reads: a message that is not delivered is not there."""
        hidden = {"result", "arrives"}
        return [
            {name: value for name, value in message.items() if name not in hidden}
            for message in self._of(phone)
            if message["result"] == "DELIVERED"
        ]

    def _receipt(self, payload: Record, fault: Record | None) -> Outbound:
        message = self._scene.records.get(SMS, payload["key"]) or {}
        is_delivered, length = message["result"] == "DELIVERED", len(message["text"])
        report = {
            "phone_number": message["phone"], "send_time": _moment(message["at"]), "report_time": _moment(message["arrives"]),
            "success": is_delivered, "err_code": message["result"], "err_msg": "用户接收成功" if is_delivered else "短信未送达",
            "sms_size": str(1 if length <= 70 else -(-length // 67)), "biz_id": message["biz_id"], "out_id": message["out_id"],
        }  # fmt: skip
        body = (
            b"not JSON" if fault and fault["what"] == "garbled" else json.dumps([report], ensure_ascii=False).encode()
        )
        headers = {"Content-Type": "application/json; charset=utf-8"}
        return Outbound(url=self.receipt_url or "", body=body, headers=headers, timeout_s=RECEIPT_TIMEOUT_S)


def _is_count(text: str, most: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= most


def _received(status: int, body: bytes) -> bool:
    try:
        return status == 200 and isinstance(json.loads(body)["code"], int)
    except (ValueError, KeyError, TypeError):
        return False


def _object(text: str) -> dict[str, str]:
    try:
        return _checked(read_json(text))
    except ValueError:
        raise Business("isv.INVALID_JSON_PARAM", "参数格式错误，请修改为字符串值") from None


def _array(text: str) -> list[Any]:
    try:
        values = read_json(text)
    except ValueError:
        values = None
    if not isinstance(values, list) or not values:
        raise Business("isv.INVALID_JSON_PARAM", "参数格式错误，要求为 JSON 数组")
    return values


def _checked(values: Any) -> dict[str, str]:
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise Business("isv.INVALID_JSON_PARAM", "参数格式错误，请修改为字符串值")
    return values


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=CHINA)
    except ValueError:
        raise Business("isv.INVALID_PARAMETERS", "SendDate 格式应为 yyyyMMdd") from None


def _moment(stamp: str) -> str:
    return datetime.fromisoformat(stamp).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")

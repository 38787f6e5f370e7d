"""Messages: checked, taken, delivered a little later, reported by a pushed receipt and by QuerySendDetails (sections 4, 5, 7)."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

from sandbox.sms.errors import Business
from sandbox.sms.fields import Details, Send, SendBatch, read
from sandbox.sms.limits import Limits
from sandbox.sms.templates import BY_CODE, CODES, SIGN_NAME
from sandbox.world.chance import CHINA
from sandbox.world.deliveries import Sort
from sandbox.world.scene import Scene
from sandbox.world.wire import Outbound, Record

SMS, OF_PHONE, COUNT = "sms.message", "sms.phone", "sms.count"
RECEIPT = "notify.sms"
RECEIPT_TIMEOUT_S = 0.7
QUERY_DAYS = 30
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
        asked = read(params, Send)
        each = [(number, asked.SignName, asked.TemplateParam) for number in asked.PhoneNumbers]
        return self._take(each, asked.TemplateCode, asked.OutId, fault)

    def send_batch(self, params: dict[str, str], fault: Record) -> Record:
        """SendBatchSms. Raises Gateway, Business."""
        asked = read(params, SendBatch)
        each = [
            (str(number), str(sign), values)
            for number, sign, values in zip(asked.PhoneNumberJson, asked.SignNameJson, asked.values, strict=True)
        ]
        return self._take(each, asked.TemplateCode, asked.OutId, fault)

    def _take(
        self, each: list[tuple[str, str, dict[str, str]]], template_code: str, out_id: str, fault: Record
    ) -> Record:
        """All of them or none, under one BizId."""
        template = BY_CODE.get(template_code)
        if template is None:
            raise Business("isv.SMS_TEMPLATE_ILLEGAL", "模板不合法(不存在或被拉黑)")
        phones = []
        for number, sign, values in each:
            match = _PHONE.fullmatch(number)
            if match is None:
                raise Business("isv.MOBILE_NUMBER_ILLEGAL", f"{number}号码格式错误")
            if sign != SIGN_NAME:
                raise Business("isv.SMS_SIGNATURE_ILLEGAL", "签名不合法(不存在或被拉黑)")
            template.check(values, self._scene.faults.settings["sms_variable_chars"])
            phones.append(match[1])
        self._limits.use(phones, is_code=template.purpose in CODES)
        biz_id = f"{self._scene.dice.digits(18)}^0"
        for phone, (_, _, values) in zip(phones, each, strict=True):
            message = {
                "phone": phone, "sender": SIGN_NAME, "template_code": template.code, "text": template.text(values),
                "out_id": out_id, "biz_id": biz_id, "params": values,
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
        asked = read(params, Details)
        match = _PHONE.fullmatch(asked.PhoneNumber)
        if match is None:
            raise Business("isv.MOBILE_NUMBER_ILLEGAL", "号码格式错误")
        if not 0 <= (self._scene.clock.now() - asked.SendDate).days <= QUERY_DAYS:
            raise Business("isv.INVALID_PARAMETERS", "只能查询最近 30 天")
        found = [
            m for m in self._of(match[1])
            if m["at"][:10] == asked.SendDate.date().isoformat() and asked.BizId in ("", m["biz_id"])
        ]  # fmt: skip
        start = (asked.CurrentPage - 1) * asked.PageSize
        shown = [self._detail(message) for message in found[::-1][start : start + asked.PageSize]]
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


def _received(status: int, body: bytes) -> bool:
    try:
        return status == 200 and isinstance(json.loads(body)["code"], int)
    except (ValueError, KeyError, TypeError):
        return False


def _moment(stamp: str) -> str:
    return datetime.fromisoformat(stamp).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")

"""The platform's face: one path, the action in the parameters."""

from __future__ import annotations

import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from sandbox.sms.signature import signature, text_to_sign
from sandbox.sms.templates import BY_CODE, SIGN_NAME
from sandbox.world.chance import CHINA
from sandbox.world.deliveries import Sort
from sandbox.world.scene import Scene
from sandbox.world.wire import Outbound, Record, Request, Response, json_response

SMS, NONCE = "sms.message", "sms.nonce"
RECEIPT = "notify.sms"
RECEIPT_RETRIES_S = (60, 300, 600)
RECEIPT_AFTER_S = 1.0
WINDOW = timedelta(minutes=15)
_PHONE = re.compile(r"(?:\+?86|0086)?(1\d{10})")


class Gateway(Exception):
    """A gateway error (section 6)."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


class Business(Exception):
    """A business refusal (section 5): HTTP 200 with another Code than OK."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code, self.message = code, message


class SmsPlatform:
    """``receipt_url`` is where the console was told to push receipts; None: nowhere."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.receipt_url: str | None = None
        scene.deliveries.sorts[RECEIPT] = Sort(self._receipt, _received, RECEIPT_RETRIES_S)

    def where(self, request: Request) -> str:
        action = self._params(request).get("Action", "")
        return {"SendSms": "sms.send", "QuerySendDetails": "sms.query"}.get(action, "sms.unknown")

    def _params(self, request: Request) -> dict[str, str]:
        form = request.body.decode("utf-8", "replace") if request.method == "POST" else ""
        return {**request.query, **dict(parse_qsl(form, keep_blank_values=True))}

    def handle(self, request: Request, fault: Record | None = None) -> Response:
        request_id = str(UUID(int=int(self._scene.dice.upper_hex(32), 16))).upper()
        params = self._params(request)
        try:
            self._check(request.method, params)
            if fault is not None and fault["what"] == "refuse":
                raise Business(
                    fault.get("code", "isv.BUSINESS_LIMIT_CONTROL"), fault.get("message", "触发分钟级流控Permits:1")
                )
            data = self._send(params) if params["Action"] == "SendSms" else self._details(params)
            return json_response({"RequestId": request_id, "Code": "OK", "Message": "OK", **data})
        except Business as refused:
            return json_response({"RequestId": request_id, "Code": refused.code, "Message": refused.message})
        except Gateway as error:
            told = {
                "RequestId": request_id,
                "HostId": request.host,
                "Code": error.code,
                "Message": error.message,
                "Recommend": "",
            }
            return json_response(told, error.status)

    def _check(self, method: str, params: dict[str, str]) -> None:
        now = self._scene.clock.now()
        if params.get("Version") != "2017-05-25":
            raise Gateway(400, "InvalidVersion", "Specified parameter Version is not valid.")
        if params.get("Action") not in {"SendSms", "QuerySendDetails"}:
            raise Gateway(
                404, "InvalidAction.NotFound", "Specified api is not found, please check your url and method."
            )
        if params.get("AccessKeyId") != self._scene.keys["sms_key_id"]:
            raise Gateway(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
        try:
            signed_at = datetime.strptime(params.get("Timestamp", ""), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            signed_at = datetime.fromtimestamp(0, UTC)
        if abs(now - signed_at) > WINDOW:
            raise Gateway(400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")
        right = signature(self._scene.keys["sms_key_secret"], method, params)
        if params.get("SignatureMethod") != "HMAC-SHA1" or not hmac.compare_digest(right, params.get("Signature", "")):
            hint = text_to_sign(method, params)
            raise Gateway(
                400,
                "SignatureDoesNotMatch",
                f"Specified signature is not matched with our calculation. server string to sign is:{hint}",
            )
        nonce = params.get("SignatureNonce", "")
        known = self._scene.records.get(NONCE, nonce)
        if not nonce or (known is not None and datetime.fromisoformat(known["until"]) > now):
            raise Gateway(400, "SignatureNonceUsed", "Specified signature nonce was used already.")
        self._scene.records.put(NONCE, nonce, {"until": (now + WINDOW).isoformat()})

    def _send(self, params: dict[str, str]) -> Record:
        for name in ("PhoneNumbers", "SignName", "TemplateCode"):
            if not params.get(name):
                raise Gateway(400, f"Missing{name}", f"{name} is mandatory for this action.")
        match = _PHONE.fullmatch(params["PhoneNumbers"])
        if match is None:
            raise Business("isv.MOBILE_NUMBER_ILLEGAL", "号码格式错误")
        if params["SignName"] != SIGN_NAME:
            raise Business("isv.SMS_SIGNATURE_ILLEGAL", "签名不合法(不存在或被拉黑)")
        template = BY_CODE.get(params["TemplateCode"])
        if template is None:
            raise Business("isv.SMS_TEMPLATE_ILLEGAL", "模板不合法(不存在或被拉黑)")
        values = _values(params.get("TemplateParam", "{}"))
        missing = [name for name in template.names if name not in values]
        if missing:
            raise Business("isv.TEMPLATE_MISSING_PARAMETERS", f"模板变量中存在未传递参数的变量: {missing[0]}")
        if any("http://" in value or "https://" in value for value in values.values()):
            raise Business("isv.PARAM_NOT_SUPPORT_URL", "变量不支持传入URL")
        now = self._scene.clock.now()
        biz_id = f"{self._scene.dice.digits(18)}^0"
        message = {
            "at": now.isoformat(timespec="seconds"), "phone": match[1], "sender": SIGN_NAME, "template_code": template.code,
            "text": template.text(values), "out_id": params.get("OutId", ""), "biz_id": biz_id, "params": values,
        }  # fmt: skip
        self._scene.records.put(SMS, biz_id, message)
        person = self._scene.person(match[1])
        self._scene.events.tell("sms", person.number if person else None)
        if self.receipt_url:
            self._scene.deliveries.add(RECEIPT, biz_id, {"biz_id": biz_id}, now, RECEIPT_AFTER_S)
        return {"BizId": biz_id}

    def _details(self, params: dict[str, str]) -> Record:
        if not re.fullmatch(r"\d{8}", params.get("SendDate", "")):
            raise Business("isv.INVALID_PARAMETERS", "SendDate 格式应为 yyyyMMdd")
        size, page = params.get("PageSize", ""), params.get("CurrentPage", "")
        if not size.isdigit() or not 1 <= int(size) <= 50 or not page.isdigit() or int(page) < 1:
            raise Business("isv.INVALID_PARAMETERS", "PageSize 1-50, CurrentPage 从 1 开始")
        day = params["SendDate"]
        found = [
            m for m in self._scene.records.all(SMS)
            if m["phone"] == params.get("PhoneNumber", "")[-11:] and m["at"][:10].replace("-", "") == day
            and params.get("BizId", m["biz_id"]) == m["biz_id"]
        ]  # fmt: skip
        start = (int(page) - 1) * int(size)
        shown = [_detail(message) for message in found[::-1][start : start + int(size)]]
        return {"TotalCount": len(found), "SmsSendDetailDTOs": {"SmsSendDetailDTO": shown}}

    def received_by(self, phone: str) -> list[Record]:
        return [message for message in self._scene.records.all(SMS) if message["phone"] == phone]

    def _receipt(self, payload: Record, fault: Record | None) -> Outbound:
        message = self._scene.records.get(SMS, payload["biz_id"]) or {}
        at = datetime.fromisoformat(message["at"]).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
        report = {
            "phone_number": message["phone"], "send_time": at, "report_time": at, "success": True, "err_code": "DELIVERED",
            "err_msg": "用户接收成功", "sms_size": "1", "biz_id": message["biz_id"], "out_id": message["out_id"],
        }  # fmt: skip
        body = json.dumps([report], ensure_ascii=False).encode()
        return Outbound(
            url=self.receipt_url or "", body=body, headers={"Content-Type": "application/json; charset=utf-8"}
        )


def _received(status: int, body: bytes) -> bool:
    try:
        return status == 200 and isinstance(json.loads(body)["code"], int)
    except (ValueError, KeyError, TypeError):
        return False


def _values(text: str) -> dict[str, str]:
    try:
        values: Any = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise Business("isv.INVALID_JSON_PARAM", "参数格式错误，要求为 JSON，值为字符串")
    return values


def _detail(message: Record) -> Record:
    at = datetime.fromisoformat(message["at"]).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
    return {
        "PhoneNum": message["phone"], "SendStatus": 3, "ErrCode": "DELIVERED", "TemplateCode": message["template_code"],
        "Content": message["text"], "SendDate": at, "ReceiveDate": at, "OutId": message["out_id"],
    }  # fmt: skip

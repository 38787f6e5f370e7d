"""A customer of Aliyun SMS, written from docs/protocols/aliyun_sms.md section 2: signs calls in process."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, timedelta
from itertools import count
from typing import Any
from urllib.parse import quote, urlencode

from sandbox.controls import views
from sandbox.world.wire import Request
from tests.sandbox.world import Record, World

_nonces = count(1)
GOOD = {"name": "张**", "money": "12.00", "why": "医院系统未能入账", "no": "ZF20260302ABCDEFGHJK"}


def pe(text: str) -> str:
    return quote(text, safe="-_.~")


class Customer:
    def __init__(self, world: World) -> None:
        self.world = world
        self.given = world.credentials["sms"]
        self.phone: str = world.credentials["people"][0]["phone"]

    def received(self) -> list[Record]:
        """As the person's phone has it."""
        inbox = views.inbox(self.world.outside, self.world.outside.scene.people[0])
        messages: list[Record] = inbox["sms"]
        return messages

    def common(self, action: str, seconds_off: float) -> dict[str, str]:
        moment = self.world.time().astimezone(UTC) + timedelta(seconds=seconds_off)
        return {
            "Action": action, "Version": "2017-05-25", "Format": "JSON", "AccessKeyId": self.given["access_key_id"],
            "SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0", "SignatureNonce": f"nonce-{next(_nonces)}",
            "Timestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }  # fmt: skip

    def request(
        self, action: str, method: str = "POST", *, seconds_off: float = 0, secret: str = "", **params: str
    ) -> Request:
        """In a POST half of the parameters stand in the query, half in the form: all of them are signed."""
        told = {name: value for name, value in (self.common(action, seconds_off) | params).items() if value is not ...}
        canonical = "&".join(f"{pe(name)}={pe(told[name])}" for name in sorted(told))
        text = f"{method}&%2F&{pe(canonical)}"
        key = f"{secret or self.given['access_key_secret']}&".encode()
        told["Signature"] = base64.b64encode(hmac.new(key, text.encode(), hashlib.sha1).digest()).decode()
        if method == "GET":
            return Request(method="GET", target=f"/?{urlencode(told)}", host="sms.invalid")
        names = sorted(told)
        query, form = ({name: told[name] for name in names[start::2]} for start in (0, 1))
        if "Action" not in query:
            query["Action"] = form.pop("Action")
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return Request(
            method="POST",
            target=f"/?{urlencode(query)}",
            headers=headers,
            body=urlencode(form).encode(),
            host="sms.invalid",
        )

    def ask(self, action: str, method: str = "POST", **params: Any) -> tuple[int, Record]:
        response = self.world.ask(self.request(action, method, **params))
        return response.status, json.loads(response.body)

    def send(
        self, purpose: str = "payment_returned", values: Record | None = None, **changed: Any
    ) -> tuple[int, Record]:
        params = {
            "PhoneNumbers": self.phone, "SignName": self.given["sign_name"], "OutId": "ZF1",
            "TemplateCode": self.given["templates"][purpose]["template_code"],
            "TemplateParam": json.dumps(values if values is not None else GOOD, ensure_ascii=False),
        }  # fmt: skip
        return self.ask("SendSms", **(params | changed))

    def code(self) -> str:
        """A verification code is asked for; the Code of the answer."""
        _, told = self.send("card_code", {"code": "123456"})
        return f"{told['Code']} {told['Message']}" if told["Code"] != "OK" else "OK"

    def details(self, **changed: Any) -> tuple[int, Record]:
        today = self.world.time().strftime("%Y%m%d")
        params = {"PhoneNumber": self.phone, "SendDate": today, "PageSize": "10", "CurrentPage": "1"}
        return self.ask("QuerySendDetails", **(params | changed))

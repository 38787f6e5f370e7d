"""The platform's face: one path, the action in the parameters, the answer as JSON or XML."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID
from xml.sax.saxutils import escape

from sandbox.sms.errors import Business, Gateway
from sandbox.sms.gateway import GatewayCheck
from sandbox.sms.sending import Sending
from sandbox.sms.statistics import Statistics
from sandbox.world.scene import Scene
from sandbox.world.wire import Record, Request, Response, json_response

Action = Callable[[dict[str, str], Record], Record]


class SmsPlatform:
    """``receipt_url`` is where the console was told to push receipts; None: nowhere."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._gateway = GatewayCheck(scene)
        self.sending = Sending(scene)
        self._actions: dict[str, tuple[str, Action]] = {
            "SendSms": ("sms.send", self.sending.send),
            "SendBatchSms": ("sms.send", self.sending.send_batch),
            "QuerySendDetails": ("sms.query", self.sending.details),
            "QuerySendStatistics": ("sms.query", Statistics(scene).query),
        }
        scene.faults.places |= {where for where, _ in self._actions.values()}

    @property
    def receipt_url(self) -> str | None:
        return self.sending.receipt_url

    @receipt_url.setter
    def receipt_url(self, url: str | None) -> None:
        self.sending.receipt_url = url

    def received_by(self, phone: str) -> list[Record]:
        """What a person reads, oldest first."""
        return self.sending.received_by(phone)

    def where(self, request: Request) -> str:
        action = self._gateway.params(request).get("Action", "")
        return self._actions[action][0] if action in self._actions else "sms.unknown"

    def handle(self, request: Request, fault: Record | None = None) -> Response:
        request_id = str(UUID(int=int(self._scene.dice.upper_hex(32), 16))).upper()
        params = self._gateway.params(request)
        told, status = {"RequestId": request_id}, 200
        try:
            self._gateway.check(request, params, set(self._actions))
            if fault is not None and fault["what"] == "refuse":
                code, message = (
                    fault.get("code", "isv.BUSINESS_LIMIT_CONTROL"),
                    fault.get("message", "触发分钟级流控Permits:1"),
                )
                raise Business(code, message)
            told |= {"Code": "OK", "Message": "OK", **self._actions[params["Action"]][1](params, fault or {"what": ""})}
        except Business as refused:
            told |= {"Code": refused.code, "Message": refused.message}
        except Gateway as error:
            where = f"https://api.aliyun.com/troubleshoot?q={error.code}&product=Dysmsapi&requestId={request_id}"
            told |= {"HostId": request.host, "Code": error.code, "Message": error.message, "Recommend": where}
            status = error.status
        if params.get("Format") == "JSON":
            return json_response(told, status)
        name = f"{params.get('Action', '')}Response" if status == 200 else "Error"
        body = f'<?xml version="1.0" encoding="utf-8"?>{_xml(name, told)}'
        return Response(status=status, headers={"Content-Type": "text/xml;charset=utf-8"}, body=body.encode())


def _xml(name: str, value: object) -> str:
    if isinstance(value, dict):
        return f"<{name}>{''.join(_xml(key, inner) for key, inner in value.items())}</{name}>"
    if isinstance(value, list):
        return "".join(_xml(name, inner) for inner in value)
    return f"<{name}>{escape(str(value))}</{name}>"

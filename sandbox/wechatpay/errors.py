"""The platform's refusals (section 10)."""

from __future__ import annotations

from sandbox.world.wire import Record, Request, Response, json_response

STALE = "Http头Authorization值格式错误，timestamp与发起请求的时间不得超过5分钟"


class Refused(Exception):
    """An answer with HTTP ``status`` and ``{"code", "message"}``; ``number`` is the internal one at the end of Request-ID."""

    def __init__(self, status: int, code: str, message: str, detail: Record | None = None, number: int = 0) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.detail = detail
        self.number = number

    def response(self) -> Response:
        body: Record = {"code": self.code, "message": self.message}
        if self.detail is not None:
            body["detail"] = self.detail
        return json_response(body, self.status)


class Unrouted(Exception):
    """404 or 405 with an empty body: no call has this path, or not by this method."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def wrong_parameter(field: str, issue: str, value: object = None) -> Refused:
    detail = {"field": f"/{field}", "value": value, "issue": issue, "location": "body"}
    return Refused(400, "PARAM_ERROR", "参数错误", detail, 268435461)


def absent() -> Refused:
    return Refused(404, "ORDER_NOT_EXIST", "订单不存在", number=268512771)


def sign_error(request: Request, issue: str, signed: bytes, *, stale: bool = False) -> Response:
    """401, with the beginning of what the platform has tried to verify; a ``stale`` timestamp has words of its own."""
    if stale:
        return json_response({"code": "SIGN_ERROR", "message": STALE}, 401)
    detail = {
        "detail": {"issue": issue},
        "field": "signature",
        "location": "authorization",
        "sign_information": {
            "method": request.method,
            "url": request.target,
            "sign_message_length": len(signed),
            "truncated_sign_message": signed[:80].decode("utf-8", "replace"),
        },
    }
    return json_response({"code": "SIGN_ERROR", "message": "签名错误", "detail": detail}, 401)

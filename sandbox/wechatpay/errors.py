"""The platform's refusals (section 10)."""

from __future__ import annotations

from sandbox.world.wire import Record, Response, json_response


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


def wrong_parameter(field: str, issue: str, value: object = None) -> Refused:
    detail = {"field": f"/{field}", "value": value, "issue": issue, "location": "body"}
    return Refused(400, "PARAM_ERROR", "参数错误", detail, 268435461)


def absent() -> Refused:
    return Refused(404, "ORDER_NOT_EXIST", "订单不存在", number=268512771)

"""errcode answers (section 5): always HTTP 200."""

from __future__ import annotations

from sandbox.world.chance import Dice
from sandbox.world.wire import Response, json_response

TEXTS = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, "
    "more details at https://mmbizurl.cn/s/JtxxFh33r",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40023: "invalid sub button size",
    40025: "invalid sub button name size",
    40029: "invalid code",
    40030: "invalid refresh_token",
    40035: "invalid parameter",
    40037: "invalid template_id",
    40054: "invalid button url domain",
    40097: "invalid args",
    40125: "invalid appsecret",
    40163: "code been used",
    40165: "invalid weapp pagepath",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41005: "media data missing",
    41008: "missing code",
    42001: "access_token expired",
    43001: "require GET method",
    43002: "require POST method",
    43004: "require subscribe",
    44001: "empty media data",
    44002: "empty post data",
    44003: "empty news data",
    44004: "empty content",
    45002: "content size out of limit",
    45008: "article size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit mustslower retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    45072: "invalid command",
    46003: "menu no exist",
    47001: "data format error",
    47003: "argument invalid!",
    48001: "api unauthorized",
    40129: "invalid scene",
    40169: "invalid length for scene, or the data is not json string",
    40212: "invalid query",
    41030: "invalid page",
    43101: "user refuse to accept the msg",
    85401: "time limit between 1min and 30days",
    85402: "invalid env_version",
    87007: "session_key is not existd or expired",
    87008: "invalid sig_method",
    87009: "invalid signature",
}


class Errcode(Exception):
    def __init__(self, code: int, more: str = "") -> None:
        super().__init__(str(code))
        self.code = code
        self.more = more

    def response(self, dice: Dice) -> Response:
        rid = "-".join(dice.upper_hex(8).lower() for _ in range(3))
        text = f"{TEXTS.get(self.code, 'error')}{' ' + self.more if self.more else ''} rid: {rid}"
        return json_response({"errcode": self.code, "errmsg": text})

"""What windows and kiosks take and give back without Zhenfu (README.md)."""

from __future__ import annotations

from typing import Any

from tornado.web import HTTPError

from sandbox.alipay.errors import Refused as AlipayRefused
from sandbox.controls.handlers import Control
from sandbox.hospital.errors import No
from sandbox.hospital.takings import PLACES, WAYS
from sandbox.other_systems import SIDES
from sandbox.wechatpay.errors import Refused as WechatRefused
from sandbox.world.wire import Record

COUNT_MAX = 1000


def _one_of(body: Record, name: str, allowed: tuple[str, ...], usual: str) -> str:
    value = body.get(name, usual)
    if value not in allowed:
        raise HTTPError(400, f"{name} is one of {', '.join(filter(None, allowed))}")
    return str(value)


def _whole(value: Any, name: str, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise HTTPError(400, f"{name} is a whole number from 1 to {most}")
    return value


class Take(Control):
    """``POST /sandbox/his/take {way, fen, count?, system?, missing?}``."""

    def post(self) -> None:
        body = self.body()
        way, system = _one_of(body, "way", WAYS, ""), _one_of(body, "system", tuple(PLACES), "window")
        missing = _one_of(body, "missing", ("", *SIDES), "")
        fen, count = _whole(body.get("fen"), "fen", 10**9), _whole(body.get("count", 1), "count", COUNT_MAX)
        with self.outside.scene.records.together():
            taken = [self.outside.other_systems.take(way, fen, system, missing) for _ in range(count)]
        self.write({"taken": taken})


class GiveBack(Control):
    """``POST /sandbox/his/give_back {his_trade_no, fen?, missing?}``."""

    def post(self) -> None:
        body = self.body()
        missing = _one_of(body, "missing", ("", *SIDES), "")
        fen = None if body.get("fen") is None else _whole(body["fen"], "fen", 10**9)
        try:
            with self.outside.scene.records.together():
                told = self.outside.other_systems.give_back(str(body.get("his_trade_no", "")), fen, missing)
        except No as no:
            self.fail(404 if no.code == "NO_DATA" else 409, no.code, no.message)
        except WechatRefused as refused:
            self.fail(409, refused.code, refused.message)
        except AlipayRefused as refused:
            self.fail(409, refused.sub_code, refused.sub_msg)
        else:
            self.courier.wake()
            self.write(told)


ROUTES = {r"/sandbox/his/take": Take, r"/sandbox/his/give_back": GiveBack}

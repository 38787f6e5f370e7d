"""What windows and kiosks take and give back without Zhenfu (README.md)."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from sandbox.alipay.errors import Refused as AlipayRefused
from sandbox.controls.asked import FEN_MAX, Name
from sandbox.controls.handlers import Control
from sandbox.hospital.errors import No
from sandbox.hospital.takings import System, Way
from sandbox.other_systems import Side
from sandbox.wechatpay.errors import Refused as WechatRefused
from sandbox.world.shapes import ABSENT, Asked, worded

COUNT_MAX = 1000
Fen = Annotated[int, Field(ge=1, le=FEN_MAX)]
FEN = worded(f"a whole number from 1 to {FEN_MAX}")
Missing = Annotated[Literal[""] | Side, worded(f"one of {', '.join(get_args(Side))}")]


class Taken(Asked):
    way: Annotated[Way, worded(f"one of {', '.join(get_args(Way))}")] = ABSENT
    fen: Annotated[Fen, FEN] = ABSENT
    count: Annotated[int, Field(ge=1, le=COUNT_MAX), worded(f"a whole number from 1 to {COUNT_MAX}")] = 1
    system: Annotated[System, worded(f"one of {', '.join(get_args(System))}")] = "window"
    missing: Missing = ""


class GivenBack(Asked):
    his_trade_no: Name = ""
    fen: Annotated[Fen | None, FEN] = None
    missing: Missing = ""


class Take(Control):
    """``POST /sandbox/his/take {way, fen, count?, system?, missing?}``."""

    def post(self) -> None:
        asked, systems = self.asked(Taken), self.outside.other_systems
        with self.outside.scene.records.together():
            taken = [systems.take(asked.way, asked.fen, asked.system, asked.missing) for _ in range(asked.count)]
        self.write({"taken": taken})


class GiveBack(Control):
    """``POST /sandbox/his/give_back {his_trade_no, fen?, missing?}``."""

    def post(self) -> None:
        asked = self.asked(GivenBack)
        try:
            with self.outside.scene.records.together():
                told = self.outside.other_systems.give_back(asked.his_trade_no, asked.fen, asked.missing)
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

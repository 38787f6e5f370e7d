"""All platforms together: one request in, one answer out, no sockets. The HTTP shell and the simulation both stand on this."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sandbox.hospital.platform import PREFIX as HIS_PREFIX
from sandbox.hospital.platform import HospitalPlatform
from sandbox.sms.platform import SmsPlatform
from sandbox.wechat.callback import Callback
from sandbox.wechat.chats import Chats
from sandbox.wechat.platform import OfficialAccountPlatform
from sandbox.wechatpay.platform import WechatPay
from sandbox.world.chance import Dice, WorldClock
from sandbox.world.deliveries import Deliveries
from sandbox.world.events import Events
from sandbox.world.faults import Faults
from sandbox.world.keys import load_keys
from sandbox.world.people import invented_people
from sandbox.world.records import Records
from sandbox.world.scene import Scene
from sandbox.world.wire import Record, Request, Response

Platform = WechatPay | OfficialAccountPlatform | SmsPlatform | HospitalPlatform


@dataclass(frozen=True, slots=True)
class Struck:
    """A call and the fault rule that hits it, if one does; the shell obeys what is about time and sockets."""

    platform: Platform
    where: str
    fault: Record | None


class Outside:
    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.chats = Chats(scene)
        self.callback = Callback(scene, self.chats)
        self.official_account = OfficialAccountPlatform(scene, self.chats)
        self.wechatpay = WechatPay(scene, lambda openid: scene.person(openid) is not None)
        self.sms = SmsPlatform(scene)
        self.hospital = HospitalPlatform(scene)
        self.hospital.his.open()

    def platform_of(self, request: Request) -> Platform | None:
        """Whose call this is; None for a path that belongs to no platform's API."""
        path = request.path
        if path.startswith("/v3/"):
            return self.wechatpay
        if path.startswith(("/cgi-bin/", "/sns/")):
            return self.official_account
        if path.startswith(HIS_PREFIX):
            return self.hospital
        is_aliyun = path == "/" and ("Action=" in request.target or b"Action=" in request.body)
        return self.sms if is_aliyun else None

    def strike(self, request: Request) -> Struck | None:
        platform = self.platform_of(request)
        if platform is None:
            return None
        where = platform.where(request)
        return Struck(platform, where, self.scene.faults.strike(where))

    def answer(self, request: Request) -> Response:
        """Undisturbed, for clients that bring their own trouble."""
        platform = self.platform_of(request)
        return Response(status=404) if platform is None else platform.handle(request)

    def tick(self) -> None:
        """Let what takes time end."""
        self.wechatpay.tick()

    def next_due(self) -> datetime | None:
        moments = (self.scene.deliveries.next_due(), self.wechatpay.refunds.next_end())
        return min((moment for moment in moments if moment is not None), default=None)

    def reset(self) -> None:
        """Back to the first morning; keys stay."""
        self.scene.records.clear()
        self.scene.clock.day_set = None
        self.scene.faults.replace({"rules": [], "seed": 1, "notify_time_scale": 1.0})
        self.hospital.his.open()
        self.scene.events.tell("reset")


def open_outside(
    folder: Path | None,
    *,
    app_url: str,
    app_public_url: str,
    clock: WorldClock | None = None,
    dice: random.Random | None = None,
    keys: Record | None = None,
) -> Outside:
    """The world of ``folder`` (in memory without one). ``dice`` makes every run of a seed the same."""
    records = Records(folder / "world.sqlite3" if folder else None)
    faults = Faults()
    scene = Scene(
        keys=keys or load_keys(folder / "keys.json" if folder else None),
        records=records,
        clock=clock or WorldClock(),
        dice=Dice(dice.getrandbits(64)) if dice else Dice(),
        faults=faults,
        deliveries=Deliveries(records, faults),
        events=Events(),
        people=invented_people(),
        app_url=app_url,
        app_public_url=app_public_url,
    )
    return Outside(scene)

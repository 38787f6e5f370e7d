"""All platforms together: one request in, one answer out, no sockets. The HTTP shell and the simulation both stand on this."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sandbox.alipay.platform import SHORT_LIVED as ALIPAY_SHORT_LIVED
from sandbox.alipay.platform import AlipayPlatform
from sandbox.bank.settling import Settling
from sandbox.bank.statements import BankStatements
from sandbox.hospital.platform import PREFIX as HIS_PREFIX
from sandbox.hospital.platform import HospitalPlatform
from sandbox.other_systems import OtherSystems
from sandbox.sms.platform import SmsPlatform
from sandbox.wechat.callback import Callback
from sandbox.wechat.media import MEDIA
from sandbox.wechat.miniprogram.logins import CODE as MINI_CODE
from sandbox.wechat.miniprogram.platform import MiniProgramPlatform
from sandbox.wechat.oauth import ACCESS, CODE, REFRESH
from sandbox.wechat.outbox import SENT, Outbox
from sandbox.wechat.platform import OfficialAccountPlatform
from sandbox.wechat.tokens import ISSUED
from sandbox.wechat.users import QR
from sandbox.wechatpay.platform import WechatPay
from sandbox.world.chance import Dice, WorldClock
from sandbox.world.chats import Chats
from sandbox.world.deliveries import Deliveries
from sandbox.world.events import Events
from sandbox.world.faults import Faults
from sandbox.world.keys import load_keys
from sandbox.world.people import invented_people
from sandbox.world.records import Records
from sandbox.world.scene import Scene
from sandbox.world.wire import Outbound, Record, Request, Response

Platform = WechatPay | OfficialAccountPlatform | MiniProgramPlatform | AlipayPlatform | SmsPlatform | HospitalPlatform
CLOCK, DAY = "clock", "day"
SHORT_LIVED = (CODE, MINI_CODE, ACCESS, REFRESH, SENT, ISSUED, QR, MEDIA, *ALIPAY_SHORT_LIVED)
SWEEP = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Struck:
    """A call and the fault rule that hits it, if one does; the shell obeys what is about time and sockets."""

    platform: Platform
    where: str
    fault: Record | None


class Outside:
    def __init__(self, scene: Scene, notify_time_scale: float = 1.0) -> None:
        self.scene = scene
        self._usual_scale = notify_time_scale
        self.chats = Chats(scene, "wechat")
        outbox = Outbox(scene, self.chats)
        self.callback = Callback(scene, self.chats, outbox)
        self.official_account = OfficialAccountPlatform(scene, self.chats, outbox, self.callback)
        self.miniprogram = MiniProgramPlatform(scene)
        self.wechatpay = WechatPay(scene, self._belongs)
        self.alipay = AlipayPlatform(scene)
        self.sms = SmsPlatform(scene)
        self.hospital = HospitalPlatform(scene)
        self.other_systems = OtherSystems(scene, self.wechatpay, self.alipay, self.hospital.his.takings)
        self.bank = BankStatements(scene)
        self._settling = Settling(
            scene, {"wechat": self.wechatpay.statements.flows, "alipay": self.alipay.statements.flows}
        )
        self._swept = scene.clock.now()
        scene.faults.notify_time_scale = notify_time_scale
        self._open()

    def _open(self) -> None:
        self.scene.faults.open()
        self.hospital.his.open()
        kept = self.scene.records.get(CLOCK, DAY)
        self.scene.clock.day_set = date.fromisoformat(kept["day"]) if kept else None
        self._settling.open()

    # ---- what the app asks ---------------------------------------------------------------------------------------------------------

    def platform_of(self, request: Request) -> Platform | None:
        """Whose call this is; None for a path that belongs to no platform's API."""
        path = request.path
        if path.startswith("/v3/"):
            return self.wechatpay
        if self.miniprogram.claims(request):
            return self.miniprogram
        if path.startswith(("/cgi-bin/", "/sns/")):
            return self.official_account
        if self.alipay.claims(request):
            return self.alipay
        if path.startswith(HIS_PREFIX):
            return self.hospital
        is_aliyun = path == "/" and (
            "Action=" in request.target or b"Action=" in request.body or "x-acs-action" in request.headers
        )
        return self.sms if is_aliyun else None

    def _belongs(self, appid: str, openid: str) -> bool:
        """Does the app ``appid`` know somebody by ``openid``?"""
        person, keys = self.scene.person(openid), self.scene.keys
        known = {keys["appid"]: person.openid, keys["mini_appid"]: person.mini_openid} if person else {}
        return known.get(appid) == openid

    def strike(self, request: Request) -> Struck | None:
        platform = self.platform_of(request)
        if platform is None:
            return None
        where = platform.where(request)
        return Struck(platform, where, self.scene.faults.strike(where))

    def handle(self, struck: Struck, request: Request) -> Response:
        """The platform's answer. All that it writes is on disk before this returns, or, after a kill, nothing of it."""
        with self.scene.records.together():
            return struck.platform.handle(request, struck.fault)

    def answer(self, request: Request) -> Response:
        """For clients without a socket: with the faults that are about the work, not with those about time and sockets."""
        struck = self.strike(request)
        return Response(status=404) if struck is None else self.handle(struck, request)

    def authorize(self, request: Request, openid: str | None) -> Response:
        """The page at /connect/oauth2/authorize on the phone of ``openid``, or on nobody's."""
        return self.official_account.authorize(request, openid)

    # ---- what is told to the app ---------------------------------------------------------------------------------------------------

    def due(self, limit: int) -> list[Record]:
        """Deliveries that are due now. Each must be handed to ``outbounds`` and then, if that gave any, to ``answered``."""
        self.tick()
        return self.scene.deliveries.take(self.scene.clock.now(), limit)

    def outbounds(self, delivery: Record) -> list[Outbound]:
        """The requests of this try: none if it is lost or put off, two if it is doubled."""
        with self.scene.records.together():
            return self.scene.deliveries.outbounds(delivery, self.scene.clock.now())

    def answered(self, delivery: Record, status: int, body: bytes) -> None:
        """``status`` 0: no answer."""
        with self.scene.records.together():
            self.scene.deliveries.answered(delivery, status, body, self.scene.clock.now())

    def next_due(self) -> datetime | None:
        moments = (self.scene.deliveries.next_due(), self.wechatpay.refunds.next_end())
        return min((moment for moment in moments if moment is not None), default=None)

    def tick(self) -> None:
        """Let what takes time end, pay out the days that are over, and forget what nobody can use any more."""
        self.wechatpay.tick()
        self._settling.catch_up()
        now = self.scene.clock.now()
        if now - self._swept >= SWEEP:
            self._swept = now
            with self.scene.records.together():
                for kind in SHORT_LIVED:
                    self.scene.records.drop_expired(kind, now)

    # ---- the world as a whole ------------------------------------------------------------------------------------------------------

    def set_day(self, day: date | None) -> None:
        """The platforms' business day; None: today. The days before it are over: their money is paid out."""
        self.scene.clock.day_set = day
        if day is None:
            self.scene.records.drop(CLOCK, DAY)
        else:
            self.scene.records.put(CLOCK, DAY, {"day": day.isoformat()})
        self._settling.catch_up()

    def reset(self) -> None:
        """Back to the first morning; keys stay."""
        with self.scene.records.together():
            self.scene.records.clear()
            self.scene.deliveries.reload()
            self.wechatpay.refunds.reload()
            self.scene.faults.back(self._usual_scale)
            self._open()
        self.scene.events.tell("reset")


def open_outside(
    folder: Path | None,
    *,
    app_url: str,
    app_public_url: str,
    clock: WorldClock | None = None,
    dice: random.Random | None = None,
    keys: Record | None = None,
    notify_time_scale: float = 1.0,
) -> Outside:
    """The world of ``folder`` (in memory without one). ``dice`` makes every run of a seed the same."""
    records = Records(folder / "world.sqlite3" if folder else None)
    faults = Faults(records)
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
    return Outside(scene, notify_time_scale)

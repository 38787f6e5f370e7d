"""access_token, OAuth codes and the JS ticket (sections 4, 6, 7)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sandbox.wechat.errors import Errcode
from sandbox.world.chance import Dice, WorldClock
from sandbox.world.records import Records
from sandbox.world.wire import Record

TOKEN = "wechat.token"
CODE = "wechat.code"
LIFE = timedelta(seconds=7200)
RENEWED_IN_LAST = timedelta(minutes=5)
CODE_LIFE = timedelta(minutes=5)
FORCE_PAUSE = timedelta(seconds=30)


class Tokens:
    def __init__(self, keys: Record, records: Records, clock: WorldClock, dice: Dice) -> None:
        self._keys = keys
        self._records = records
        self._clock = clock
        self._dice = dice

    def stable(self, asked: object) -> Record:
        """stable_token: the same token in normal mode, a new one in its last five minutes or when forced."""
        if not isinstance(asked, dict):
            raise Errcode(47001)
        if asked.get("grant_type") != "client_credential":
            raise Errcode(40002)
        self.check_app(asked.get("appid"), asked.get("secret"))
        now = self._clock.now()
        current = self._records.get(TOKEN, "current")
        left = datetime.fromisoformat(current["until"]) - now if current else timedelta(0)
        forced = bool(asked.get("force_refresh")) and (
            current is None or now - datetime.fromisoformat(current["since"]) >= FORCE_PAUSE
        )
        if current is None or left <= RENEWED_IN_LAST or forced:
            if current is not None and not forced and left > timedelta(0):
                self._records.put(TOKEN, "previous", current)
            elif forced:
                self._records.drop(TOKEN, "previous")
            fresh = {
                "token": f"9{self._dice.digits(2)}_{self._dice.text(120)}",
                "since": now.isoformat(),
                "until": (now + LIFE).isoformat(),
            }
            current, left = self._records.put(TOKEN, "current", fresh), LIFE
        return {"access_token": current["token"], "expires_in": int(left.total_seconds())}

    def check(self, token: str | None) -> None:
        """Raises Errcode 41001, 40001 or 42001."""
        if not token:
            raise Errcode(41001)
        for key in ("current", "previous"):
            known = self._records.get(TOKEN, key)
            if known is not None and known["token"] == token:
                if datetime.fromisoformat(known["until"]) <= self._clock.now():
                    raise Errcode(42001)
                return
        raise Errcode(40001)

    def check_app(self, appid: object, secret: object) -> None:
        if not appid:
            raise Errcode(41002)
        if not secret:
            raise Errcode(41004)
        if appid != self._keys["appid"]:
            raise Errcode(40013)
        if secret != self._keys["app_secret"]:
            raise Errcode(40125)

    def code(self, openid: str, scope: str) -> str:
        code = f"0{self._dice.text(31)}"
        until = (self._clock.now() + CODE_LIFE).isoformat()
        self._records.put(CODE, code, {"openid": openid, "scope": scope, "until": until, "used": False})
        return code

    def exchange(self, code: str | None) -> Record:
        """The openid behind a code, once. Raises Errcode 41008, 40029 or 40163."""
        if not code:
            raise Errcode(41008)
        known = self._records.get(CODE, code)
        if known is None or datetime.fromisoformat(known["until"]) <= self._clock.now():
            raise Errcode(40029)
        if known["used"]:
            raise Errcode(40163)
        return self._records.put(CODE, code, {**known, "used": True})

    def ticket(self) -> Record:
        current = self._records.get(TOKEN, "ticket")
        now = self._clock.now()
        if current is None or datetime.fromisoformat(current["until"]) <= now:
            fresh = {"token": self._dice.text(86), "until": (now + LIFE).isoformat()}
            current = self._records.put(TOKEN, "ticket", fresh)
        return {"errcode": 0, "errmsg": "ok", "ticket": current["token"], "expires_in": 7200}

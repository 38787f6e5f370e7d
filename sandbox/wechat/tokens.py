"""access_token, classic and stable, and the JS ticket (sections 4 and 7)."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from sandbox.wechat.asked import StableToken, read
from sandbox.wechat.errors import Errcode
from sandbox.world.chance import Dice, WorldClock
from sandbox.world.records import Records
from sandbox.world.wire import Record

TOKEN = "wechat.token"
"""``classic``, ``stable`` and ``ticket``: which one is in force."""
ISSUED = "wechat.issued"
LIFE = timedelta(seconds=7200)
OVERLAP = timedelta(minutes=5)
REMEMBERED = timedelta(days=1)
FORCE_PAUSE = timedelta(seconds=30)
FORCED_A_DAY = 20


class Tokens:
    """Of one app. ``kind`` keeps the records of several apps apart."""

    def __init__(
        self, appid: str, secret: str, records: Records, clock: WorldClock, dice: Dice, kind: str = ""
    ) -> None:
        self._appid = appid
        self._secret = secret
        self._kind = kind
        self._records = records
        self._clock = clock
        self._dice = dice

    def classic(self, query: Record) -> Record:
        """token: a new one for every call; the one before stays good for five minutes."""
        if query.get("grant_type") != "client_credential":
            raise Errcode(40002)
        self.check_app(query.get("appid"), query.get("secret"))
        current = self._records.get(TOKEN, self._kind + "classic")
        if current is not None:
            left = datetime.fromisoformat(current["until"])
            self._ends(current["token"], min(left, self._clock.now() + OVERLAP))
        return {"access_token": self._issue("classic"), "expires_in": int(LIFE.total_seconds())}

    def stable(self, asked: object) -> Record:
        """stable_token: the same token in normal mode, a new one in its last five minutes or when forced. Raises Errcode."""
        told = read(asked, StableToken)
        self.check_app(told.appid, told.secret)
        now, current = self._clock.now(), self._records.get(TOKEN, self._kind + "stable")
        left = datetime.fromisoformat(current["until"]) - now if current else timedelta(0)
        forced = bool(told.force_refresh) and self._may_force(current, now)
        if current is not None and left > OVERLAP and not forced:
            return {"access_token": current["token"], "expires_in": int(left.total_seconds())}
        if current is not None and forced:
            self._records.drop(ISSUED, current["token"])  # a forced refresh kills the one before
        return {"access_token": self._issue("stable"), "expires_in": int(LIFE.total_seconds())}

    def _may_force(self, current: Record | None, now: datetime) -> bool:
        """At most every thirty seconds, and twenty times a day."""
        if current is not None and now - datetime.fromisoformat(current["since"]) < FORCE_PAUSE:
            return False
        day = now.date().isoformat()
        forced = self._records.get(TOKEN, self._kind + "forced")
        times = forced["times"] if forced and forced["day"] == day else 0
        if times >= FORCED_A_DAY:
            raise Errcode(45009)
        self._records.put(TOKEN, self._kind + "forced", {"day": day, "times": times + 1})
        return True

    def _issue(self, sort: str) -> str:
        now = self._clock.now()
        token = f"9{self._dice.digits(2)}_{self._dice.text(120)}"
        until = (now + LIFE).isoformat()
        self._records.put(TOKEN, self._kind + sort, {"token": token, "since": now.isoformat(), "until": until})
        self._ends(token, now + LIFE)
        return token

    def _ends(self, token: str, expires: datetime) -> None:
        until = (expires + REMEMBERED).isoformat()
        self._records.put(ISSUED, token, {"app": self._appid, "expires": expires.isoformat(), "until": until})

    def check(self, token: str | None) -> None:
        """Raises Errcode 41001, 40001 or 42001."""
        if not token:
            raise Errcode(41001)
        known = self._records.get(ISSUED, token)
        if known is None or known["app"] != self._appid:
            raise Errcode(40001)
        if datetime.fromisoformat(known["expires"]) <= self._clock.now():
            raise Errcode(42001)

    def check_app(self, appid: object, secret: object) -> None:
        if not appid:
            raise Errcode(41002)
        if not secret:
            raise Errcode(41004)
        if appid != self._appid:
            raise Errcode(40013)
        if not hmac.compare_digest(str(secret).encode(), self._secret.encode()):
            raise Errcode(40125)

    def ticket(self) -> Record:
        now, current = self._clock.now(), self._records.get(TOKEN, "ticket")
        if current is None or datetime.fromisoformat(current["until"]) <= now:
            fresh = {"token": self._dice.text(86), "until": (now + LIFE).isoformat()}
            current = self._records.put(TOKEN, "ticket", fresh)
        left = datetime.fromisoformat(current["until"]) - now
        return {"errcode": 0, "errmsg": "ok", "ticket": current["token"], "expires_in": int(left.total_seconds())}

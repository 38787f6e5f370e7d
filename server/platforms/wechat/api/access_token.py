"""One access token for all processes (docs/protocols/wechat_official.md section 4, DESIGN 5.8): fetched by one, read by the rest."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import Field

from server.core.errors import NotSent, OutsideError
from server.core.ports import Clock, HttpRequest, ShortLivedStore, Transport
from server.platforms.wechat.api.app import SYSTEM, WechatApp
from server.platforms.wechat.api.errors import Said, error_of, read

REFRESH_BEFORE = timedelta(seconds=240)
"""Inside the platform's last five minutes, in which it issues a new token while the old one stays good."""
LEASE = timedelta(seconds=15)
HELD = timedelta(seconds=60)
"""How long a process trusts its own copy before it looks into the store again."""
REST = timedelta(seconds=2)
"""After a failed fetch nobody in this process tries again for so long."""
WAIT_S = 0.2
WAITS_MAX = 25
DROPS_MAX = 5
DROPS_WINDOW = timedelta(minutes=1)

_TOKEN = "wechat_access_token"  # noqa: S105 - the kind of a stored fact
_LEASE = "wechat_access_token_lease"
_DROPS = "wechat_access_token_drops"
_DROPPED, _HELD_BY_ONE = "", "1"


class _Issued(Said):
    access_token: str = Field(default="", max_length=1024)
    expires_in: int = 0


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    refresh_at: datetime


class AccessTokens:
    """Gives out the account's token. Every wait and every repetition in here is bounded; a token is fetched under a lease."""

    def __init__(
        self,
        config: WechatApp,
        transport: Transport,
        clock: Clock,
        store: ShortLivedStore,
        timeout_s: float = 5.0,
    ) -> None:
        self._config = config
        self._transport = transport
        self._clock = clock
        self._store = store
        self._timeout_s = timeout_s
        self._alone = asyncio.Lock()
        self._held: tuple[_Token, datetime] | None = None
        self._resting_until: datetime | None = None

    async def get(self) -> str:
        """The token. Raises NotSent when there is none: whatever it was wanted for was surely not done."""
        held = self._held_and_fresh()
        if held is None:
            async with self._alone:
                held = self._held_and_fresh() or await self._obtain()
        return held.text

    async def drop(self, stale: str) -> None:
        """WeChat refused ``stale``. It is forgotten unless somebody has replaced it already, or too many were dropped lately."""
        if self._held is not None and self._held[0].text == stale:
            self._held = None
        now, key = self._clock.now(), self._config.app_id
        stored = await self._store.get(_TOKEN, key, now)
        if not stored or _parsed(stored).text != stale:
            return
        if await self._store.count(_DROPS, key, now, now + DROPS_WINDOW) <= DROPS_MAX:
            await self._store.swap(_TOKEN, key, stored, _DROPPED, now)

    def _held_and_fresh(self) -> _Token | None:
        now = self._clock.now()
        if self._held is None or now >= self._held[1]:
            return None
        return self._held[0]

    async def _obtain(self) -> _Token:
        """From the store; or, holding the lease, from WeChat; or from whoever holds it. An old token is good while a new one comes."""
        for _ in range(WAITS_MAX):
            now, key = self._clock.now(), self._config.app_id
            old = await self._stored(now)
            if old is not None and now < old.refresh_at:
                return self._hold(old, now)
            resting = self._resting_until is not None and now < self._resting_until
            if not resting and await self._store.put_once(_LEASE, key, _HELD_BY_ONE, now, now + LEASE):
                return await self._fetch_or(old)
            if old is not None:
                return old
            if resting:
                raise NotSent(SYSTEM, "no access token: the last try failed just now")
            await self._clock.sleep(WAIT_S)
        raise NotSent(SYSTEM, "no access token: another process did not bring one")

    async def _stored(self, now: datetime) -> _Token | None:
        stored = await self._store.get(_TOKEN, self._config.app_id, now)
        return _parsed(stored) if stored else None

    async def _fetch_or(self, old: _Token | None) -> _Token:
        """Under the lease. Whoever had it before may have brought a token since we looked."""
        try:
            now = self._clock.now()
            brought = await self._stored(now)
            if brought is not None and now < brought.refresh_at:
                return self._hold(brought, now)
            return await self._fetch()
        except OutsideError as error:
            self._resting_until = self._clock.now() + REST
            if old is not None:
                return old
            raise NotSent(SYSTEM, f"no access token: {error}") from error
        finally:
            await self._store.drop(_LEASE, self._config.app_id)

    async def _fetch(self) -> _Token:
        """`stable_token` without force: the same token again until its last five minutes, whoever asks."""
        body = {
            "grant_type": "client_credential",
            "appid": self._config.app_id,
            "secret": self._config.secret,
            "force_refresh": False,
        }
        request = HttpRequest(
            system=SYSTEM,
            method="POST",
            url=f"{self._config.api_base}/cgi-bin/stable_token",
            headers={"Content-Type": "application/json; charset=utf-8"},
            body=json.dumps(body).encode(),
            timeout_s=self._timeout_s,
        )
        issued = read(_Issued, await self._transport.send(request))
        if issued.errcode or not issued.access_token:
            raise error_of(issued)
        now = self._clock.now()
        life = timedelta(seconds=issued.expires_in)
        token = _Token(issued.access_token, now + max(life - REFRESH_BEFORE, life / 2))
        value = json.dumps([token.text, token.refresh_at.isoformat()])
        await self._store.put(_TOKEN, self._config.app_id, value, now + life)
        return self._hold(token, now)

    def _hold(self, token: _Token, now: datetime) -> _Token:
        self._held = (token, min(now + HELD, token.refresh_at))
        return token


def _parsed(stored: str) -> _Token:
    text, refresh_at = json.loads(stored)
    return _Token(text, datetime.fromisoformat(refresh_at))

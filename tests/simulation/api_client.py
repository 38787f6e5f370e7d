"""The mini-program's own way with the API, as `miniprogram/api/client.js` and `session.js` go it: tokens, tries, one key for one tap."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tests.simulation.api_doors import Answered, Asked
from tests.simulation.process import ConnectionLost
from tests.simulation.radio import Radio

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

TRIES_MAX = 3
PAUSES_S = (0.6, 1.8)
LOGIN_PAUSE_S = 0.8
RETRY_AFTER_MAX_S = 8.0
MARGIN_S = 20.0
PASSING = frozenset({502, 503, 504})


class Problem(Exception):
    """The answer that the person gets to read."""

    def __init__(self, answer: Answered) -> None:
        super().__init__(f"{answer.status} {answer.code}")
        self.answer = answer


class ApiClient:
    """``log_in``: the platform's code for who holds this phone. ``spent``: refresh tokens that were sent once; ``left``: access tokens
    that are used no longer."""

    def __init__(self, world: SimulatedWorld, name: str, log_in: Callable[[], str]) -> None:
        self._world = world
        self._name = name
        self._log_in = log_in
        self._radio = Radio(world)
        self._access, self._refresh, self._until = "", "", 0.0
        self._renewing = asyncio.Lock()
        self.spent: list[str] = []
        self.left: list[str] = []

    async def send(self, method: str, path: str, body: Mapping[str, Any] | None = None, key: str = "") -> Any:
        """The body of a good answer. Raises Problem, ConnectionLost."""
        renewed, tries = False, 1
        while True:
            token = await self._token()
            answer = await self._once(Asked(self._name, method, path, body, token, key))
            if answer is not None and answer.good:
                return answer.body
            if answer is not None and answer.status == 401 and not renewed:
                renewed = True
                if token == self._access:
                    self._until = 0.0
                continue
            pause_s = self._pause(method, key, answer, tries)
            if pause_s is None:
                raise ConnectionLost(self._name) if answer is None else Problem(answer)
            await asyncio.sleep(pause_s)
            tries += 1

    def forget(self) -> None:
        """The app was ended: the tokens lived in its memory."""
        if self._access:
            self.left.append(self._access)
        self._access, self._refresh, self._until = "", "", 0.0

    def grow_old(self) -> None:
        """As if the token's time were nearly up: the next call exchanges it."""
        self._until = 0.0

    async def exchange(self, refresh: str) -> Answered | None:
        """Somebody presents a refresh token that was sent before."""
        return await self._once(self._rotation(refresh))

    async def read_with(self, access: str) -> Answered | None:
        """Somebody reads with an access token that this phone has left behind."""
        return await self._once(Asked(self._name, "GET", "/payments", token=access))

    async def _once(self, asked: Asked) -> Answered | None:
        """None: no answer."""
        try:
            return await self._radio.send(asked)
        except ConnectionLost:
            return None

    def _pause(self, method: str, key: str, answer: Answered | None, tries: int) -> float | None:
        """How long to wait before asking again; None when there is no point in it."""
        if tries >= TRIES_MAX:
            return None
        asked_s = answer.headers.get("retry-after") if answer is not None else None
        repeatable = method in {"GET", "DELETE"} or bool(key)
        undone = answer is not None and (answer.status == 429 or (answer.status == 409 and asked_s is not None))
        passing = answer is None or answer.status in PASSING
        if not undone and not (repeatable and passing):
            return None
        if asked_s is None:
            return PAUSES_S[tries - 1]
        return float(asked_s) if float(asked_s) <= RETRY_AFTER_MAX_S else None

    # ---- tokens ------------------------------------------------------------------------------------------------------------------

    async def _token(self) -> str:
        async with self._renewing:
            if self._world.loop.time() >= self._until:
                await self._renew()
            return self._access

    async def _renew(self) -> None:
        refresh = self._refresh
        self.forget()
        if refresh:
            self.spent.append(refresh)
            answer = await self._once(self._rotation(refresh))
            if answer is not None and answer.good:
                self._keep(answer)
                return
        await self._login()

    def _rotation(self, refresh: str) -> Asked:
        return Asked(self._name, "POST", "/session/rotation", {"refresh_token": refresh})

    async def _login(self) -> None:
        for tries in range(1, TRIES_MAX + 1):
            answer = await self._once(Asked(self._name, "POST", "/session", {"code": self._log_in()}))
            if answer is not None and answer.good:
                self._keep(answer)
                return
            if (answer is not None and answer.status not in PASSING) or tries == TRIES_MAX:
                raise ConnectionLost(self._name) if answer is None else Problem(answer)
            await asyncio.sleep(LOGIN_PAUSE_S * tries)

    def _keep(self, answer: Answered) -> None:
        self._access, self._refresh = answer.body["access_token"], answer.body["refresh_token"]
        self._until = self._world.loop.time() + max(answer.body["expires_in"] - MARGIN_S, 1.0)

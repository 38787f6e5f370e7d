"""Sessions of the API: a bearer token that is good for minutes, and a refresh token that is good once (RFC 6749 section 10.4, RFC 9700 section 4.14).

Both tokens are sealed text that names the hospital and its session; nothing of them is stored but the number of the rotation that is good now.
A refresh token that comes a second time was copied, or its answer was lost: the session ends, and the client logs in anew,
which costs the person nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from server.core.errors import Forged, LoginNeeded, NotFound
from server.core.ports import Clock, Ids, Sealer, ShortLivedStore
from server.patients.identifying import identified
from server.patients.login import ALPHANUMERIC, SESSION_LIFE, STATE_LENGTH
from server.patients.model import Session
from server.patients.persons import PersonService
from server.patients.ports import PatientsHospital, SessionStore

ACCESS_LIFE = timedelta(minutes=10)
_ACCESS = "api_access"
_REFRESH = "api_refresh"
_ROTATION = "api_rotation"


@dataclass(frozen=True, slots=True)
class Tokens:
    """Secrets. ``expires_in`` is the access token's life in seconds."""

    access: str
    refresh: str
    expires_in: int


class ApiSessionService:
    def __init__(
        self,
        hospitals: Mapping[str, PatientsHospital],
        sessions: SessionStore,
        short_lived: ShortLivedStore,
        people: PersonService,
        sealer: Sealer,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._hospitals = hospitals
        self._sessions = sessions
        self._short_lived = short_lived
        self._people = people
        self._sealer = sealer
        self._clock = clock
        self._ids = ids

    async def login(self, hospital_id: str, code: str) -> Tokens:
        """``code`` of the mini-program's login. Raises LoginNeeded, NotFound for a hospital without one, OutsideError."""
        hospital = self._hospitals.get(hospital_id)
        if hospital is None or hospital.mini_program is None:
            raise NotFound("no mini-program", user_message="医院暂未开通小程序。")
        identity = await identified(hospital.mini_program, code)
        await self._people.met(hospital_id, identity)
        now = self._clock.now()
        session = Session(
            id=self._ids.text(STATE_LENGTH, ALPHANUMERIC),
            hospital=hospital_id,
            identity=identity,
            expires_at=now + SESSION_LIFE,
            phone=await self._people.proven_phone(hospital_id, identity),
        )
        await self._sessions.put(session)
        await self._short_lived.put(_ROTATION, session.id, "0", session.expires_at)
        return self._tokens(hospital_id, session.id, 0)

    async def rotate(self, hospital_id: str, refresh: str) -> Tokens:
        """New tokens for a refresh token; the session lives on. Raises LoginNeeded, and ends the session of a token that comes again."""
        session_id, rotation = self._opened(_REFRESH, hospital_id, refresh)
        now = self._clock.now()
        expires_at = now + SESSION_LIFE
        if not await self._short_lived.swap(_ROTATION, session_id, str(rotation), str(rotation + 1), expires_at):
            await self._end(session_id)
            raise LoginNeeded("refresh token used before")
        if await self._sessions.change(session_id, now, lambda one: replace(one, expires_at=expires_at)) is None:
            raise LoginNeeded("session")  # it ended, or its refresh token came a second time meanwhile
        return self._tokens(hospital_id, session_id, rotation + 1)

    async def session(self, hospital_id: str, access: str) -> Session:
        """Whose request this is. Raises LoginNeeded for anything but a good token of a session that lives."""
        session_id, _ = self._opened(_ACCESS, hospital_id, access)
        session = await self._sessions.get(session_id, self._clock.now())
        if session is None:
            raise LoginNeeded("session")
        return await self._people.whole(session)

    def named(self, hospital_id: str, refresh: str) -> str:
        """The id of the session that a genuine refresh token names, alive or not. Raises LoginNeeded."""
        return self._opened(_REFRESH, hospital_id, refresh)[0]

    async def logout(self, session: Session) -> None:
        await self._end(session.id)

    async def phone_proven(self, session: Session, number: str) -> None:
        """The platform has said that this number is the person's: receipts go there from now on, in later sessions, too."""
        now = self._clock.now()
        changed = await self._sessions.change(session.id, now, lambda one: replace(one, phone=number), known=session)
        if changed is None:
            raise LoginNeeded("session ended meanwhile")
        await self._people.phone_proven(session, number)

    async def _end(self, session_id: str) -> None:
        await self._sessions.drop(session_id)
        await self._short_lived.drop(_ROTATION, session_id)

    def _tokens(self, hospital_id: str, session_id: str, rotation: int) -> Tokens:
        access = self._sealed(_ACCESS, hospital_id, session_id, rotation, ACCESS_LIFE)
        refresh = self._sealed(_REFRESH, hospital_id, session_id, rotation, SESSION_LIFE)
        return Tokens(access, refresh, int(ACCESS_LIFE.total_seconds()))

    def _sealed(self, kind: str, hospital_id: str, session_id: str, rotation: int, life: timedelta) -> str:
        ends = int((self._clock.now() + life).timestamp())
        return self._sealer.seal(kind, json.dumps([hospital_id, session_id, rotation, ends]).encode())

    def _opened(self, kind: str, hospital_id: str, token: str) -> tuple[str, int]:
        try:
            of_hospital, session_id, rotation, ends = json.loads(self._sealer.open(kind, token))
        except Forged as error:
            raise LoginNeeded("token") from error
        if of_hospital != hospital_id or self._clock.now().timestamp() >= ends:
            raise LoginNeeded("token")
        return str(session_id), int(rotation)

"""Who is there: OAuth login without a question, and the session that follows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from urllib.parse import unquote

from server.domain.errors import BadInput, Forged, LoginNeeded, NotFound
from server.ports import Clock, Hospital, Identity, Ids, Sealer, Session, SessionStore
from server.services.people import PersonService

SESSION_LIFE = timedelta(hours=2)
LOGIN_LIFE = timedelta(minutes=10)
STATE_LENGTH = 32
ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RETURN_TO_MAX = 500
_SEAL = "login"


def _is_own_page(address: str, hospital_id: str) -> bool:
    """A path below the hospital's pages that no browser reads as anything else: no way up, no backslash, no control character."""
    odd = "\\" in address or any(ord(c) < 33 or ord(c) == 127 for c in address)
    ups = ".." in unquote(address.partition("?")[0]).split("/")
    return address.startswith(f"/h/{hospital_id}/") and len(address) <= RETURN_TO_MAX and not odd and not ups


@dataclass(frozen=True, slots=True)
class LoginBegun:
    """Where to send the browser, and what its cookie must bring back."""

    url: str
    cookie: str


@dataclass(frozen=True, slots=True)
class LoggedIn:
    session: Session
    return_to: str


class LoginService:
    """``begin`` → the platform's page → ``finish`` → ``session`` on every request."""

    def __init__(
        self,
        hospitals: Mapping[str, Hospital],
        sessions: SessionStore,
        people: PersonService,
        sealer: Sealer,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._people = people
        self._hospitals = hospitals
        self._sessions = sessions
        self._sealer = sealer
        self._clock = clock
        self._ids = ids

    def begin(self, hospital_id: str, channel: str, return_to: str) -> LoginBegun:
        """The state goes through the platform, the sealed cookie stays in the browser: both must meet again in `finish`.

        ``return_to`` must be a path below the hospital's pages (no way to use the login as an open redirect).
        """
        identity = self._identity(hospital_id, channel)
        if not _is_own_page(return_to, hospital_id):
            raise BadInput("return_to leaves the hospital's pages")
        state = self._ids.text(STATE_LENGTH, ALPHANUMERIC)
        ends = (self._clock.now() + LOGIN_LIFE).timestamp()
        facts = json.dumps([hospital_id, channel, state, return_to, ends])
        back = f"{self._hospitals[hospital_id].public_url}/oauth/{channel}/{hospital_id}/return"
        return LoginBegun(identity.authorize_url(back, state), self._sealer.seal(_SEAL, facts.encode()))

    async def finish(self, hospital_id: str, channel: str, code: str, state: str, cookie: str) -> LoggedIn:
        """Raises LoginNeeded when anything does not fit; the browser then starts again."""
        identity = self._identity(hospital_id, channel)
        try:
            began_at, began_with, began_state, return_to, ends = json.loads(self._sealer.open(_SEAL, cookie))
        except Forged as error:
            raise LoginNeeded("login cookie") from error
        fits = (
            began_at == hospital_id and began_with == channel and compare_digest(began_state.encode(), state.encode())
        )
        if not fits or self._clock.now().timestamp() > ends or not code:
            raise LoginNeeded("login state")
        person = await identity.identify(code)
        await self._people.met(hospital_id, person)
        session = Session(
            id=self._ids.text(STATE_LENGTH, ALPHANUMERIC),
            hospital=hospital_id,
            identity=person,
            expires_at=self._clock.now() + SESSION_LIFE,
        )
        await self._sessions.put(session)
        return LoggedIn(session, return_to)

    async def session(self, hospital_id: str, session_id: str | None) -> Session:
        """The live session of this hospital. Raises LoginNeeded."""
        now = self._clock.now()
        session = await self._sessions.get(session_id, now) if session_id else None
        if session is None or session.hospital != hospital_id or session.expires_at <= now:
            raise LoginNeeded("session")
        return await self._people.whole(session)

    async def logout(self, session: Session) -> None:
        await self._sessions.drop(session.id)

    def _identity(self, hospital_id: str, channel: str) -> Identity:
        hospital = self._hospitals.get(hospital_id)
        if hospital is None or channel not in hospital.identities:
            raise NotFound("no such hospital or login")
        return hospital.identities[channel]

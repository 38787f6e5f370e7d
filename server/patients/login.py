"""Who is there: OAuth login without a question, and the session that follows it.

Browsers repeat a login's return: the same address twice, a second code with the same state, two tabs at once. A state is exchanged
once; whatever returns with it afterwards shares the result, or begins again once without a question.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from datetime import timedelta
from hmac import compare_digest
from urllib.parse import unquote

from server.core.errors import BadInput, Forged, LoginNeeded, NotFound, NotSent
from server.core.ports import Clock, Ids, Sealer, ShortLivedStore
from server.patients.identifying import identified
from server.patients.model import PayerIdentity, ScannedBills, Session
from server.patients.persons import PersonService
from server.patients.ports import Identity, PatientsHospital, SessionStore

SESSION_LIFE = timedelta(hours=2)
LOGIN_LIFE = timedelta(minutes=10)
STATE_LENGTH = 32
ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RETURN_TO_MAX = 500
LOGINS_PER_BROWSER_MAX = 3
"""Tabs of one browser that log in at the same time; the oldest is forgotten first."""
_SEAL = "login"
_RETURNED = "login_returned"


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


class LoginRepeated(LoginNeeded):
    """A state that was used before and left no session: the login begins again, once, without a question."""


@dataclass(frozen=True, slots=True)
class _Begun:
    """One login under way, as the browser's cookie carries it. ``again``: it was itself begun again."""

    hospital: str
    channel: str
    state: str
    return_to: str
    ends: float
    again: bool

    def fits(self, hospital_id: str, channel: str, state: str) -> bool:
        same = compare_digest(self.state.encode(), state.encode())
        return self.hospital == hospital_id and self.channel == channel and same


class LoginService:
    """``begin`` → the platform's page → ``finish`` → ``session`` on every request."""

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
        self._people = people
        self._hospitals = hospitals
        self._sessions = sessions
        self._short_lived = short_lived
        self._sealer = sealer
        self._clock = clock
        self._ids = ids

    def begin(
        self, hospital_id: str, channel: str, return_to: str, cookie: str = "", *, again: bool = False
    ) -> LoginBegun:
        """The state goes through the platform, the sealed cookie stays in the browser: both must meet again in `finish`.

        ``return_to`` must be a path below the hospital's pages (no way to use the login as an open redirect). ``cookie`` is the one
        that the browser has: logins of its other tabs stay good.
        """
        identity = self._identity(hospital_id, channel)
        if not _is_own_page(return_to, hospital_id):
            raise BadInput("return_to leaves the hospital's pages")
        state = self._ids.text(STATE_LENGTH, ALPHANUMERIC)
        ends = (self._clock.now() + LOGIN_LIFE).timestamp()
        begun = [_Begun(hospital_id, channel, state, return_to, ends, again), *self._begun(cookie)]
        kept = [astuple(one) for one in begun if len(one.return_to.encode()) <= RETURN_TO_MAX or one is begun[0]]
        facts = json.dumps(kept[:LOGINS_PER_BROWSER_MAX], ensure_ascii=False)
        back = f"{self._hospitals[hospital_id].public_url}/oauth/{channel}/{hospital_id}/return"
        return LoginBegun(identity.authorize_url(back, state), self._sealer.seal(_SEAL, facts.encode()))

    def asked_for(self, hospital_id: str, channel: str, state: str, cookie: str) -> str:
        """The page for which this browser began the login; empty for a login that it did not begin."""
        return next((one.return_to for one in self._begun(cookie) if one.fits(hospital_id, channel, state)), "")

    async def finish(
        self,
        hospital_id: str,
        channel: str,
        code: str,
        state: str,
        cookie: str,
        old_session: str = "",
        scanned: ScannedBills | None = None,
    ) -> LoggedIn:
        """A new session, or the one that this state has led to already. ``old_session`` is the browser's session until now, ``scanned`` what
        the browser scanned before it logged in: a new session begins with it.

        Raises LoginRepeated where the browser is to begin again by itself; LoginNeeded when anything does not fit.
        """
        identity = self._identity(hospital_id, channel)
        begun = next((one for one in self._begun(cookie) if one.fits(hospital_id, channel, state)), None)
        key = self._sealer.lookup(_RETURNED, f"{hospital_id}:{state}")
        now = self._clock.now()
        if begun is None or now.timestamp() > begun.ends or not code:
            raise LoginNeeded("login state")
        session_id = self._ids.text(STATE_LENGTH, ALPHANUMERIC)
        leads_to = json.dumps([session_id, begun.return_to])
        if not await self._short_lived.put_once(_RETURNED, key, leads_to, now, now + LOGIN_LIFE):
            before = await self._result(key)
            if before is None:
                raise LoginNeeded("second return") if begun.again else LoginRepeated("second return")
            return before
        try:
            person = await identified(identity, code)
        except NotSent:  # the code is still good
            await self._short_lived.drop(_RETURNED, key)
            raise
        await self._people.met(hospital_id, person)
        return LoggedIn(await self._opened(hospital_id, session_id, person, old_session, scanned), begun.return_to)

    async def _opened(
        self, hospital_id: str, session_id: str, person: PayerIdentity, old_id: str, scanned: ScannedBills | None
    ) -> Session:
        """A new session; the browser's old one ends. What the same person has scanned there stays theirs."""
        now = self._clock.now()
        old = await self._sessions.get(old_id, now) if old_id else None
        session = Session(
            id=session_id,
            hospital=hospital_id,
            identity=person,
            expires_at=now + SESSION_LIFE,
            phone=await self._people.proven_phone(hospital_id, person),
        )
        if old is not None and (old.hospital, old.identity.key) == (hospital_id, person.key):
            session = replace(session, scans=old.scans, phone=old.phone or session.phone, card_phones=old.card_phones)
        if scanned is not None:
            session = session.with_scan(scanned, now)
        await self._sessions.put(session)
        if old is not None:
            await self._sessions.drop(old.id)
        return session

    async def _result(self, key: str) -> LoggedIn | None:
        """What an earlier return with this state came to, while its session lives. Before it has begun, or where the platform refused the code, nothing."""
        now = self._clock.now()
        kept = await self._short_lived.get(_RETURNED, key, now)
        if not kept:
            return None
        session_id, return_to = json.loads(kept)
        session = await self._sessions.get(session_id, now)
        return None if session is None else LoggedIn(session, return_to)

    def _begun(self, cookie: str) -> list[_Begun]:
        """Every login of this browser that is under way; none of a cookie that is not ours."""
        try:
            facts = json.loads(self._sealer.open(_SEAL, cookie)) if cookie else []
            return [_Begun(*one) for one in facts]
        except (Forged, TypeError, ValueError):  # also one that an older release wrote
            return []

    async def session(self, hospital_id: str, session_id: str | None) -> Session:
        """The live session of this hospital, with everything that is this person's. Raises LoginNeeded."""
        return await self.whole(await self.stored_session(hospital_id, session_id))

    async def stored_session(self, hospital_id: str, session_id: str | None) -> Session:
        """As `session`, with what is this identity's alone. Raises LoginNeeded."""
        now = self._clock.now()
        session = await self._sessions.get(session_id, now) if session_id else None
        if session is None or session.hospital != hospital_id or session.expires_at <= now:
            raise LoginNeeded("session")
        return session

    async def whole(self, session: Session) -> Session:
        """``session`` with everything that is this person's, through whatever entrance."""
        return await self._people.whole(session)

    async def logout(self, session: Session) -> None:
        await self._sessions.drop(session.id)

    def _identity(self, hospital_id: str, channel: str) -> Identity:
        hospital = self._hospitals.get(hospital_id)
        if hospital is None or channel not in hospital.identities:
            raise NotFound("no such hospital or login")
        return hospital.identities[channel]

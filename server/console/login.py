"""Coming into the console: a computer shows a code, the bound phone confirms it, and PIN and TOTP are typed on the computer.

The phone says who, the proof says that it is them; neither alone opens anything. A code is good for three minutes and one login.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hmac import compare_digest

from server.console.sessions import ConsoleSessions
from server.core.errors import Forged, LinkExpired, LoginNeeded, NotFound, StoreError
from server.core.ports import Clock, Ids, Sealer, ShortLivedStore
from server.payments.hospital import Hospital
from server.staff.model import Staff
from server.staff.proofs import Proof
from server.staff.rules.auth_events import LOGGED_OUT, LOGIN_DECLINED, Asked
from server.staff.service import StaffService

log = logging.getLogger("zhenfu.console")
CODE_LIFE = timedelta(minutes=3)
CODE_LENGTH = 8
SECRET_LENGTH = 32
MARK_LENGTH = 32
PLACE_CHARS_MAX = 80
_SEAL, _ANSWER, _SECRET = "console_code", "console_answer", "console_secret"
_USED = ""
EXPIRED = "登录码已过期或已使用，请在电脑上重新打开登录页。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A computer that asks to be let in. ``ticket`` is what its QR carries: all of this, sealed, so that strangers who open the login
    page leave nothing behind. ``secret`` marks what its cookie holds; ``number`` is empty until a phone has confirmed. ``place`` is
    told to the phone's owner: from where. ``code`` is what both screens show.
    """

    ticket: str
    hospital: str
    code: str
    secret: str
    place: str
    asked_at: datetime
    number: str = ""

    @property
    def ends_at(self) -> datetime:
        return self.asked_at + CODE_LIFE


class ConsoleLogin:
    """``begin`` (computer) → ``look``, ``answer`` (phone) → ``waiting``, ``finish`` (computer)."""

    def __init__(
        self,
        hospitals: Mapping[str, Hospital],
        short_lived: ShortLivedStore,
        staff: StaffService,
        sessions: ConsoleSessions,
        sealer: Sealer,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._hospitals = hospitals
        self._short_lived = short_lived
        self._staff = staff
        self._sessions = sessions
        self._sealer = sealer
        self._clock = clock
        self._ids = ids

    def begin(self, hospital_id: str, place: str) -> tuple[Asking, str]:
        """The code to show, and the cookie that only this computer has. Nothing is stored, so there is nothing to use up."""
        if hospital_id not in self._hospitals:
            raise NotFound("hospital", user_message="没有找到这家医院。")
        code, secret = self._ids.text(CODE_LENGTH), self._ids.text(SECRET_LENGTH)
        facts = [hospital_id, code, self._mark(secret), place[:PLACE_CHARS_MAX], int(self._clock.now().timestamp())]
        ticket = self._sealer.seal(_SEAL, json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode())
        return self._opened(ticket), f"{secret}.{ticket}"

    async def look(self, actor: Staff, ticket: str) -> Asking:
        """What the phone's owner is asked about. Raises LinkExpired."""
        try:
            asking = self._opened(ticket)
        except Forged as error:
            raise LinkExpired("console code", user_message=EXPIRED) from error
        if asking.hospital != actor.hospital or self._is_over(asking) or await self._answer(asking) is not None:
            raise LinkExpired("console code", user_message=EXPIRED)
        return asking

    async def answer(self, actor: Staff, ticket: str, *, agrees: bool) -> None:
        """The phone's owner says yes, once, or no for good. Raises LinkExpired."""
        asking = await self.look(actor, ticket)
        said, now = actor.number if agrees else _USED, self._clock.now()
        if not await self._short_lived.put_once(_ANSWER, self._key(asking), said, now, asking.ends_at):
            raise LinkExpired("console code", user_message=EXPIRED)
        if not agrees:
            await self._staff.record_auth_event(actor, LOGIN_DECLINED)

    async def waiting(self, cookie: str) -> Asking | None:
        """What the computer with this cookie has asked for, while it is good."""
        secret, _, ticket = cookie.partition(".")
        try:
            asking = self._opened(ticket)
        except Forged:
            return None
        if self._is_over(asking) or not compare_digest(asking.secret, self._mark(secret)):
            return None
        said = await self._answer(asking)
        return None if said == _USED else replace(asking, number=said or "")

    async def finish(self, cookie: str, proof: Proof, old_session: str = "") -> str:
        """The id of a new session, and the end of whatever session the browser had.

        Raises LoginNeeded where no phone has confirmed; NotAllowed, TooManyTries with words for the form.
        """
        asking = await self.waiting(cookie)
        if asking is None or not asking.number:
            raise LoginNeeded("console code", user_message=EXPIRED)
        staff = await self._staff.get(asking.hospital, asking.number)
        proved = await self._staff.prove(staff, proof, Asked.LOGIN)
        if not await self._short_lived.swap(_ANSWER, self._key(asking), asking.number, _USED, asking.ends_at):
            raise LoginNeeded("console code", user_message=EXPIRED)
        await self._sessions.close(old_session)
        return await self._sessions.open(proved)

    async def leave(self, session_id: str) -> None:
        """The session ends, whatever else can't be written down. One that has ended already was nobody's leaving."""
        try:
            await self._staff.record_auth_event(await self._sessions.staff(session_id), LOGGED_OUT)
        except (LoginNeeded, StoreError) as error:
            log.info("logout not told why=%s", type(error).__name__)
        await self._sessions.close(session_id)

    def _opened(self, ticket: str) -> Asking:
        """Raises Forged."""
        hospital, code, secret, place, at = json.loads(self._sealer.open(_SEAL, ticket))
        asked_at = datetime.fromtimestamp(at, UTC)
        return Asking(ticket=ticket, hospital=hospital, code=code, secret=secret, place=place, asked_at=asked_at)

    def _is_over(self, asking: Asking) -> bool:
        return self._clock.now() >= asking.ends_at

    async def _answer(self, asking: Asking) -> str | None:
        """The employee number of the phone that agreed; _USED after a no, or after the login; None while nobody has answered."""
        return await self._short_lived.get(_ANSWER, self._key(asking), self._clock.now())

    def _key(self, asking: Asking) -> str:
        return self._sealer.lookup(_ANSWER, f"{asking.hospital}:{asking.code}:{asking.secret}")

    def _mark(self, secret: str) -> str:
        return self._sealer.lookup(_SECRET, secret)[:MARK_LENGTH]

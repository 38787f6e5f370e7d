"""Coming into the console: a computer shows a code, the bound phone confirms it, and PIN and TOTP are typed on the computer.

The phone says who, the proof says that it is them; neither alone opens anything. A code is good for three minutes and one login.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from hmac import compare_digest

from server.domain.errors import LinkExpired, LoginNeeded, NotFound, StoreError, TooManyTries
from server.domain.staff import Staff
from server.domain.visits import LOGGED_OUT, LOGIN_DECLINED, Asked
from server.ports import Clock, Hospital, Ids, Sealer, ShortLivedStore
from server.services.console_sessions import ConsoleSessions
from server.services.staff import StaffService
from server.services.staff_proofs import Proof

log = logging.getLogger("zhenfu.console")
CODE_LIFE = timedelta(minutes=3)
CODE_LENGTH = 8
SECRET_LENGTH = 32
BEGUN_MAX = 120
BEGUN_WITHIN = timedelta(minutes=10)
"""Codes that one address may have made within this time: a whole office behind one address logs in with ease."""
PLACE_CHARS_MAX = 80
_CODE, _BEGUN, _SECRET = "console_code", "console_begun", "console_secret"
EXPIRED = "登录码已过期或已使用，请在电脑上重新打开登录页。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A computer that asks to be let in. ``secret`` is a keyed hash of what its cookie holds; ``number`` is empty until a phone has
    confirmed. ``place`` is told to the phone's owner: from where.
    """

    hospital: str
    code: str
    secret: str
    place: str
    at: str
    ends: str
    number: str = ""

    @property
    def asked_at(self) -> datetime:
        return datetime.fromisoformat(self.at)

    @property
    def ends_at(self) -> datetime:
        return datetime.fromisoformat(self.ends)


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

    async def begin(self, hospital_id: str, place: str, address: str) -> tuple[Asking, str]:
        """The code to show, and the cookie that only this computer has."""
        if hospital_id not in self._hospitals:
            raise NotFound("hospital", person="没有找到这家医院。")
        now = self._clock.now()
        who = self._sealer.lookup(_BEGUN, address)
        if await self._short_lived.count(_BEGUN, who, now, now + BEGUN_WITHIN) > BEGUN_MAX:
            raise TooManyTries("console codes", wait_seconds=int(BEGUN_WITHIN.total_seconds()))
        code, secret = self._ids.text(CODE_LENGTH), self._ids.text(SECRET_LENGTH)
        asking = Asking(
            hospital=hospital_id,
            code=code,
            secret=self._sealer.lookup(_SECRET, secret),
            place=place[:PLACE_CHARS_MAX],
            at=now.isoformat(),
            ends=(now + CODE_LIFE).isoformat(),
        )
        await self._short_lived.put(_CODE, code, _text(asking), asking.ends_at)
        return asking, f"{code}.{secret}"

    async def look(self, actor: Staff, code: str) -> Asking:
        """What the phone's owner is asked about. Raises LinkExpired."""
        asking = await self._get(code)
        if asking is None or asking.hospital != actor.hospital or asking.number:
            raise LinkExpired("console code", person=EXPIRED)
        return asking

    async def answer(self, actor: Staff, code: str, *, agrees: bool) -> None:
        """The phone's owner says yes, once, or no for good. Raises LinkExpired."""
        asking = await self.look(actor, code)
        if not agrees:
            await self._short_lived.drop(_CODE, code)
            await self._staff.visited(actor, LOGIN_DECLINED)
            return
        if not await self._swap(asking, _text(replace(asking, number=actor.number))):
            raise LinkExpired("console code", person=EXPIRED)

    async def waiting(self, cookie: str) -> Asking | None:
        """What the computer with this cookie has asked for, while it is good."""
        code, _, secret = cookie.partition(".")
        asking = await self._get(code) if code and secret else None
        if asking is None or not compare_digest(asking.secret, self._sealer.lookup(_SECRET, secret)):
            return None
        return asking

    async def finish(self, cookie: str, proof: Proof, old_session: str = "") -> str:
        """The id of a new session, and the end of whatever session the browser had.

        Raises LoginNeeded where no phone has confirmed; NotAllowed, TooManyTries with words for the form.
        """
        asking = await self.waiting(cookie)
        if asking is None or not asking.number:
            raise LoginNeeded("console code", person=EXPIRED)
        staff = await self._staff.get(asking.hospital, asking.number)
        proved = await self._staff.prove(staff, proof, Asked.LOGIN)
        if not await self._swap(asking, ""):
            raise LoginNeeded("console code", person=EXPIRED)
        await self._short_lived.drop(_CODE, asking.code)
        await self._sessions.close(old_session)
        return await self._sessions.open(proved)

    async def leave(self, session_id: str) -> None:
        """The session ends, whatever else can't be written down. One that has ended already was nobody's leaving."""
        try:
            await self._staff.visited(await self._sessions.staff(session_id), LOGGED_OUT)
        except (LoginNeeded, StoreError) as error:
            log.info("logout not told why=%s", type(error).__name__)
        await self._sessions.close(session_id)

    async def _get(self, code: str) -> Asking | None:
        text = await self._short_lived.get(_CODE, code, self._clock.now())
        return Asking(**json.loads(text)) if text else None

    async def _swap(self, asking: Asking, new: str) -> bool:
        return await self._short_lived.swap(_CODE, asking.code, _text(asking), new, asking.ends_at)


def _text(asking: Asking) -> str:
    return json.dumps(asdict(asking), ensure_ascii=False)

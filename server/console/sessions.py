"""Who is in the console. A session ends by itself when idle, after a working day, and at once when its owner is not who they were."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from hmac import compare_digest

from server.core.errors import LoginNeeded
from server.core.ports import Clock, Ids, Sealer, ShortLivedStore
from server.staff.model import Staff, StaffState
from server.staff.ports import StaffStore

IDLE_MAX = timedelta(minutes=15)
SESSION_MAX = timedelta(hours=8)
NOTED_EVERY = timedelta(seconds=30)
"""How often a session's use is written down; in between nothing is written."""
ID_LENGTH = 40
ID_CHARS_MAX = 64
_SESSION, _STAMP = "console_session", "console_stamp"
ENDED = "登录已结束，请重新登录。"


class ConsoleSessions:
    """The store keeps a keyed hash of the id. Nothing of a session but its end is ever changed."""

    def __init__(self, short_lived: ShortLivedStore, staff: StaffStore, sealer: Sealer, clock: Clock, ids: Ids) -> None:
        self._short_lived = short_lived
        self._staff = staff
        self._sealer = sealer
        self._clock = clock
        self._ids = ids

    async def open(self, staff: Staff) -> str:
        """The secret for the cookie: always a new one."""
        session_id, now = self._ids.text(ID_LENGTH), self._clock.now()
        facts = {
            "hospital": staff.hospital,
            "number": staff.number,
            "stamp": self._stamp(staff),
            "began": now.isoformat(),
            "seen": now.isoformat(),
        }
        await self._short_lived.put(_SESSION, self._key(session_id), json.dumps(facts), now + IDLE_MAX)
        return session_id

    async def staff(self, session_id: str) -> Staff:
        """Whose session it is, as they stand now. Raises LoginNeeded."""
        now, key = self._clock.now(), self._key(session_id[:ID_CHARS_MAX])
        text = await self._short_lived.get(_SESSION, key, now) if session_id else None
        if not text:
            raise LoginNeeded("console session", user_message=ENDED)
        facts = json.loads(text)
        staff = await self._staff.get(facts["hospital"], facts["number"])
        if staff is None or not self._is_as_before(staff, facts["stamp"]):
            await self._short_lived.drop(_SESSION, key)
            raise LoginNeeded("console session", user_message=ENDED)
        ends_at = min(now + IDLE_MAX, datetime.fromisoformat(facts["began"]) + SESSION_MAX)
        if now - datetime.fromisoformat(facts["seen"]) >= NOTED_EVERY:
            # Only where it is still there: who logs out at this moment stays out.
            await self._short_lived.swap(_SESSION, key, text, json.dumps({**facts, "seen": now.isoformat()}), ends_at)
        return staff

    async def close(self, session_id: str) -> None:
        if session_id:
            await self._short_lived.drop(_SESSION, self._key(session_id[:ID_CHARS_MAX]))

    def _is_as_before(self, staff: Staff, stamp: str) -> bool:
        return staff.state is StaffState.ACTIVE and compare_digest(self._stamp(staff), stamp)

    def _stamp(self, staff: Staff) -> str:
        """Another role, phone, PIN or authenticator is another person to a session."""
        identity = staff.identity.key if staff.identity is not None else ""
        return self._sealer.lookup(_STAMP, "\n".join((str(staff.role), identity, staff.pin, staff.totp)))

    def _key(self, session_id: str) -> str:
        return self._sealer.lookup(_SESSION, session_id)

"""A person writes to one of the hospital's accounts; what came back and what came later."""

from __future__ import annotations

from tornado.web import HTTPError

from sandbox.controls.courier import Account, S
from sandbox.controls.handlers import Control
from sandbox.world.chats import Chats
from sandbox.world.wire import Record

AFTER_REPLY_S, AFTER_SILENCE_S = 0.2, 1.0


class Talking(Control):
    """``who`` is a field's name, and ``event_name`` what names an event; both are the platform's own."""

    who = ""
    event_name = ""

    def words(self, body: Record) -> tuple[str | None, Record | None]:
        """The text, or the event with its fields."""
        text, event = body.get("text"), body.get("event")
        if isinstance(event, str):
            event = {self.event_name: event}
        if (not isinstance(text, str) or not text) and (not isinstance(event, dict) or not event.get(self.event_name)):
            raise HTTPError(
                400, f'send {{"{self.who}": …, "text": …}} or {{"{self.who}": …, "event": …}}; see sandbox/README.md'
            )
        return (text if isinstance(text, str) else None), event

    def wait_s(self, body: Record) -> float | None:
        wait_s = body.get("wait_s")
        if wait_s is not None and (not isinstance(wait_s, int | float) or not 0 <= wait_s <= 10):
            raise HTTPError(400, "wait_s is a number of seconds from 0 to 10")
        return wait_s

    async def tell(self, account: Account[S], said: S, chats: Chats, who: str, wait_s: float | None) -> None:
        before = chats.count(who)
        result = await self.courier.say(account, said)
        if result is None:
            self.fail(424, "APP_UNREACHABLE", "the app did not answer its callback; is `run.py serve` running?")
            return
        seen = before + (result["reply"] is not None)
        usual = AFTER_SILENCE_S if result["reply"] is None else AFTER_REPLY_S
        later = await self.courier.later(chats, who, seen, usual if wait_s is None else wait_s)
        self.write({**result, "later": [message for message in later if message is not result["reply"]]})

"""A person writes to one of the hospital's accounts; what came back and what came later."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from tornado.web import HTTPError

from sandbox.controls.courier import Account, S
from sandbox.controls.handlers import Control
from sandbox.world.chats import Chats
from sandbox.world.shapes import Asked, worded
from sandbox.world.wire import Record

AFTER_REPLY_S, AFTER_SILENCE_S = 0.2, 1.0


class Waited(Asked):
    wait_s: Annotated[
        Annotated[float, Field(ge=0, le=10)] | None, worded("a number of seconds from 0 to 10")
    ] = None  # fmt: skip


class Words(Waited):
    """A text, or an event: its name, or its fields with the name among them."""

    text: Annotated[str | None, worded("a text")] = None
    event: Annotated[str | Record | None, worded("a name, or an object with the event's fields")] = None


class Talking(Control):
    """``who`` is a field's name, and ``event_name`` what names an event; both are the platform's own."""

    who = ""
    event_name = ""

    def words(self, asked: Words) -> tuple[str | None, Record | None]:
        """The text, or the event with its fields."""
        event = {self.event_name: asked.event} if isinstance(asked.event, str) else asked.event
        if not asked.text and not (event and event.get(self.event_name)):
            raise HTTPError(
                400, f'send {{"{self.who}": …, "text": …}} or {{"{self.who}": …, "event": …}}; see sandbox/README.md'
            )
        return asked.text, event

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

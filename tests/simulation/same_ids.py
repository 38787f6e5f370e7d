"""Somebody else's message under the very MsgId of a person's own: platforms promise unique ids, and nothing here may hang on it.

What each of them reads must be what the account answers to their own words.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sandbox.world.people import Person
from sandbox.world.wire import Record
from tests.simulation.channels import SimulatedChannel

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

SHARE = 0.3
MSG_ID = re.compile(r"<MsgId>.*?</MsgId>")
WORDS = {"缴费": "记录", "记录": "缴费", "绑卡": "记录", "人工": "缴费", "你好": "退费"}
"""To what is said: something else, which has another answer. The answers to 你好 and 退费 depend on who says it, so they are stored."""
STRANGER = 7
"""A person without a phone in any run."""


async def stranger_first(
    world: SimulatedWorld, channel: SimulatedChannel, person: Person, said: Any, text: str | None
) -> str:
    """Perhaps a stranger says other words under the id of ``said``, which comes right after; what they read, empty if nothing."""
    label = world.chance.visit(f"chat/same id/{channel.name}/{person.number}")
    own_id = MSG_ID.search(said.xml)
    if world.chance.share(label) >= SHARE or text not in WORDS or own_id is None:
        return ""
    stranger = world.outside.scene.people[STRANGER]
    theirs = channel.talk.say(channel.subject(stranger), WORDS[text], None)
    theirs = replace(theirs, xml=MSG_ID.sub(own_id[0], theirs.xml))
    status, body = await world.courier.say_once(channel.talk, theirs, label)
    shown = channel.talk.answered(theirs, status, body) if status == 200 else None
    world.trace.note("stranger", "says something under the same MsgId", read(shown))
    return read(shown)


def read(shown: Record | None) -> str:
    """What a message in the chat says, without what is only its address; empty for silence."""
    return "" if shown is None else str(shown.get("text") or f"{shown.get('title', '')} {shown.get('intro', '')}")

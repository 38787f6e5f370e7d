"""Two of staff say something under one MsgId: platforms promise unique ids, and nothing here may hang on it.

What each of them reads must be what the account answers to their own words. The answers to patients act on nothing and are not stored, so
none of them can be another's.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sandbox.world.wire import Record
from server.messages.stored_replies import LATER
from tests.simulation.channels import SimulatedChannel
from tests.simulation.own_cards import APPROVER, CASHIER

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

SHARE = 0.3
MSG_ID = re.compile(r"<MsgId>.*?</MsgId>")
FIRST, SECOND = (CASHIER, "今日"), (APPROVER, "待办")
"""Who says what; the answers differ, whatever there is to tell."""


async def staff_under_one_id(world: SimulatedWorld, channel: SimulatedChannel, number: int) -> None:
    """Perhaps, while person ``number`` is about to write to the account."""
    label = world.chance.visit(f"chat/same id/{channel.name}/{number}")
    if channel.name != "wechat" or world.chance.share(label) >= SHARE:
        return
    said, theirs = (channel.talk.say(world.employees.openids[who], word, None) for who, word in (FIRST, SECOND))
    own_id = MSG_ID.search(said.xml)
    assert own_id is not None, "every message has an id"
    theirs = replace(theirs, xml=MSG_ID.sub(own_id[0], theirs.xml))
    first, second = [await _heard(world, channel, one, label) for one in (said, theirs)]
    world.trace.note("staff", "two say something under one MsgId", second)
    if first and first == second != LATER.text:  # that the answer comes later tells nothing of it
        world.trace.problem(f"{APPROVER} reads in the chat what was answered to somebody else")


async def _heard(world: SimulatedWorld, channel: SimulatedChannel, said: Any, label: str) -> str:
    status, body = await world.courier.say_once(channel.talk, said, label)
    return _read(channel.talk.answered(said, status, body)) if status == 200 else ""


def _read(shown: Record | None) -> str:
    """What a message in the chat says; empty for silence."""
    return "" if shown is None else str(shown.get("text", ""))

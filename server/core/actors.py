"""Who did something, named with the source that vouches for the name, so that no source can speak in another's name. Pure.

    staff:1001      a member of staff of this installation
    his:w7          an operator of the HIS, by the HIS's word; ``his`` alone is the HIS itself
    cli:root        whoever used the command line on the server
    patient:payer   the payer of the payment that the line belongs to
    patient:holder  the patient of the card that the line belongs to
    patient:reader  whoever opened the report that the line belongs to, by a bound card or a shared link
    channel:…       a platform that moves money or carries messages, by the name under which the hospital's file knows it
    system          Zhenfu itself

Until 2026-11 names were stored without a source. What is stored stays as it is, because the audit chain has sealed it; `actor_of`
reads it by the door at which it came in (docs/decisions/0028).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from server.core.errors import BadInput

HIS_DOOR = "his"
"""The ``door`` of what the HIS asked for."""
NAME_CHARS_MAX = 64


class Source(StrEnum):
    STAFF = "staff"
    HIS = "his"
    CLI = "cli"
    PATIENT = "patient"
    CHANNEL = "channel"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """``name`` is unique within ``source``; empty where the source itself acted."""

    source: Source
    name: str = ""

    def __str__(self) -> str:
        return f"{self.source}:{self.name}" if self.name else str(self.source)


SYSTEM = str(Actor(Source.SYSTEM))
HIS = str(Actor(Source.HIS))
PAYER = str(Actor(Source.PATIENT, "payer"))
CARD_HOLDER = str(Actor(Source.PATIENT, "holder"))
READER = str(Actor(Source.PATIENT, "reader"))
_OLD_COMMAND_LINE = "operator"
_HAS_DIGIT = re.compile(r"[0-9]")  # as every employee number; no platform's name has one


def staff_actor(number: str) -> str:
    """The stored name of the member of staff with this employee number."""
    return _named(Source.STAFF, number)


def his_actor(operator: str) -> str:
    """The stored name of an operator of the HIS; of the HIS itself where it names nobody."""
    return _named(Source.HIS, operator) if operator else HIS


def cli_actor(login: str) -> str:
    """The stored name of whoever used the command line under this login of the server's."""
    return _named(Source.CLI, login)


def channel_actor(channel: str) -> str:
    return _named(Source.CHANNEL, channel)


def _named(source: Source, name: str) -> str:
    """Raises BadInput for a name that could be read as another source's, or can't be shown on one line."""
    if not name or len(name) > NAME_CHARS_MAX or not name.isprintable() or ":" in name or " " in name:
        raise BadInput(f"no name of an actor of {source}", user_message="操作员编号的写法不对。")
    return str(Actor(source, name))


def actor_of(text: str, door: str = "") -> Actor:
    """Who ``text`` names, whether it was stored with its source or before there were any. ``door`` is the one of the stored line or
    refund: before, an operator of the HIS stood there under a bare name like everybody else.
    """
    source, mark, name = text.partition(":")
    if mark and source in set(Source):
        return Actor(Source(source), name)
    if mark:  # a payer's identity, which began with its channel
        return Actor(Source.PATIENT, "payer")
    if text == Source.HIS:
        return Actor(Source.HIS)
    if door == HIS_DOOR:
        return Actor(Source.HIS, text)
    if text in {Source.SYSTEM, ""}:
        return Actor(Source.SYSTEM)
    if text == _OLD_COMMAND_LINE:
        return Actor(Source.CLI, text)
    return Actor(Source.STAFF if _HAS_DIGIT.search(text) else Source.CHANNEL, text)


def with_source(text: str, door: str = "") -> str:
    """``text`` as it is stored today. Nobody stays nobody."""
    return str(actor_of(text, door)) if text else ""


def staff_number(text: str) -> str:
    """The employee number in a stored name with its source; empty for whoever is not staff."""
    actor = actor_of(text)
    return actor.name if actor.source is Source.STAFF else ""

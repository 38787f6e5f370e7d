"""对账日: the document of one channel's day. It owes FETCH, MATCH, REPORT and CLOSE, and keeps what people decided.

    open ──► waiting ──► (matched) ──► differing ──► settled     closed after somebody has decided what differed
      └──────────┴──────────► closed                             closed by itself: everything agrees

It may be matched again: what was decided stays, and a close that comes after another is a correction that names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from server.core.actors import SYSTEM
from server.core.history import HistoryEvent
from server.effects.model import Effect, EffectKind, earliest, find
from server.reconciliation.model import Balance, Leg, Sums

RECONCILIATION = "reconciliation"
"""The kind of these entries in the audit chain."""


class DayState(StrEnum):
    OPEN = "open"
    WAITING = "waiting"  # for a leg
    DIFFERING = "differing"
    CLOSED = "closed"
    SETTLED = "settled"  # closed after disposition


CLOSED_STATES = frozenset({DayState.CLOSED, DayState.SETTLED})


class LegAnswer(StrEnum):
    """What there is of a leg. The first three are a leg; the next two are a hospital or a day without it; the rest is waited for."""

    FILE = "file"
    HEADERS_ONLY = "headers_only"
    NONE_THAT_DAY = "none_that_day"
    NOT_OFFERED = "not_offered"
    GIVEN_UP = "given_up"  # waited for in vain: the day goes on without it, and says so
    NOT_YET = "not_yet"
    EMPTY_FILE = "empty_file"
    REFUSED = "refused"  # a file that must not be used; ``detail`` says why
    FAILED = "failed"  # nobody answered


THERE = frozenset({LegAnswer.FILE, LegAnswer.HEADERS_ONLY, LegAnswer.NONE_THAT_DAY})
FINAL = THERE | {LegAnswer.NOT_OFFERED, LegAnswer.GIVEN_UP}


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLeg:
    """``sha256`` is the checksum under which the file is kept as it was received; empty without a file. ``at`` is when it was asked for."""

    leg: Leg
    answer: LegAnswer
    at: datetime
    sha256: str = ""
    detail: str = ""
    sums: Sums | None = None
    balance: Balance | None = None


class DispositionAct(StrEnum):
    CONFIRM = "confirm"  # it is as it is, and right
    LINK = "link"  # two rows are one thing; ``other`` is the second one's id
    RECEIVED = "received"  # it has arrived elsewhere
    CARRY = "carry"  # it belongs to another day
    WRITE_OFF = "write_off"
    SEND_BACK = "send_back"
    """The payer gets the money back (`Disposition.sends`); where it is a record only, whoever made the mistake must mend it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """处置: what a person decided about a discrepancy. Never changed: a later one about the same ``discrepancy`` counts instead.

    ``needs_second``: it counts only when somebody else (``second_by``) has agreed. ``remark`` is the person's own words. ``sends`` is the
    payment whose money goes back when it counts; empty where a decision is a record only.
    """

    discrepancy: str
    act: DispositionAct
    by: str
    at: datetime
    remark: str
    difference_fen: int
    other: str = ""
    needs_second: bool = False
    second_by: str = ""
    sends: str = ""

    @property
    def holds(self) -> bool:
        return not self.needs_second or bool(self.second_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayClose:
    """One close of the day. ``result_sha256`` is of the result that it closes; ``missing`` names legs it goes without, ``absent`` those that
    the hospital does not have at all (no file of its bank, no receipts in the HIS's list). ``corrects`` is the number of the close before it, 0
    for the first.
    """

    number: int
    at: datetime
    result_sha256: str
    matched: int
    decided: int
    missing: tuple[Leg, ...] = ()
    absent: tuple[Leg, ...] = ()
    balance: Balance | None = None
    corrects: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationDay:
    """One channel's day. ``result`` is the text of the last run (`result_text`), empty before the first."""

    hospital: str
    channel: str
    day: date
    version: int
    state: DayState
    created_at: datetime
    legs: tuple[DayLeg, ...] = ()
    result: str = ""
    dispositions: tuple[Disposition, ...] = ()
    closes: tuple[DayClose, ...] = ()
    effects: tuple[Effect, ...] = ()
    history: tuple[HistoryEvent, ...] = ()
    audited_lines: int = 0  # how many lines of the history stand in the audit chain
    tampered: bool = False  # found when it was read: somebody changed what is stored; never stored itself

    @property
    def id(self) -> str:
        return day_id(self.channel, self.day)

    @property
    def next_due(self) -> datetime | None:
        return earliest(self.effects)

    @property
    def waits_for(self) -> tuple[Leg, ...]:
        """The legs that are not there yet, of a day that waits."""
        return (
            tuple(each.leg for each in self.legs if each.answer not in FINAL) if self.state is DayState.WAITING else ()
        )

    def leg(self, leg: Leg) -> DayLeg | None:
        return next((each for each in self.legs if each.leg is leg), None)

    def disposition(self, discrepancy: str) -> Disposition | None:
        """The last disposition about the difference."""
        return next((each for each in reversed(self.dispositions) if each.discrepancy == discrepancy), None)


def day_id(channel: str, day: date) -> str:
    return f"{channel}-{day.isoformat()}"


def advanced(
    day: ReconciliationDay,
    what: str,
    *,
    at: datetime,
    by: str = SYSTEM,
    detail: Mapping[str, str] | None = None,
    **fields: object,
) -> ReconciliationDay:
    """``day`` one version on, with ``fields`` replaced and one line of history, which goes into the audit chain."""
    line = HistoryEvent(at=at, what=what, by=by, detail=MappingProxyType(dict(detail or {})))
    after = replace(day, version=day.version + 1, history=(*day.history, line), **fields)  # type: ignore[arg-type]
    if find(after.effects, str(EffectKind.SEAL)) is None:
        after = replace(after, effects=(*after.effects, Effect(kind=EffectKind.SEAL, due_at=at)))
    return after


def bumped(day: ReconciliationDay, **fields: object) -> ReconciliationDay:
    """``day`` one version on without a line of history."""
    return replace(day, version=day.version + 1, **fields)  # type: ignore[arg-type]

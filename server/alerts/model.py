"""告警 alerts: something a person must look at, from the moment it is raised until its cause is gone or a person ends it. All pure.

    open ──► taken ──► closed        closed by its cause, by a person, or by time; raised again it is open again
      └───────────────────┘

The id names an alert within its hospital: raising it twice is once. What people do to it are its ``acts``; they go into the audit chain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from server.core.actors import SYSTEM
from server.core.errors import NotAllowed
from server.core.history import AuditableEvent, HistoryEvent, auditable_events


class AlertState(StrEnum):
    OPEN = "open"
    TAKEN = "taken"  # a person looks after it
    CLOSED = "closed"


class CloseReason(StrEnum):
    """Why a person closes an alert whose cause may still be there."""

    HANDLED = "handled"
    NOT_OURS = "not_ours"
    KNOWN = "known"
    MISTAKE = "mistake"


LIVE = frozenset({AlertState.OPEN, AlertState.TAKEN})
ALERT = "alert"
"""The kind of these entries in the audit chain."""
TAKEN, CLOSED = "alert_taken", "alert_closed"
"""The acts of people."""
CAUSE_GONE, LAPSED = "cause_gone", "lapsed"
"""Why an alert closes by itself."""

SAID_AGAIN: Mapping[AlertState, timedelta] = MappingProxyType(
    {AlertState.OPEN: timedelta(days=1), AlertState.TAKEN: timedelta(days=3)}
)
"""How long after it was last said an alert is said again while it stands."""
QUIET_AFTER_CLOSED = timedelta(days=1)
"""How long the word of the person who closed an alert holds while the same cause raises it again."""
RAISED_ANEW = timedelta(minutes=1)
SETTLED = timedelta(minutes=3)
"""An alert is raised before the write that it tells of. No alert is closed for a missing cause before its write is surely done."""
LAPSES: Mapping[str, timedelta] = MappingProxyType(
    {"message_refused": timedelta(days=7), "sms_refused": timedelta(days=7)}
)
"""Kinds that nobody can mend any more after this long."""
ENDS_SAID = frozenset({"one_sided"})
"""Kinds of which staff who were told also hear, once, that they have ended by themselves: nobody need look for the money any more."""
NOTE_CHARS_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something a person must look at. ``text`` has numbers and codes, never personal data.

    ``at`` is when it was last opened and ``opened`` how often it was; ``raised_at`` is the newest moment at which its cause was met,
    ``said_at`` when staff were last told (of one that a person closed: when the rounds looked once more). ``closed_by`` is who did it (`core.actors`), ``why`` a `CloseReason` or one of the
    reasons of this file, ``note`` the person's own words, sealed. ``sealed`` counts the acts that stand in the audit chain.
    """

    hospital: str
    id: str
    kind: str
    text: str
    at: datetime
    version: int = field(default=1, compare=False)
    state: AlertState = AlertState.OPEN
    opened: int = 1
    raised_at: datetime | None = field(default=None, compare=False)
    said_at: datetime | None = None
    taken_by: str = ""
    closed_at: datetime | None = None
    closed_by: str = ""
    why: str = ""
    note: str = ""
    acts: tuple[HistoryEvent, ...] = ()
    audited_lines: int = 0

    @property
    def live(self) -> bool:
        return self.state in LIVE

    @property
    def payment_id(self) -> str:
        """The payment that it is about; empty where it is about none."""
        return self._parts[0]

    @property
    def subject(self) -> str:
        """What of the payment it is about: a refund's number, an effect's key."""
        return self._parts[1]

    @property
    def _parts(self) -> tuple[str, str]:
        payment_id, kind, subject, *_ = (*self.id.split(":", 2), "", "")
        return (payment_id, subject) if kind == self.kind else ("", "")

    @property
    def due_at(self) -> datetime | None:
        """When the rounds look at it next: staff are told of what stands and of an end that they wait for, and what a person closed is
        looked at once more.
        """
        if self.live:
            return self.at if self.said_at is None else self.said_at + SAID_AGAIN[self.state]
        if self.end_unsaid:
            return self.closed_at
        unlooked = self.by_a_person and self.said_at is None
        return self.closed_at + QUIET_AFTER_CLOSED if self.closed_at and unlooked else None

    @property
    def end_unsaid(self) -> bool:
        """It has ended by itself after staff were told that it stands, and they have not been told of the end."""
        ended = self.kind in ENDS_SAID and self.closed_by == SYSTEM and self.why == CAUSE_GONE
        return ended and self.said_at is not None and self.closed_at is not None and self.said_at < self.closed_at

    @property
    def by_a_person(self) -> bool:
        return self.closed_by not in {"", SYSTEM}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How many alerts of one kind are not closed, and since when the oldest of them stands."""

    kind: str
    open: int
    taken: int
    oldest: datetime


def raised(known: Alert | None, alert: Alert) -> Alert:
    """``alert`` as it stands after it was raised (again) at ``alert.at``. The very same object as ``known``: nothing to write."""
    now = alert.at
    if known is None:
        return replace(alert, raised_at=now)
    if known.live:
        again = now - (known.raised_at or known.at) >= RAISED_ANEW
        return replace(known, version=known.version + 1, raised_at=now) if again else known
    if known.by_a_person and known.closed_at is not None and now - known.closed_at < QUIET_AFTER_CLOSED:
        return known
    return replace(
        known, version=known.version + 1, state=AlertState.OPEN, at=now, raised_at=now, opened=known.opened + 1,
        text=alert.text, said_at=None, taken_by="", closed_at=None, closed_by="", why="", note="",
    )  # fmt: skip


def said(alert: Alert, now: datetime) -> Alert:
    """Staff were told of it or of its end, or nobody can be told; what a person closed was looked at once more."""
    return replace(alert, version=alert.version + 1, said_at=now)


def taken(alert: Alert, by: str, now: datetime) -> Alert:
    """A person looks after it from now on; somebody else may take it over."""
    if not alert.live:
        raise NotAllowed("closed", user_message="这条告警已经关闭。")
    if alert.taken_by == by:
        return alert
    return _acted(alert, TAKEN, by, now, {}, state=AlertState.TAKEN, taken_by=by)


def closed_by_hand(alert: Alert, by: str, why: CloseReason, note: str, now: datetime) -> Alert:
    """A person ends it. ``note`` is sealed."""
    if not alert.live:
        return alert
    fields = {
        "state": AlertState.CLOSED,
        "closed_at": now,
        "closed_by": by,
        "why": str(why),
        "note": note,
        "said_at": None,
    }
    return _acted(alert, CLOSED, by, now, {"why": str(why)}, **fields)


def closed_by_itself(alert: Alert, why: str, now: datetime) -> Alert:
    """The alert's cause is gone, or the alert has lapsed."""
    if not alert.live:
        return alert
    return replace(alert, version=alert.version + 1, state=AlertState.CLOSED, closed_at=now, closed_by=SYSTEM, why=why)


def settled(alert: Alert, now: datetime) -> bool:
    """The write that it tells of is surely done or given up."""
    return now - (alert.raised_at or alert.at) >= SETTLED


def lapsed(alert: Alert, now: datetime) -> bool:
    life = LAPSES.get(alert.kind)
    return life is not None and now - alert.at >= life


def alert_events(alert: Alert) -> tuple[AuditableEvent, ...]:
    """What people did to it and does not stand in the audit chain yet."""
    return auditable_events(ALERT, alert.id, alert.acts, alert.audited_lines)


def acts_sealed(alert: Alert, upto: int) -> Alert:
    """The first ``upto`` acts stand in the audit chain."""
    return alert if alert.audited_lines >= upto else replace(alert, version=alert.version + 1, audited_lines=upto)


def _acted(alert: Alert, what: str, by: str, now: datetime, detail: dict[str, str], **fields: object) -> Alert:
    line = HistoryEvent(at=now, what=what, by=by, detail=MappingProxyType({"kind": alert.kind, **detail}))
    return replace(alert, version=alert.version + 1, acts=(*alert.acts, line), **fields)  # type: ignore[arg-type]

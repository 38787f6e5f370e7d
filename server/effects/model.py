"""What a payment still owes the world (DESIGN section 4): effects, their timetable and their leases. All pure.

A leased effect's ``due_at`` is the moment its lease runs out, so "due" is one question for fresh, retried and abandoned work alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from server.core.errors import LeaseLost


class EffectKind(StrEnum):
    QUERY = "query"  # ask the channel what became of the order
    CLOSE = "close"  # close the order at its channel
    BOOK = "book"  # tell the HIS
    REFUND = "refund"  # submit a refund (subject: its number)
    QUERY_REFUND = "query_refund"  # ask what became of a refund (subject: its number)
    MESSAGE = "message"  # tell the person in the chat (subject: what about)
    SMS = "sms"  # tell the person by SMS (subject: what about)
    EXPIRE = "expire"  # a refund that nobody agreed to in time (subject: its number)
    RELEASE = "release"  # have the HIS write a refund off before its money goes (subject: its number)
    NOTIFY_HIS = "notify_his"  # tell the HIS what became of a refund's money (subject: its number)
    TELL_STAFF = "tell_staff"  # tell staff in the chat (subject: what about, and the refund's number)
    LATE_BOOKING = "late_booking"  # ask the HIS whether it has a payment after all that it refused
    ASK_HIS = "ask_his"  # ask the HIS for what its list of a day lacks (subject: a refund's number), and tell it again
    REFUND_LOOK = "refund_look"  # ask the channel for refunds that nobody announced: somebody has opened the payment
    FREE = "free"  # tell the purpose that what it holds for the payment is not needed any more
    LAPSE = "lapse"  # give back what was to be paid elsewhere by now, unless it was
    SEAL = "seal"  # put what was done into the audit chain
    FETCH_LEGS = "fetch_legs"  # fetch the statements and the HIS's list of a day
    MATCH_DAY = "match_day"  # compare the legs of a day
    REPORT_DAY = "report_day"  # tell finance what differs, and set repairs going
    CLOSE_DAY = "close_day"  # close a day of which nothing is left to decide
    ALERT_ROUND = "alert_round"  # end alerts whose cause is gone, and tell finance what stands
    AUDIT_DAY = "audit_day"  # close the last day of the audit chain and send its head to finance
    REFUND_LOOKS = "refund_looks"  # ask the channels for refunds of past days that nobody announced
    OPEN_DAYS = "open_days"  # open the reconciliation days that are due
    DAYS_AGAIN = "days_again"  # have days compared anew of whose differences our books say something else by now
    LIVE_SIDES = "live_sides"  # alarm of money that has stood on one side for too long
    RETENTION = "retention"  # make payments whose legal term is over say no longer who
    LOW_DEPOSITS = "low_deposits"  # tell those whose patient's deposit runs low
    OLD_BALANCES = "old_balances"  # tell those on whose card an old outpatient balance lies
    NEW_REPORTS = "new_reports"  # tell of reports that the HIS does not announce
    UNUSED_CARDS = "unused_cards"  # unbind cards that nobody has used for too long
    UNUSED_PEOPLE = "unused_people"  # forget identities that have no card and have not come for too long


LOOKS = frozenset({EffectKind.LATE_BOOKING, EffectKind.REFUND_LOOK})
"""What a payment at rest may still owe: looks into other people's books, ever more seldom, which end by themselves."""


TELLINGS = frozenset({EffectKind.MESSAGE, EffectKind.SMS})
"""The two ways to tell a payer one thing. Neither waits for the other."""

RECURRING = frozenset(
    {
        EffectKind.ALERT_ROUND,
        EffectKind.AUDIT_DAY,
        EffectKind.REFUND_LOOKS,
        EffectKind.OPEN_DAYS,
        EffectKind.DAYS_AGAIN,
        EffectKind.LIVE_SIDES,
        EffectKind.RETENTION,
        EffectKind.LOW_DEPOSITS,
        EffectKind.OLD_BALANCES,
        EffectKind.NEW_REPORTS,
        EffectKind.UNUSED_CARDS,
        EffectKind.UNUSED_PEOPLE,
    }
)
"""What a hospital's timetable owes again and again (`timetable`). None waits for another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One thing owed. ``tries`` counts leases taken; ``unknown_at`` is the last call whose outcome nobody knows."""

    kind: EffectKind
    subject: str = ""
    due_at: datetime
    tries: int = 0
    lease: str | None = None
    last_error: str | None = None
    unknown_at: datetime | None = None

    @property
    def key(self) -> str:
        """Unique within its payment."""
        return f"{self.kind}:{self.subject}" if self.subject else str(self.kind)


# Seconds before the next try, by the number of tries so far; the last one is the slowest pace and goes on for ever.
# QUERY and QUERY_REFUND follow the strictest poll guidance of the channels (docs/protocols/, payment queries).
_QUERY = (5, 30, 60, 180, 300, 600, 1800)
_QUERY_REFUND = (60, 60, 60, 60, 60, 300, 600, 1200, 1800)
_MONEY = (1, 2, 5, 10, 20, 40, 60, 120, 300, 600)
_CLOSE = (1, 2, 5, 10, 30, 60, 300)
_LATE_BOOKING = (300, 600, 3600, 21_600, 86_400, 172_800, 345_600)  # ends after the last
_DAY = (60, 300, 600, 600, 1800, 3600)
_TELL = (2, 10, 60, 300, 900, 1800, 3600)
_RECURRING = (10, 30, 60, 60, 120, 300, 600)
PACE_S: dict[EffectKind, tuple[int, ...]] = {
    EffectKind.QUERY: _QUERY,
    EffectKind.CLOSE: _CLOSE,
    EffectKind.BOOK: _MONEY,
    EffectKind.REFUND: _MONEY,
    EffectKind.QUERY_REFUND: _QUERY_REFUND,
    EffectKind.MESSAGE: _TELL,
    EffectKind.SMS: _TELL,
    EffectKind.EXPIRE: _CLOSE,
    EffectKind.RELEASE: _MONEY,
    EffectKind.NOTIFY_HIS: _MONEY,
    EffectKind.TELL_STAFF: _TELL,
    EffectKind.LATE_BOOKING: _LATE_BOOKING,
    EffectKind.ASK_HIS: _MONEY,
    EffectKind.REFUND_LOOK: _CLOSE,
    EffectKind.FREE: _MONEY,
    EffectKind.LAPSE: _CLOSE,
    EffectKind.SEAL: _CLOSE,
    EffectKind.FETCH_LEGS: _DAY,
    EffectKind.MATCH_DAY: _DAY,
    EffectKind.REPORT_DAY: _DAY,
    EffectKind.CLOSE_DAY: _DAY,
    **dict.fromkeys(RECURRING, _RECURRING),
}
JITTER_SHARE = 0.2
ABANDONED = "ABANDONED"
"""The error of a try whose lease ran out: its worker died over it."""


def next_try(effect: Effect, now: datetime, jitter: float) -> datetime:
    """When to try again: the pace of this kind, up to 20 % later by ``jitter`` (0 ≤ jitter < 1) so that crowds spread out."""
    pace = PACE_S[effect.kind]
    seconds = pace[min(max(effect.tries - 1, 0), len(pace) - 1)]
    return now + timedelta(seconds=seconds * (1 + JITTER_SHARE * jitter))


def at_last_resort(effect: Effect) -> bool:
    """True from the try that reaches the slowest pace on: a person is alerted (an alert of one name is kept once)."""
    return effect.tries >= len(PACE_S[effect.kind])


def find(effects: Iterable[Effect], key: str) -> Effect | None:
    return next((effect for effect in effects if effect.key == key), None)


def without(effects: tuple[Effect, ...], *kinds: EffectKind, subject: str | None = None) -> tuple[Effect, ...]:
    """``effects`` less those of ``kinds`` (of every subject, or of one)."""
    return tuple(e for e in effects if e.kind not in kinds or (subject is not None and e.subject != subject))


def with_effect(effects: tuple[Effect, ...], effect: Effect) -> tuple[Effect, ...]:
    """``effects`` with ``effect`` in the place of the one of its key, or at the end: they stand in the order in which they came to be owed."""
    if find(effects, effect.key) is None:
        return (*effects, effect)
    return tuple(effect if old.key == effect.key else old for old in effects)


def take(effects: tuple[Effect, ...], key: str, *, token: str, now: datetime, lease: timedelta) -> tuple[Effect, ...]:
    """``effects`` with the due one named ``key`` leased under ``token``. Raises LeaseLost if it is gone or not due.

    A lease that ran out was abandoned in the middle of its call: whatever that call did is unknown.
    """
    effect = find(effects, key)
    if effect is None or effect.due_at > now:
        raise LeaseLost(key)
    taken = replace(effect, lease=token, due_at=now + lease, tries=effect.tries + 1)
    if effect.lease is not None:
        taken = replace(taken, unknown_at=effect.due_at, last_error=ABANDONED)
    return with_effect(effects, taken)


def done_together(effects: tuple[Effect, ...], keys: Sequence[str]) -> tuple[str, ...]:
    """The first of ``keys``, with those that may run at the same time: the ways in which one thing is told, or recurring tasks."""
    first = find(effects, keys[0])
    group = next((kinds for kinds in (TELLINGS, RECURRING) if first is not None and first.kind in kinds), None)
    if first is None or group is None:
        return (keys[0],)
    alike = {effect.key for effect in effects if effect.kind in group and effect.subject == first.subject}
    return tuple(key for key in keys if key in alike)


def renewed(effects: tuple[Effect, ...], key: str, token: str, now: datetime, lease: timedelta) -> tuple[Effect, ...]:
    """``effects`` with the lease of ``token`` running anew: its call has not begun yet. Raises LeaseLost."""
    return with_effect(effects, replace(held(effects, key, token), due_at=now + lease))


def became_due(before: tuple[Effect, ...], after: tuple[Effect, ...], now: datetime) -> tuple[str, ...]:
    """The keys of what ``after`` owes at once, nobody working at it, and ``before`` did not owe in the same way."""
    return tuple(
        effect.key
        for effect in after
        if effect.lease is None and effect.due_at <= now and find(before, effect.key) != effect
    )


def held(effects: tuple[Effect, ...], key: str, token: str) -> Effect:
    """The effect that ``token`` holds. Raises LeaseLost if it is gone or another worker's."""
    effect = find(effects, key)
    if effect is None or effect.lease != token:
        raise LeaseLost(key)
    return effect


def later(effect: Effect, due_at: datetime, *, error: str | None = None, unknown_at: datetime | None = None) -> Effect:
    """``effect`` released and due again at ``due_at``; ``unknown_at`` is kept from before when not given."""
    return replace(effect, lease=None, due_at=due_at, last_error=error, unknown_at=unknown_at or effect.unknown_at)


def failed(
    effects: tuple[Effect, ...], key: str, token: str, now: datetime, jitter: float, error: str, *, unknown: bool
) -> tuple[Effect, ...]:
    """``effects`` with the one that ``token`` holds due again later; ``unknown`` marks that its call may nevertheless have been done.

    The very same tuple when the lease is lost: somebody else works at it.
    """
    try:
        effect = held(effects, key, token)
    except LeaseLost:
        return effects
    again = later(effect, next_try(effect, now, jitter), error=error, unknown_at=now if unknown else None)
    return with_effect(effects, again)


def earliest(effects: Iterable[Effect]) -> datetime | None:
    """``next_due`` of the document."""
    return min((effect.due_at for effect in effects), default=None)

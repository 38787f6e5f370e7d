"""The audit chain 审计链: what people did, born as history of payments and staff, sealed so that no line can be changed, lost or moved.

A hospital has one chain, numbered from 1 without a gap. Its days follow one another: the first entry of a day seals the last one of the
day before, whose mac is that day's head. Each mac is a keyed hash over the entry and the mac before it; the key is not in the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from types import MappingProxyType

from server.domain.alerts import Alert
from server.domain.effects import EffectKind, held, without
from server.domain.payment import Happening, Payment, bumped
from server.domain.staff import Staff

FORM = "zhenfu-audit-1"
BEGINNING = "0" * 64
"""What the very first entry of a hospital seals."""
PAYMENT, STAFF, VISIT, ALERT, DAY = "payment", "staff", "visit", "alert", "day"
PERSON, CARD = "person", "card"
"""What was asked or erased of a patient or payer, and whom a patient cut off from their card: both stand in the chain only."""
DAY_CLOSED = "day_closed"
SHOWN_CHARS = 16
"""So much of a head is told to people: enough that nobody finds another by trying."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One line of somebody's history. ``id`` names it for ever: kind, whose, which line."""

    id: str
    line: Happening


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One link of a hospital's chain. ``day`` is when it was sealed (hospital's day), ``at`` when it happened. Codes and numbers only."""

    hospital: str
    number: int
    day: date
    id: str
    at: datetime
    what: str
    by: str
    detail: Mapping[str, str]
    previous: str
    mac: str = ""

    @property
    def line(self) -> Happening:
        return Happening(at=self.at, what=self.what, by=self.by, detail=self.detail)

    @property
    def source(self) -> tuple[str, str, int]:
        """(kind, whose, which line); of a closed day the line is 0. Raises ValueError for an id that is none of ours."""
        kind, _, rest = self.id.partition("/")
        whose, _, which = rest.rpartition("/")
        return kind, whose, int(which)


def deed_id(kind: str, whose: str, which: int) -> str:
    return f"{kind}/{whose}/{which}"


def payment_deeds(payment: Payment, since: int = 0) -> tuple[Deed, ...]:
    return _deeds(PAYMENT, payment.id, payment.history, since)


def staff_deeds(staff: Staff, since: int = 0) -> tuple[Deed, ...]:
    return _deeds(STAFF, staff.number, staff.history, since)


def visit_deeds(staff: Staff) -> tuple[Deed, ...]:
    """Those that wait: once sealed, a visit stands in the chain only."""
    return tuple(
        Deed(id=deed_id(VISIT, staff.number, staff.visited + place), line=line)
        for place, line in enumerate(staff.visits)
    )


def alert_deeds(alert: Alert) -> tuple[Deed, ...]:
    """What people did to it and does not stand in the chain yet."""
    return _deeds(ALERT, alert.id, alert.acts, alert.sealed)


def _deeds(kind: str, whose: str, history: tuple[Happening, ...], since: int) -> tuple[Deed, ...]:
    return tuple(
        Deed(id=deed_id(kind, whose, which), line=line) for which, line in enumerate(history) if which >= since
    )


def closing(head: AuditEntry, now: datetime) -> Deed:
    """That ``head``'s day is over, and with what. It stands in a later day, so nothing can be added to that day any more."""
    detail = {"day": head.day.isoformat(), "last": str(head.number), "head": head.mac}
    line = Happening(at=now, what=DAY_CLOSED, detail=MappingProxyType(detail))
    return Deed(id=deed_id(DAY, head.day.isoformat(), 0), line=line)


def next_entry(hospital: str, last: AuditEntry | None, deed: Deed, today: date) -> AuditEntry:
    """The link after ``last``, still without its mac. Days never go back, whatever a machine's clock says."""
    return AuditEntry(
        hospital=hospital,
        number=last.number + 1 if last else 1,
        day=max(last.day, today) if last else today,
        id=deed.id,
        at=deed.line.at,
        what=deed.line.what,
        by=deed.line.by,
        detail=deed.line.detail,
        previous=last.mac if last else BEGINNING,
    )


def same_line(one: Happening, other: Happening) -> bool:
    """To the millisecond, which is what stores keep."""
    return _line(one) == _line(other)


def seals(entry: AuditEntry, deed: Deed) -> bool:
    """Is ``entry`` of this very deed? That a day is over is found anew by every round of every worker: it has no time of its own."""
    if entry.what == DAY_CLOSED == deed.line.what:
        return dict(entry.detail) == dict(deed.line.detail)
    return same_line(entry.line, deed.line)


def canonical(entry: AuditEntry) -> str:
    """The text that is sealed: every part with its length, so that no two entries have one text."""
    parts = (
        FORM, entry.hospital, str(entry.number), entry.day.isoformat(), entry.id, *_line(entry.line), entry.previous,
    )  # fmt: skip
    return "".join(f"{len(part.encode())}:{part}\n" for part in parts)


def _line(line: Happening) -> tuple[str, ...]:
    at = line.at.astimezone(UTC).isoformat(timespec="milliseconds")
    pairs = [part for name in sorted(line.detail) for part in (name, line.detail[name])]
    return (at, line.what, line.by, str(len(pairs) // 2), *pairs)


def history_sealed(payment: Payment, upto: int, token: str, now: datetime) -> Payment:
    """The first ``upto`` lines stand in the audit chain; lines that came meanwhile are sealed next."""
    seal = held(payment.effects, str(EffectKind.SEAL), token)
    rest = without(payment.effects, EffectKind.SEAL)
    if upto < len(payment.history):
        rest = (*rest, replace(seal, lease=None, tries=0, due_at=now))
    return bumped(payment, sealed=max(payment.sealed, upto), effects=rest)


def staff_all_sealed(staff: Staff) -> Staff:
    """Everything that ``staff`` carries stands in the audit chain; visits are there for good and need no other place."""
    if staff.sealed >= len(staff.history) and not staff.visits:
        return staff
    version, count = staff.version + 1, staff.visited + len(staff.visits)
    return replace(staff, version=version, sealed=len(staff.history), visits=(), visited=count)

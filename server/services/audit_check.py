"""`run.py audit verify`: recomputes a hospital's whole chain, holds it against the payments and staff whose history it seals, and holds
the state of every payment against its history.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hmac import compare_digest

from server.domain.audit import (
    ALERT,
    BEGINNING,
    CARD,
    DAY,
    PAYMENT,
    PERSON,
    SHOWN_CHARS,
    STAFF,
    VISIT,
    AuditEntry,
    Deed,
    deed_id,
    payment_deeds,
    same_line,
    staff_deeds,
    visit_deeds,
)
from server.domain.errors import Unreadable
from server.domain.payment import Happening, Payment
from server.domain.replay import contradictions
from server.ports import Clock, Sealer, Stores
from server.services.audit import is_sealed_by_us

PAGE = 200
SEALED_WITHIN = timedelta(hours=1)
"""A line that people had a hand in and that is older than this must be sealed."""
PROBLEMS_MAX = 100


@dataclass(slots=True)
class AuditReport:
    """``heads`` is the mac of each day's last entry; ``problems`` are sentences of codes and numbers, empty when the chain holds."""

    hospital: str
    entries: int = 0
    heads: dict[date, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def say(self, sentence: str) -> None:
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(sentence)


class AuditCheck:
    """Reads only; bounded memory, whatever the length of the chain."""

    def __init__(self, stores: Stores, sealer: Sealer, clock: Clock) -> None:
        self._stores = stores
        self._sealer = sealer
        self._clock = clock

    async def verify(self, hospital: str, day: date | None = None, head: str = "") -> AuditReport:
        """Everything, or what is said of ``day`` only (its links are followed all the same). ``head``: what finance was told of
        ``day``, or of any day, at least the SHOWN_CHARS characters that they see.
        """
        report = AuditReport(hospital)
        last: AuditEntry | None = None
        async for entry in self._chain(report):
            told = day is None or entry.day == day
            here = report if told else AuditReport(hospital)
            self._link(here, last, entry)
            if told:
                report.entries += 1
                report.heads[entry.day] = entry.mac
                await self._source(report, entry)
            last = entry
        if day is None:
            await self._payments_are_in(report)
            await self._staff_is_in(report)
        if head:
            self._head(report, day, head)
        return report

    # ---- the chain -----------------------------------------------------------------------------------------------------------------

    async def _chain(self, report: AuditReport) -> AsyncIterator[AuditEntry]:
        after, began = -1, self._clock.now()
        try:
            while page := await self._stores.audit.page(report.hospital, after, PAGE):
                for entry in page:
                    yield entry
                after = page[-1].number
                began = await self._rested(began)
        except Unreadable as error:
            report.say(f"an entry after {max(after, 0)} can't be read ({error}): nothing from there on is checked")

    async def _rested(self, began: datetime) -> datetime:
        """Rest for as long as the work since ``began`` took, so that whoever serves goes on; when that was over."""
        await self._clock.sleep((self._clock.now() - began).total_seconds())
        return self._clock.now()

    def _link(self, report: AuditReport, last: AuditEntry | None, entry: AuditEntry) -> None:
        """``entry`` is the next one, seals the one before, and is itself as it was sealed."""
        due = last.number + 1 if last else 1
        if entry.number != due:
            gone = f"{due}" if entry.number == due + 1 else f"{due} to {entry.number - 1}"
            report.say(f"entry {gone} is missing: after {due - 1} comes {entry.number}")
        elif not compare_digest(entry.previous, last.mac if last else BEGINNING):
            report.say(
                f"entry {entry.number} ({entry.day}) does not follow {due - 1}: one of them was changed or moved"
            )
        if last is not None and entry.day < last.day:
            report.say(f"entry {entry.number} is of {entry.day}, before {last.day} of the one before it")
        if not is_sealed_by_us(self._sealer, entry):
            report.say(f"entry {entry.number} ({entry.id}) was changed, or made without the key")

    def _head(self, report: AuditReport, day: date | None, head: str) -> None:
        wanted = head.replace(" ", "").lower()
        if len(wanted) < SHOWN_CHARS:
            report.say(f"a head has at least {SHOWN_CHARS} characters")
        elif not any(mac.startswith(wanted) for mac in report.heads.values()):
            which = f"the head of {day}" if day else "the head of any day"
            report.say(f"{wanted} is not {which}: the end of that day was cut off or changed after finance was told")

    # ---- what it seals -------------------------------------------------------------------------------------------------------------

    async def _source(self, report: AuditReport, entry: AuditEntry) -> None:
        """The line that ``entry`` seals still stands where it stood, unchanged."""
        try:
            kind, whose, which = entry.source
        except ValueError:
            report.say(f"entry {entry.number} is of {entry.id}, which is nothing that we seal")
            return
        if kind == DAY:
            self._closed(report, entry, whose)
            return
        if kind in {PERSON, CARD}:
            return  # the chain is its only place
        try:
            await self._seal_of(report, entry, kind, whose, which)
        except Unreadable as error:
            report.say(f"entry {entry.number} is of {kind} {whose}, which can't be read ({error})")

    async def _seal_of(self, report: AuditReport, entry: AuditEntry, kind: str, whose: str, which: int) -> None:
        if kind == VISIT:
            await self._visit(report, entry, whose, which)
            return
        history = await self._history(report.hospital, kind, whose)
        if history is None:
            report.say(f"entry {entry.number} is of {kind} {whose}, which is gone")
        elif which >= len(history):
            report.say(f"entry {entry.number} seals line {which} of {kind} {whose}, which is gone from its history")
        elif not same_line(history[which], entry.line):
            report.say(
                f"line {which} of {kind} {whose} is not what entry {entry.number} sealed: {entry.what} was changed"
            )

    async def _visit(self, report: AuditReport, entry: AuditEntry, whose: str, which: int) -> None:
        """The chain is the only place where a sealed visit stands; the employee's record counts them."""
        staff = await self._stores.staff.get(report.hospital, whose)
        waiting = () if staff is None else staff.visits
        if staff is None:
            report.say(f"entry {entry.number} is of staff {whose}, which is gone")
        elif which >= staff.visited + len(waiting):
            report.say(f"entry {entry.number} seals visit {which} of staff {whose}, whose record counts fewer")
        elif which >= staff.visited and not same_line(waiting[which - staff.visited], entry.line):
            report.say(
                f"visit {which} of staff {whose} is not what entry {entry.number} sealed: {entry.what} was changed"
            )

    def _closed(self, report: AuditReport, entry: AuditEntry, whose: str) -> None:
        """A closed day ended with what was said then."""
        known = report.heads.get(date.fromisoformat(whose))
        if known is not None and known != entry.detail.get("head"):
            report.say(f"the day {whose} does not end with the head that entry {entry.number} gives")

    async def _history(self, hospital: str, kind: str, whose: str) -> tuple[Happening, ...] | None:
        if kind == PAYMENT:
            payment = await self._stores.payments.get(hospital, whose)
            return None if payment is None else payment.history
        if kind == ALERT:
            alert = await self._stores.alerts.get(hospital, whose)
            return None if alert is None else alert.acts
        staff = await self._stores.staff.get(hospital, whose) if kind == STAFF else None
        return None if staff is None else staff.history

    async def _payments_are_in(self, report: AuditReport) -> None:
        after, began = "", self._clock.now()
        while page := await self._stores.payments.page(after, PAGE):
            for payment in page:
                if payment.hospital != report.hospital:
                    continue
                self._is_ours(report, payment)
                if payment.audited or payment.sealed:
                    await self._all_in(report, payment_deeds(payment), payment.sealed)
            after = page[-1].id
            began = await self._rested(began)

    def _is_ours(self, report: AuditReport, payment: Payment) -> None:
        """What is stored of ``payment`` is what Zhenfu wrote, and its history leads there."""
        if payment.tampered:
            report.say(f"{payment.id} was changed in the database by somebody without the key")
        for contradiction in contradictions(payment):
            report.say(f"{payment.id}: {contradiction}")

    async def _staff_is_in(self, report: AuditReport) -> None:
        for staff in await self._stores.staff.all(report.hospital):
            await self._all_in(report, staff_deeds(staff), staff.sealed)
            await self._all_in(report, visit_deeds(staff), 0)
            newest = deed_id(VISIT, staff.number, staff.visited - 1)
            if staff.visited and await self._stores.audit.by_id(report.hospital, newest) is None:
                report.say(f"{newest} is not in the chain: its entry is missing")

    async def _all_in(self, report: AuditReport, deeds: tuple[Deed, ...], sealed: int) -> None:
        """Every line stands in the chain; the newest may still be on its way."""
        late = self._clock.now() - SEALED_WITHIN
        for which, deed in enumerate(deeds):
            if which >= sealed and deed.line.at > late:
                continue
            if await self._stores.audit.by_id(report.hospital, deed.id) is None:
                why = "its entry is missing" if which < sealed else "it was never sealed (is a worker running?)"
                report.say(f"{deed.id} ({deed.line.what}) is not in the chain: {why}")

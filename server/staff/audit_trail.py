"""What was done to staff and what they did themselves goes into the audit chain, and `run.py audit verify` holds it against the chain."""

from __future__ import annotations

import logging

from server.audit.model import AuditEntry, same_line
from server.audit.service import AuditService
from server.audit.sources import Examination, line_problem
from server.core.errors import NotFound, NotSent, StoreError
from server.core.history import event_id
from server.core.optimistic import decide_and_write
from server.staff.model import Staff
from server.staff.ports import StaffStore
from server.staff.rules.auth_events import AUTH_EVENT, STAFF, staff_all_sealed, staff_events, waiting_auth_events

log = logging.getLogger("zhenfu.audit")
RACES_MAX = 5


class StaffAudit:
    """Seals at once what has changed; `sweep` finds what a crash left."""

    def __init__(self, staff: StaffStore, audit: AuditService) -> None:
        self._staff = staff
        self._audit = audit

    async def changed(self, staff: Staff) -> None:
        """Seal what was done to ``staff``. What can't be sealed now is found by `sweep`: the change itself stands."""
        try:
            await self._seal(staff)
        except (StoreError, NotSent) as error:
            log.warning("staff not sealed yet hospital=%s why=%s", staff.hospital, type(error).__name__)

    async def sweep(self, hospital: str) -> int:
        """Seal what a crash left of the history of staff; how many people's it was."""
        left = [
            one for one in await self._staff.all(hospital) if one.auth_events or one.audited_lines < len(one.history)
        ]
        for staff in left:
            await self._seal(staff)
        return len(left)

    async def _seal(self, staff: Staff) -> None:
        async def read() -> Staff:
            found = await self._staff.get(staff.hospital, staff.number)
            if found is None:
                raise NotFound("staff")
            return found

        async def write(before: Staff, after: Staff) -> Staff:
            lines = (*staff_events(before, before.audited_lines), *waiting_auth_events(before))
            await self._audit.append(before.hospital, lines)
            await self._staff.save(before, after)
            return after

        await decide_and_write(read, staff_all_sealed, write, "staff", known=staff, races_max=RACES_MAX)


class AuditedStaff:
    """The employees whose history the chain audits, and whose authentication events stand in the chain only."""

    kinds = frozenset({STAFF, AUTH_EVENT})

    def __init__(self, staff: StaffStore) -> None:
        self._staff = staff

    async def problem_of(self, entry: AuditEntry) -> str:
        """Why ``entry`` is of no line of an employee; empty when it is. Raises Unreadable."""
        kind, whose, which = entry.source
        staff = await self._staff.get(entry.hospital, whose)
        if kind == AUTH_EVENT:
            return self._auth_event_problem(entry, staff, whose, which)
        return line_problem(entry, None if staff is None else staff.history)

    def _auth_event_problem(self, entry: AuditEntry, staff: Staff | None, whose: str, which: int) -> str:
        """The chain is the only place where an audited event stands; the employee's record counts them."""
        if staff is None:
            return f"entry {entry.number} is of staff {whose}, which is gone"
        waiting = staff.auth_events
        if which >= staff.audited_auth_events + len(waiting):
            return f"entry {entry.number} seals visit {which} of staff {whose}, whose record counts fewer"
        if which >= staff.audited_auth_events and not same_line(waiting[which - staff.audited_auth_events], entry.line):
            return f"visit {which} of staff {whose} is not what entry {entry.number} sealed: {entry.what} was changed"
        return ""

    async def examine(self, examination: Examination) -> None:
        """Every line about staff stands in the chain, and the newest event that a record counts."""
        for staff in await self._staff.all(examination.hospital):
            await examination.all_in(staff_events(staff), staff.audited_lines)
            await examination.all_in(waiting_auth_events(staff), 0)
            newest = event_id(AUTH_EVENT, staff.number, staff.audited_auth_events - 1)
            if staff.audited_auth_events and not await examination.is_in(newest):
                examination.say(f"{newest} is not in the chain: its entry is missing")

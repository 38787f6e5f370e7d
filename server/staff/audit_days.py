"""日终: closes each day of the audit chain and sends its head to finance, who then hold what nobody can change in the database."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta

from server.alerts.model import Alert
from server.alerts.ports import AlertStore
from server.audit.model import SHOWN_CHARS, AuditEntry, closing
from server.audit.ports import AuditStore
from server.audit.service import AuditService
from server.core.days import hospital_day
from server.core.errors import OutsideError, OutsideRefusal
from server.core.ports import Clock, ShortLivedStore
from server.effects.recurring import Piece
from server.patients.contact_ports import OutgoingMessage
from server.payments.hospital import Hospital
from server.payments.rules.telling import AUDIT_HEAD
from server.staff.audit_trail import StaffAudit
from server.staff.model import Role, Staff, StaffState
from server.staff.ports import StaffStore
from server.staff.reach import reached

log = logging.getLogger("zhenfu.audit")
EVERY = timedelta(minutes=1)
MARGIN = timedelta(minutes=10)
"""After midnight, so that a machine whose clock goes behind still finds its day open."""
TELLING_FOR = timedelta(minutes=10)
KEPT_FOR = timedelta(days=40)
_TOLD = "audit_head"


class AuditDays:
    """The task AUDIT_DAY of a hospital's timetable."""

    def __init__(
        self,
        *,
        hospitals: Mapping[str, Hospital],
        alerts: AlertStore,
        short_lived: ShortLivedStore,
        employees: StaffStore,
        entries: AuditStore,
        audit: AuditService,
        staff_audit: StaffAudit,
        clock: Clock,
    ) -> None:
        self._hospitals = hospitals
        self._alerts = alerts
        self._short_lived = short_lived
        self._employees = employees
        self._entries = entries
        self._audit = audit
        self._staff_audit = staff_audit
        self._clock = clock

    async def piece(self, hospital: str, place: str) -> Piece:
        """Seal what a crash left of staff's history; close the last day and tell finance its head, once. It goes on nowhere: the chain says
        what is done.

        Raises StoreError, and NotSent where the chain can't be reached.
        """
        await self._staff_audit.sweep(hospital)
        head = await self._entries.last(hospital, before=hospital_day(self._clock.now() - MARGIN))
        if head is not None:
            await self._audit.append(hospital, [closing(head, self._clock.now())])
            await self._tell_once(hospital, head)
        return Piece()

    async def _tell_once(self, hospital: str, head: AuditEntry) -> None:
        """A worker that dies while telling is followed by another: twice is better than never."""
        now, key = self._clock.now(), f"{hospital}:{head.day.isoformat()}"
        if not await self._short_lived.put_once(_TOLD, key, "telling", now, now + TELLING_FOR):
            return
        log.info("audit head hospital=%s day=%s entries=%d head=%s", hospital, head.day, head.number, head.mac)
        if await self._tell(hospital, head):
            await self._short_lived.put(_TOLD, key, "told", now + KEPT_FOR)

    async def _tell(self, hospital: str, head: AuditEntry) -> bool:
        """False if somebody can be told later only; when nobody at all holds the heads, a person is alerted, once."""
        told = later = False
        for person in [one for one in await self._employees.all(hospital) if _holds_heads(one)]:
            try:
                told |= await self._told(hospital, person, head)
            except OutsideRefusal as refusal:
                log.warning("audit head refused hospital=%s code=%s", hospital, refusal.reason_code)
            except OutsideError as error:
                log.warning("audit head not told hospital=%s why=%s", hospital, type(error).__name__)
                later = True
        if not told and not later:
            await self._alerts.raise_alert(
                Alert(
                    hospital=hospital,
                    id=f"audit_head_unheld:{head.day.isoformat()[:7]}",
                    kind="audit_head_unheld",
                    text=f"no finance staff could be told the audit head of {head.day}; it is in the worker's log",
                    at=self._clock.now(),
                )
            )
        return told or not later

    async def _told(self, hospital: str, person: Staff, head: AuditEntry) -> bool:
        mark = " ".join(head.mac[at : at + 4] for at in range(0, SHOWN_CHARS, 4))
        day, last = head.day.isoformat(), str(head.number)
        text = f"审计日终 {day}\n截至第{last}条\n校验码 {mark}\n请保存，核对时使用。"
        there = self._hospitals[hospital]
        values = {"hospital": there.name, "day": day, "last": last, "head": mark}
        notice = OutgoingMessage(purpose=AUDIT_HEAD, values=values)
        return await reached(there, person, text, notice, f"{AUDIT_HEAD}-{day}-{person.number}")


def _holds_heads(staff: Staff) -> bool:
    return staff.state is StaffState.ACTIVE and staff.role is Role.FINANCE

"""One member of staff, changed by an optimistic write; and what the change says is sealed."""

from __future__ import annotations

from collections.abc import Callable

from server.core.errors import NotFound
from server.core.optimistic import decide_and_write
from server.staff.audit_trail import StaffAudit
from server.staff.model import Staff
from server.staff.ports import StaffStore


class StaffRecords:
    def __init__(self, staff: StaffStore, audit: StaffAudit) -> None:
        self._staff = staff
        self._audit = audit

    async def get(self, hospital_id: str, number: str) -> Staff:
        staff = await self._staff.get(hospital_id, number)
        if staff is None:
            raise NotFound("staff", user_message="没有这个工号。")
        return staff

    async def add(self, staff: Staff) -> None:
        """Raises AlreadyStored."""
        await self._staff.insert(staff)
        await self._audit.changed(staff)

    async def change(self, hospital_id: str, number: str, decide: Callable[[Staff], Staff]) -> Staff:
        """What ``decide`` makes of the member of staff; the very same object is no change."""
        _, after = await decide_and_write(lambda: self.get(hospital_id, number), decide, self._save, "staff")
        await self._audit.changed(after)
        return after

    async def _save(self, before: Staff, after: Staff) -> Staff:
        await self._staff.save(before, after)
        return after

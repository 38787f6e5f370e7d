"""What staff work with, as the chat and the console get it."""

from __future__ import annotations

from dataclasses import dataclass

from server.refunds.chat.chat import StaffChat
from server.refunds.permission import RefundPermission
from server.refunds.search import RefundSearch
from server.refunds.service import RefundDesk
from server.staff.facts import StaffFacts
from server.staff.service import StaffService
from server.staff.views import StaffViews


@dataclass(frozen=True, slots=True)
class Office:
    facts: StaffFacts
    staff: StaffService
    views: StaffViews
    search: RefundSearch
    permission: RefundPermission
    desk: RefundDesk
    chat: StaffChat

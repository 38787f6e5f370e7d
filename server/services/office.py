"""What staff work with, as the chat and the console get it."""

from __future__ import annotations

from dataclasses import dataclass

from server.services.refund_desk import RefundDesk
from server.services.refund_search import RefundSearch
from server.services.staff import StaffService
from server.services.staff_chat import StaffChat
from server.services.staff_facts import StaffFacts
from server.services.staff_views import StaffViews


@dataclass(frozen=True, slots=True)
class Office:
    facts: StaffFacts
    staff: StaffService
    views: StaffViews
    search: RefundSearch
    desk: RefundDesk
    chat: StaffChat

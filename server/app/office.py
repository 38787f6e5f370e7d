"""What staff work with, as the chat and the console get it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.core.ports import Ids, Sealer, SureClock
from server.payments.hospital import Hospital
from server.payments.ledger import Transitions
from server.payments.purpose import Purposes
from server.payments.refund_looks import RefundLooks
from server.refunds.authorization import Authorization
from server.refunds.chat.chat import StaffChat
from server.refunds.drafts import DraftKeeper
from server.refunds.permission import RefundPermission
from server.refunds.search import RefundSearch
from server.refunds.service import RefundDesk
from server.staff.audit_trail import StaffAudit
from server.staff.facts import StaffFacts
from server.staff.rules.auth_events import Asked
from server.staff.service import StaffService
from server.staff.views import StaffViews
from server.storage.stores import Stores


@dataclass(frozen=True, slots=True)
class Office:
    facts: StaffFacts
    staff: StaffService
    views: StaffViews
    search: RefundSearch
    permission: RefundPermission
    desk: RefundDesk
    chat: StaffChat


def office_over(
    *,
    hospitals: Mapping[str, Hospital],
    stores: Stores,
    sealer: Sealer,
    clock: SureClock,
    ids: Ids,
    purposes: Purposes,
    transitions: Transitions,
    audit: StaffAudit,
    looks: RefundLooks,
) -> Office:
    facts = StaffFacts(stores.staff, stores.people, stores.cards, stores.staff_facts, sealer, clock)
    staff = StaffService(
        hospitals=hospitals,
        staff=stores.staff,
        short_lived=stores.short_lived,
        sealer=sealer,
        clock=clock,
        ids=ids,
        audit=audit,
        facts=facts,
    )
    views = StaffViews(hospitals, staff, stores.short_lived, sealer, clock)
    search = RefundSearch(stores.payments, views, clock)
    permission = RefundPermission(hospitals, stores.staff, facts, clock)
    desk = RefundDesk(
        hospitals=hospitals,
        purposes=purposes,
        employees=stores.staff,
        drafts=DraftKeeper(stores.short_lived, clock, ids),
        permission=permission,
        search=search,
        authorization=Authorization(staff, permission, Asked.REFUND),
        transitions=transitions,
        sealer=sealer,
        clock=clock,
        looks=looks,
    )
    chat = StaffChat(staff, desk, search, stores.short_lived, sealer, clock)
    return Office(facts, staff, views, search, permission, desk, chat)

"""Which pages the chat of each hospital leads to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.app.services import Adapters, Shared
from server.inpatient import texts as inpatient
from server.messages.chat_pages import BILLS, CARDS, PAYMENTS, ChatPage
from server.old_balances import texts as old_balances
from server.registration import texts as registration
from server.reports import texts as reports


def chat_pages(adapters: Adapters, shared: Shared) -> Mapping[str, Sequence[ChatPage]]:
    """By hospital, in the order in which the help names them: what every hospital has, and what this one offers."""
    offered = (
        (registration.IN_CHAT, lambda name: name in adapters.registration),
        (reports.IN_CHAT, lambda name: name in adapters.reports),
        (inpatient.IN_CHAT, shared.admissions.offered),
        (old_balances.IN_CHAT, shared.old_balances.offered),
    )
    return {
        name: (BILLS, PAYMENTS, *(page for page, is_offered in offered if is_offered(name)), CARDS)
        for name in adapters.hospitals
    }

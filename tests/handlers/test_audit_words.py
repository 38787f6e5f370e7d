"""What somebody searched for stands in the audit in people's words, never in codes."""

from __future__ import annotations

from datetime import date, datetime
from typing import cast

import pytest

from handlers.console.views.audit import KINDS, _filters_text, act_words, audit_page
from handlers.console.views.search_form import STANDINGS
from handlers.console.views.words import UNCLAIMED_ACTS
from server.app.audited import audit_sources
from server.audit.model import DAY as SEALED_DAY
from server.audit.model import AuditEntry
from server.audit.rules import AuditSearch
from server.console.audit_room import FoundEntries
from server.console.rules import Room
from server.core.days import HOSPITAL_ZONE
from server.payments.rules.audit_events import PAYMENT
from server.payments.rules.search import PaymentSearch, filters_text
from server.payments.rules.unclaimed_returns import UNCLAIMED
from server.reconciliation.day_model import RECONCILIATION
from server.reconciliation.texts import DISPOSITIONS
from server.storage.memory import memory_stores
from tests.support.builders import HOSPITAL

DAY, LAST = date(2026, 11, 1), date(2026, 11, 30)


@pytest.mark.parametrize(
    ("search", "words"),
    [
        (PaymentSearch(state="refunded"), "有退费已到账"),
        (PaymentSearch(channel="alipay", state="booked"), "支付宝，已入账"),
        (PaymentSearch(since=DAY, until=LAST), "2026-11-01到2026-11-30"),
        (PaymentSearch(since=DAY, until=DAY), "2026-11-01"),
        (PaymentSearch(until=LAST, least_fen=1000), "到2026-11-30，¥10.00起"),
        (PaymentSearch(since=DAY, least_fen=1000, most_fen=120000), "2026-11-01起，¥10.00到¥1,200.00"),
    ],
)
def test_filters_are_said_in_words(search: PaymentSearch, words: str) -> None:
    assert _filters_text(filters_text(search)) == words


def test_every_kind_that_the_chain_seals_can_be_asked_for() -> None:
    sealed = {kind for source in audit_sources(memory_stores()) for kind in source.kinds}
    assert set(KINDS) == {*sealed, SEALED_DAY}


@pytest.mark.parametrize(
    ("source", "room", "url"),
    [
        (f"{PAYMENT}/ZF1/0", Room.PAYMENTS, "/console/payments/ZF1"),
        (f"{RECONCILIATION}/alipay-2026-11-01/2", Room.DAYS, "/console/reconciliation/alipay-2026-11-01"),
        (f"{UNCLAIMED}/wechat:4200/0", Room.MONEY, "/console/money/one?id=wechat%3A4200"),
    ],
)
def test_a_line_leads_to_what_it_is_about_whoever_may_open_it(source: str, room: Room, url: str) -> None:
    at = datetime(2026, 11, 1, 9, tzinfo=HOSPITAL_ZONE)
    entry = AuditEntry(
        hospital=HOSPITAL, number=1, day=DAY, id=source, at=at, what="paid", by="system", detail={}, previous=""
    )
    for rooms, leads_to in (({room, Room.AUDIT}, url), (set(Room) - {room}, "")):
        [line] = cast(list[dict[str, str]], audit_page(FoundEntries((entry,), None), AuditSearch(), rooms)["lines"])
        assert line["url"] == leads_to


def test_a_day_of_a_channel_is_named_as_people_name_it() -> None:
    at = datetime(2026, 11, 2, 10, tzinfo=HOSPITAL_ZONE)
    entry = AuditEntry(
        hospital=HOSPITAL, number=1, day=DAY, id=f"{RECONCILIATION}/alipay-2026-11-01/2", at=at, what="closed", by="system",
        detail={}, previous="",
    )  # fmt: skip
    [line] = cast(list[dict[str, str]], audit_page(FoundEntries((entry,), None), AuditSearch(), {Room.AUDIT})["lines"])
    assert line["about"] == "支付宝 2026-11-01"


def test_every_state_that_can_be_asked_for_has_words() -> None:
    assert all(_filters_text(state) != str(state) for state in STANDINGS)


def test_every_act_that_a_person_decides_has_the_words_of_its_own_matter() -> None:
    assert act_words(UNCLAIMED)["settled_elsewhere"] in UNCLAIMED_ACTS.values()
    assert act_words(PAYMENT)["settled_elsewhere"].startswith("已用其他方式退还")
    assert act_words("day") == {str(act): words for act, words in DISPOSITIONS.items()}

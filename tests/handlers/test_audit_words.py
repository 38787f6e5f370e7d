"""What somebody searched for stands in the audit in people's words, never in codes."""

from __future__ import annotations

from datetime import date

import pytest

from handlers.console.views.audit import _filters_text, act_words
from handlers.console.views.search_form import STANDINGS
from handlers.console.views.words import UNCLAIMED_ACTS
from server.payments.rules.audit_events import PAYMENT
from server.payments.rules.search import PaymentSearch, filters_text
from server.payments.rules.unclaimed_returns import UNCLAIMED
from server.reconciliation.texts import DISPOSITIONS

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


def test_every_state_that_can_be_asked_for_has_words() -> None:
    assert all(_filters_text(state) != str(state) for state in STANDINGS)


def test_every_act_that_a_person_decides_has_the_words_of_its_own_matter() -> None:
    assert act_words(UNCLAIMED)["settled_elsewhere"] in UNCLAIMED_ACTS.values()
    assert act_words(PAYMENT)["settled_elsewhere"].startswith("已用其他方式退还")
    assert act_words("day") == {str(act): words for act, words in DISPOSITIONS.items()}

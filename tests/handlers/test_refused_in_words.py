"""What the hospital's system refuses with a reason is said with its words, wherever it was asked: never as if something had broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from handlers.base.errors import shown
from server.core.errors import OutsideRefusal, RefusedInWords
from server.patients.model import BoundCard
from tests.handlers.conftest import Browser, text_of
from tests.handlers.doors import an_app
from tests.support import registrations
from tests.support.builders import CARD, HOSPITAL
from tests.support.in_memory_app import InMemoryApp
from tests.support.inpatients import FaithfulInpatients, an_admission
from tests.support.old_balances import FaithfulOldBalances
from tests.support.outside import FaithfulHis
from tests.support.played import Played
from tests.support.reports import FaithfulReports, a_report, an_offer

pytestmark = pytest.mark.gen_test
WORDS = "这张就诊卡已停用，请到窗口办理"
WHERE: dict[str, tuple[str, Callable[[InMemoryApp], Any]]] = {
    "reports": ("reports", lambda memory_app: memory_app.papers),
    "inpatient": ("admissions", lambda memory_app: memory_app.his.inpatient),
    "balances": ("balance", lambda memory_app: memory_app.his.old_balances),
    "registration": ("departments", lambda memory_app: memory_app.offers[HOSPITAL].system),
}
"""By page: which function of the HIS it asks, and whose."""


@pytest.fixture
def memory_app() -> InMemoryApp:
    papers = FaithfulReports(a_report())
    his = FaithfulHis(inpatient=FaithfulInpatients(an_admission()), old_balances=FaithfulOldBalances())
    memory_app = an_app(his=his, registration=registrations.an_offer(his), reports={HOSPITAL: an_offer(papers)})
    memory_app.papers = papers  # type: ignore[attr-defined]
    return memory_app


@pytest.mark.parametrize("page", WHERE)
async def test_a_page_says_the_words_of_the_his(
    memory_app: InMemoryApp, browser: Browser, enter: Any, page: str
) -> None:
    session = await enter()
    card = BoundCard(hospital=HOSPITAL, owner=session.identity.key, card_no=CARD, name="张测试")
    await memory_app.stores.cards.bind(card)
    assert (await browser.get(f"/h/demo/{page}")).code == 200
    function, whose = WHERE[page]
    system: Played = whose(memory_app)
    system.will(function, RefusedInWords("his", "REFUSED", user_message=WORDS))
    refused = await browser.get(f"/h/demo/{page}")
    assert (refused.code, WORDS in text_of(refused)) == (409, True)


def test_a_refusal_without_a_reason_is_a_fault_of_the_other_side() -> None:
    assert shown(OutsideRefusal("his", "CONFLICT")).status == 502
    told = shown(RefusedInWords("his", "REFUSED", user_message=WORDS))
    assert (told.status, told.code, told.message, told.retry) == (409, "refused_with_reason", WORDS, False)

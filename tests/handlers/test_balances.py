"""门诊余额: seeing what is left on a card, having it back, and where the rest is to be had."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from server.core.errors import OutcomeUnknown, OutsideRefusal
from server.core.systems import HOSPITAL_SYSTEM
from server.patients.model import BoundCard
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.doors import an_app
from tests.support.builders import CARD, HOSPITAL
from tests.support.in_memory_app import InMemoryApp
from tests.support.old_balances import FaithfulOldBalances, moved
from tests.support.outside import FaithfulHis
from tests.support.payment_fixtures import paid

pytestmark = pytest.mark.gen_test


@pytest.fixture
def balances() -> FaithfulOldBalances:
    return FaithfulOldBalances()


@pytest.fixture
def memory_app(balances: FaithfulOldBalances) -> InMemoryApp:
    return an_app(his=FaithfulHis(old_balances=balances))


@pytest.fixture
def bound(memory_app: InMemoryApp, enter: Any) -> Any:
    async def log_in() -> str:
        """The path of the balance's page."""
        session = await enter()
        await memory_app.stores.cards.bind(
            BoundCard(hospital=HOSPITAL, owner=session.identity.key, card_no=CARD, name="张测试")
        )
        [[balance], _] = await memory_app.old_balances.mine(session)
        return f"/h/demo/balances/{memory_app.old_balances.key_of(session, balance)}"

    return log_in


async def test_the_list_and_the_page_say_what_is_left_and_where_it_is_to_be_had(browser: Browser, bound: Any) -> None:
    own = await bound()
    listed = text_of(await browser.get("/h/demo/balances"))
    assert "张*试 就诊卡\u00a0****0001" in listed
    assert ("¥100.00" in listed, f'href="{own}"' in listed, "张测试" in listed) == (True, True, False)
    page = text_of(await browser.get(own))
    assert "到门诊 6 号窗口领取" in page
    assert ("现金交的" in page, 'name="shown_fen"' in page) == (True, False)


async def test_where_the_his_names_no_window_and_no_lot(
    balances: FaithfulOldBalances, browser: Browser, bound: Any
) -> None:
    own = await bound()
    balances.known[CARD] = replace(balances.known[CARD], window="", lots=())
    page = text_of(await browser.get(own))
    assert "到门诊收费窗口领取" in page
    assert re.search(r"其余\W[^<]*¥100\.00", re.sub(r"<[^>]+>|\s+", " ", page))


async def test_what_was_paid_here_is_asked_back_once_and_its_way_is_shown(
    memory_app: InMemoryApp, balances: FaithfulOldBalances, browser: Browser, bound: Any
) -> None:
    own = await bound()
    payment = await paid(memory_app)
    await memory_app.work()
    lot = moved(await memory_app.payment(payment.id))
    known = balances.known[CARD]
    balances.known[CARD] = replace(known, balance_fen=known.balance_fen + lot.amount_fen, lots=(*known.lots, lot))
    page = await browser.get(own)
    form = {"shown_fen": str(lot.amount_fen)}
    stale = await browser.submit(page, own, {"shown_fen": "1"})
    assert (stale.code, "余额有变化" in text_of(stale)) == (409, True)
    done = await browser.submit(page, own, form)
    assert (done.code, place(done)) == (303, f"{own}?done=asked")
    after = text_of(await browser.get(place(done)))
    assert ("已申请" in after, "正在退" in after, 'name="shown_fen"' in after) == (True, True, False)
    again = await browser.submit(page, own, form)
    assert (again.code, "没有可以原路退回" in text_of(again)) == (403, True)
    assert len((await memory_app.payment(payment.id)).refunds) == 1


async def test_what_the_his_refused_is_not_sent_to_the_window_while_it_can_be_asked_for_again(
    memory_app: InMemoryApp, balances: FaithfulOldBalances, browser: Browser, bound: Any
) -> None:
    own = await bound()
    payment = await paid(memory_app)
    await memory_app.work()
    lot = moved(await memory_app.payment(payment.id))
    known = balances.known[CARD]
    balances.known[CARD] = replace(known, balance_fen=known.balance_fen + lot.amount_fen, lots=(*known.lots, lot))
    memory_app.his.will("refund_release", OutsideRefusal(HOSPITAL_SYSTEM, "REFUSED", user_message="正在盘点"))
    page = await browser.get(own)
    assert (await browser.submit(page, own, {"shown_fen": str(lot.amount_fen)})).code == 303
    await memory_app.work()
    after = text_of(await browser.get(own))
    assert ("没有退成" in after, "没有退成，请到窗口领取" in after) == (True, False)
    assert f'name="shown_fen" value="{lot.amount_fen}"' in after


async def test_a_balance_is_a_need_and_a_place_of_the_first_page(browser: Browser, bound: Any) -> None:
    own = await bound()
    home = text_of(await browser.get("/h/demo/"))
    assert ("有余额可以退还" in home, "门诊余额 100.00 元" in home, own in home) == (True, True, True)


async def test_without_a_balance_the_list_says_so(balances: FaithfulOldBalances, browser: Browser, bound: Any) -> None:
    own = await bound()
    balances.known.clear()
    assert "没有门诊余额" in text_of(await browser.get("/h/demo/balances"))
    assert (await browser.get(own)).code == 404
    assert "有余额可以退还" not in text_of(await browser.get("/h/demo/"))


async def test_a_silent_his_is_not_taken_for_nothing(
    balances: FaithfulOldBalances, browser: Browser, bound: Any
) -> None:
    own = await bound()
    balances.will("balance", *(OutcomeUnknown(HOSPITAL_SYSTEM, "asleep") for _ in range(2)))
    assert (await browser.get("/h/demo/balances")).code >= 500
    assert (await browser.get(own)).code >= 500


class TestElsewhere:
    @pytest.fixture
    def memory_app(self) -> InMemoryApp:
        return an_app(his=FaithfulHis())

    async def test_where_the_his_has_no_old_balances_nothing_of_them_shows(self, browser: Browser, enter: Any) -> None:
        await enter()
        assert "门诊余额" not in text_of(await browser.get("/h/demo/"))
        refused = await browser.get("/h/demo/balances")
        assert (refused.code, "暂未开通" in text_of(refused)) == (404, True)

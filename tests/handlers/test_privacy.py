"""What people are told of their data, and how they end what was bound."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from server.patients.login import SESSION_LIFE
from server.patients.model import BoundCard
from tests.handlers.conftest import Browser, text_of
from tests.support.builders import CARD, HOSPITAL, an_identity
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.gen_test
WHO = an_identity()
MARKS = ("own:1", "self:1")


async def bind(memory_app: InMemoryApp) -> None:
    await memory_app.stores.cards.bind(
        BoundCard(hospital=HOSPITAL, owner=WHO.key, card_no=CARD, name="张测试", identity_proofs=MARKS)
    )
    await memory_app.stores.people.add_identity_proofs(HOSPITAL, WHO, MARKS)


async def test_the_page_is_for_everybody_and_linked_from_each_page(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    page = text_of(await browser.get("/h/demo/privacy"))
    assert "保存多久" in page
    assert "确认注销" not in page, "nobody is logged in"
    assert f"最长{SESSION_LIFE // timedelta(hours=1)}小时" in page
    assert f"保存{memory_app.hospital.payments_kept_years}年" in page
    assert "本人的卡验证过的手机号也一样，最长180天" in page
    await enter()
    assert 'href="/h/demo/privacy"' in text_of(await browser.get("/h/demo/cards"))
    assert "确认注销" in text_of(await browser.get("/h/demo/privacy"))


async def test_closing_the_account_ends_cards_marks_and_session(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    await enter()
    await bind(memory_app)
    assert "****0001" in text_of(await browser.get("/h/demo/cards"))
    page = await browser.get("/h/demo/privacy")
    done = await browser.submit(page, "/h/demo/account/close", {})
    assert "已注销" in text_of(done)
    assert list(await memory_app.stores.cards.of_owner(HOSPITAL, WHO.key)) == []
    known = await memory_app.stores.people.get(HOSPITAL, WHO.key)
    assert known is None or known.identity_proofs == frozenset()
    assert memory_app.stores.sessions.documents == {}  # type: ignore[attr-defined]

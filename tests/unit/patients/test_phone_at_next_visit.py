"""A session lasts two hours; the number that the code of one's own card went to is proposed at the next visit, too."""

from __future__ import annotations

import pytest

from server.patients.model import Session
from tests.support.builders import CARD, HOSPITAL, PHONE
from tests.support.in_memory_app import InMemoryApp
from tests.unit.patients.test_cards import state_in, the_code

pytestmark = pytest.mark.asyncio


async def visit(memory_app: InMemoryApp) -> Session:
    """A login with a browser that knows nothing any more."""
    memory_app.clock.forward(hours=20)
    begun = memory_app.login.begin(HOSPITAL, "wechat", "/h/demo/bills")
    return (
        await memory_app.login.finish(HOSPITAL, "wechat", "code-of-zhang", state_in(begun.url), begun.cookie)
    ).session


async def bind(memory_app: InMemoryApp, session: Session, *, own: bool) -> str:
    sent = await memory_app.cards.send_code(session, CARD, "张测试")
    await memory_app.cards.bind(session, sent.card_key, the_code(memory_app), own=own)
    return sent.card_key


async def test_of_one_s_own_card_it_is_known_until_the_card_is_unbound() -> None:
    memory_app = InMemoryApp()
    session = await visit(memory_app)
    assert session.phone == ""
    key = await bind(memory_app, session, own=True)
    later = await visit(memory_app)
    assert later.phone == PHONE
    await memory_app.cards.unbind(later, key)
    assert (await visit(memory_app)).phone == ""


async def test_of_a_relative_s_card_it_is_not_one_s_own() -> None:
    memory_app = InMemoryApp()
    await bind(memory_app, await visit(memory_app), own=False)
    assert (await visit(memory_app)).phone == ""


async def test_it_ends_with_the_account() -> None:
    memory_app = InMemoryApp()
    session = await visit(memory_app)
    await bind(memory_app, session, own=True)
    await memory_app.accounts.close(HOSPITAL, session.owners)
    assert (await visit(memory_app)).phone == ""


async def test_it_ends_when_the_card_is_bound_again_and_not_as_one_s_own() -> None:
    """Else the SMS about one's own bills is proposed for the relative's number."""
    memory_app = InMemoryApp()
    await bind(memory_app, await visit(memory_app), own=True)
    await bind(memory_app, await visit(memory_app), own=False)
    assert (await visit(memory_app)).phone == ""

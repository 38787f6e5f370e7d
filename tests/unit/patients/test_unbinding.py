"""Unbinding a card in several entrances: what fails half way is done by trying again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import StoreUnavailable
from server.patients.model import PayerIdentity
from server.storage.memory import memory_stores
from tests.support.builders import HOSPITAL, PHONE, a_bill, a_session
from tests.support.hospital_systems import FaithfulHis
from tests.support.in_memory_app import InMemoryApp, Unreachable
from tests.support.mini_program import ObligingMiniProgram
from tests.support.outside import a_hospital
from tests.support.persons import bound, in_mini_program, on_page, owners

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("fails", ["drop_identity_proofs", "unbind"])
async def test_unbinding_that_fails_half_way_is_done_by_trying_again(fails: str) -> None:
    stores = memory_stores()
    broken = {"drop_identity_proofs": "people", "unbind": "cards"}[fails]
    fragile = Unreachable(getattr(stores, broken), StoreUnavailable("down"))
    stores = replace(stores, **{broken: fragile})
    memory_app = InMemoryApp(
        a_hospital(mini_program=ObligingMiniProgram(), his=FaithfulHis(a_bill("B1"))), stores=stores
    )
    page, mini = on_page(), in_mini_program()
    await memory_app.people.phone_proven(mini, PHONE)
    await bound(memory_app, mini)
    key = await bound(memory_app, page)
    fragile.fail = {fails}
    with pytest.raises(StoreUnavailable):
        await memory_app.cards.unbind(await memory_app.people.whole(page), key)
    fragile.fail = set()
    await memory_app.cards.unbind(await memory_app.people.whole(page), key)
    for session in (page, mini):
        assert await owners(memory_app, session) == set()
        assert await memory_app.cards.mine(session) == ()


class BreaksAt(Unreachable):
    """The store is gone when it comes to this owner's card."""

    breaks_at = ""

    async def unbind(self, hospital: str, owner: str, card_no: str) -> None:
        if owner == self.breaks_at:
            raise StoreUnavailable("down")
        await self.inner.unbind(hospital, owner, card_no)


@pytest.mark.parametrize("at", range(3))
@pytest.mark.parametrize("breaks_at", range(3))
async def test_unbinding_in_three_entrances_that_fails_half_way_is_done_by_trying_again(
    at: int, breaks_at: int
) -> None:
    """Whoever holds the card that joins is unbound after those whom it brings."""
    stores = memory_stores()
    fragile = BreaksAt(stores.cards, StoreUnavailable("down"))
    memory_app = InMemoryApp(a_hospital(mini_program=ObligingMiniProgram()), stores=replace(stores, cards=fragile))
    page, mini = on_page(), in_mini_program()
    alipay = a_session("alipay-zhang", identity=PayerIdentity(channel="alipay", app_id="2021", subject="alipay-zhang"))
    for session in (page, mini):
        await memory_app.people.met(HOSPITAL, replace(session.identity, union_id="union-1"))
    key = await bound(memory_app, mini, own=False)
    for session in (page, alipay):
        await bound(memory_app, session)
    everyone = (page, mini, alipay)
    fragile.breaks_at = everyone[breaks_at].identity.key
    with pytest.raises(StoreUnavailable):
        await memory_app.cards.unbind(await memory_app.people.whole(everyone[at]), key)
    fragile.breaks_at = ""
    await memory_app.cards.unbind(await memory_app.people.whole(everyone[at]), key)
    for session in everyone:
        assert await memory_app.cards.mine(session) == ()

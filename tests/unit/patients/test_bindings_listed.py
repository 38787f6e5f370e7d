"""The list of a card's bindings word for word, and what stands in the chain of one that was cut."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from server.core.errors import NotAllowed, NotFound
from server.patients.model import BoundCard
from server.patients.rules import OWN, SELF
from tests.support.builders import CARD, HOSPITAL, a_session, an_identity
from tests.support.clock_and_ids import MORNING
from tests.support.in_memory_app import InMemoryApp
from tests.unit.patients.test_card_bindings import PATIENT, both, bound

pytestmark = pytest.mark.asyncio


async def bound_by(memory_app: InMemoryApp, subject: str, since: datetime | None, **fields: str) -> str:
    """Somebody has bound the patient's card; their key."""
    owner = an_identity(subject, **fields).key
    await memory_app.stores.cards.bind(
        BoundCard(hospital=HOSPITAL, owner=owner, card_no=CARD, name="张测试", bound_at=since)
    )
    return owner


async def test_one_s_own_comes_first_then_the_newest_and_last_what_nobody_noted() -> None:
    memory_app = InMemoryApp()
    times = (MORNING - timedelta(days=3), None, MORNING + timedelta(days=1), MORNING - timedelta(days=1))
    for number, since in enumerate(times):
        await bound_by(memory_app, f"other-{number}", since)
    key = (await bound(memory_app, PATIENT, own=True)).card_key
    told = (await memory_app.card_bindings.of_card(PATIENT, key)).bindings
    assert [(one.mine, one.since) for one in told] == [
        (True, MORNING), (False, times[2]), (False, times[3]), (False, times[0]), (False, None),
    ]  # fmt: skip


async def test_each_has_a_name_of_its_own_of_twenty_characters() -> None:
    memory_app = InMemoryApp()
    for number in range(3):
        await bound_by(memory_app, f"other-{number}", MORNING)
    key = (await bound(memory_app, PATIENT, own=True)).card_key
    names = {one.binding_key for one in (await memory_app.card_bindings.of_card(PATIENT, key)).bindings}
    assert (len(names), {len(name) for name in names}) == (4, {20})


async def test_an_entrance_that_is_gone_is_called_by_its_name_and_a_subject_may_have_colons() -> None:
    memory_app = InMemoryApp()
    await bound_by(memory_app, "2088:odd:one", MORNING, channel="unionpay")
    key = (await bound(memory_app, PATIENT, own=True)).card_key
    told = (await memory_app.card_bindings.of_card(PATIENT, key)).bindings
    assert [one.client for one in told] == ["微信", "unionpay"]


async def test_what_is_cut_stands_in_the_chain_with_where_and_since_when() -> None:
    memory_app, key = await both()
    theirs = (await memory_app.card_bindings.of_card(PATIENT, key)).bindings[1]
    await memory_app.card_bindings.cut(PATIENT, key, theirs.binding_key)
    [entry] = [one for one in await memory_app.stores.audit.latest(HOSPITAL, 9) if one.what == "card_binding_cut"]
    kind, number, line = entry.source
    assert (kind, len(number), line, entry.by, entry.at) == ("card", 20, 0, "patient:holder", memory_app.clock.now())
    assert dict(entry.detail) == {
        "card": key, "by_channel": "wechat", "channel": "wechat", "since": MORNING.isoformat(),
    }  # fmt: skip
    with pytest.raises(NotFound) as gone:
        await memory_app.card_bindings.cut(PATIENT, key, theirs.binding_key)
    assert gone.value.user_message == "这个绑定已经解除。"


async def test_nobody_cuts_their_own_binding_here() -> None:
    memory_app, key = await both()
    mine = (await memory_app.card_bindings.of_card(PATIENT, key)).bindings[0]
    linked = replace(a_session("elsewhere"), linked=(PATIENT.identity.key,))
    for session in (PATIENT, linked):
        with pytest.raises(NotFound):
            await memory_app.card_bindings.cut(session, key, mine.binding_key)
    assert len((await memory_app.card_bindings.of_card(linked, key)).bindings) == 2


@pytest.mark.parametrize("marks", [(), (f"{OWN}1",), (f"{SELF}1",)])
async def test_of_a_card_that_is_not_proven_one_s_own_nothing_is_told(marks: tuple[str, ...]) -> None:
    memory_app = InMemoryApp()
    key = (await bound(memory_app, PATIENT, own=False)).card_key
    card = BoundCard(
        hospital=HOSPITAL,
        owner=PATIENT.identity.key,
        card_no=CARD,
        name="张测试",
        identity_proofs=marks,
        bound_at=MORNING,
    )
    await memory_app.stores.cards.bind(card)
    with pytest.raises(NotAllowed) as refused:
        await memory_app.card_bindings.of_card(PATIENT, key)
    assert refused.value.user_message == "只有绑定时选择“这是我本人的卡”，才能查看这张卡的绑定记录。"
    with pytest.raises(NotFound) as unknown:
        await memory_app.card_bindings.of_card(PATIENT, "no-such-card")
    assert unknown.value.user_message == "没有找到这张就诊卡。"

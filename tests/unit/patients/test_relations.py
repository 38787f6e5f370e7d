"""What somebody says that the patient of a card is to them: kept with the binding, seen from every entrance."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from server.audit.model import CARD as CARD_HISTORY
from server.core.actors import CARD_HOLDER
from server.core.errors import BadInput, NotFound
from server.patients.model import Session
from server.patients.relations import FAMILY, TITLES, Relation, family_relation, relation_title
from server.patients.visible_cards import card_key
from tests.support.builders import CARD, HOSPITAL, a_session
from tests.support.cards import the_code
from tests.support.in_memory_app import InMemoryApp
from tests.support.persons import an_app, bound, in_mini_program, on_page


async def said(
    memory_app: InMemoryApp, session: Session, family: Relation | None = None, *, own: bool = False
) -> Relation | None:
    sent = await memory_app.cards.send_code(session, CARD, "张测试")
    await memory_app.cards.bind(session, sent.card_key, the_code(memory_app), own=own, family=family)
    [card] = await memory_app.cards.mine(session)
    return card.relation


def test_every_relation_has_a_word_and_only_those_of_the_family_can_be_said() -> None:
    assert set(TITLES) == set(Relation)
    assert [family_relation(one.value) for one in FAMILY] == list(FAMILY)
    assert [family_relation(text) for text in ("self", "", "cousin")] == [None, None, None]
    assert [relation_title(one) for one in (None, Relation.SELF, Relation.WARD)] == ["", "本人", "被监护人"]


@pytest.mark.asyncio
async def test_what_was_said_stays_until_something_else_is_said() -> None:
    memory_app, zhang = InMemoryApp(), a_session("zhang")
    assert await said(memory_app, zhang) is None
    assert await said(memory_app, zhang, Relation.CHILD) is Relation.CHILD
    assert await said(memory_app, zhang) is Relation.CHILD
    assert await said(memory_app, zhang, Relation.OTHER) is Relation.OTHER
    assert await said(memory_app, zhang, own=True) is Relation.SELF
    memory_app.clock.forward(3600)
    assert await said(memory_app, zhang) is None, "what was said before one's own card is not true of it"


@pytest.mark.asyncio
async def test_nobody_is_their_own_child_and_the_code_stays_good() -> None:
    memory_app, zhang = InMemoryApp(), a_session("zhang")
    sent = await memory_app.cards.send_code(zhang, CARD, "张测试")
    with pytest.raises(BadInput) as refused:
        await memory_app.cards.bind(zhang, sent.card_key, the_code(memory_app), own=True, family=Relation.CHILD)
    assert refused.value.user_message == "本人的卡请不要再选择与您的关系。"
    assert await memory_app.cards.mine(zhang) == ()
    bound_one = await memory_app.cards.bind(zhang, sent.card_key, the_code(memory_app), family=Relation.CHILD)
    assert (bound_one.relation, bound_one.own) == (Relation.CHILD, False)


@pytest.mark.asyncio
async def test_what_one_entrance_knows_is_known_in_the_other() -> None:
    memory_app = an_app()
    page, mini = on_page(), in_mini_program()
    together = Session(
        id="s", hospital=page.hospital, identity=mini.identity, expires_at=page.expires_at, linked=(page.identity.key,)
    )
    assert await said(memory_app, page, Relation.CHILD) is Relation.CHILD
    await bound(memory_app, mini, own=False)
    [card] = await memory_app.cards.mine(together)
    assert card.relation is Relation.CHILD
    await said(memory_app, mini, Relation.WARD)
    [card] = await memory_app.cards.mine(together)
    assert card.relation is Relation.WARD, "the nearest has the word"


def test_the_words_beside_a_name() -> None:
    assert [TITLES[one] for one in Relation] == ["本人", "子女", "被监护人", "父母", "配偶", "其他"]


async def is_audited(memory_app: InMemoryApp) -> int:
    lines = await memory_app.stores.audit.latest(HOSPITAL, 50)
    found = [line for line in lines if line.what == "card_relation_said"]
    assert all(re.fullmatch(rf"{CARD_HISTORY}/[^/]{{20}}/0", line.id) for line in found)
    assert all(line.by == CARD_HOLDER and set(line.detail) == {"card", "by_channel"} for line in found)
    return len(found)


@pytest.mark.asyncio
async def test_what_is_said_later_is_kept_in_every_entrance_and_noted_without_the_word() -> None:
    memory_app = an_app()
    page, mini = on_page(), in_mini_program()
    together = Session(
        id="s", hospital=page.hospital, identity=mini.identity, expires_at=page.expires_at, linked=(page.identity.key,)
    )
    for session in (page, mini):
        await bound(memory_app, session, own=False)
    [before] = await memory_app.stores.cards.of_owner(HOSPITAL, page.identity.key)
    key = card_key(memory_app.sealer, HOSPITAL, CARD)
    for place, family in enumerate((Relation.CHILD, Relation.WARD, None), 1):
        memory_app.clock.forward(60)
        await memory_app.card_relations.say(together, key, family)
        for session in (page, mini, together):
            [card] = await memory_app.cards.mine(session)
            assert card.relation is family
        assert await is_audited(memory_app) == place
    assert await memory_app.stores.cards.of_owner(HOSPITAL, page.identity.key) == [before]


@pytest.mark.asyncio
async def test_nothing_is_said_of_a_card_that_is_one_s_own_or_not_bound() -> None:
    memory_app, zhang = InMemoryApp(), a_session("zhang")
    relations, key = memory_app.card_relations, card_key(memory_app.sealer, HOSPITAL, CARD)
    with pytest.raises(NotFound) as gone:
        await relations.say(zhang, key, Relation.CHILD)
    assert gone.value.user_message == "没有找到这张就诊卡。"
    await said(memory_app, zhang, own=True)
    with pytest.raises(BadInput) as refused:
        await relations.say(zhang, key, Relation.CHILD)
    assert refused.value.user_message == "本人的卡不用填写与您的关系。"
    assert await is_audited(memory_app) == 0


@pytest.mark.asyncio
async def test_what_is_said_of_one_card_is_not_said_of_another() -> None:
    memory_app, page = an_app(), on_page()
    await bound(memory_app, page, own=False)
    [card] = await memory_app.stores.cards.of_owner(HOSPITAL, page.identity.key)
    await memory_app.stores.cards.bind(replace(card, card_no="C2", family=Relation.PARENT))
    await memory_app.card_relations.say(page, card_key(memory_app.sealer, HOSPITAL, CARD), Relation.CHILD)
    kept = {each.card_no: each.family for each in await memory_app.stores.cards.of_owner(HOSPITAL, page.identity.key)}
    assert kept == {CARD: Relation.CHILD, "C2": Relation.PARENT}

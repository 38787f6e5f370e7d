"""What somebody says that the patient of a card is to them: kept with the binding, seen from every entrance."""

from __future__ import annotations

import pytest

from server.core.errors import BadInput
from server.patients.model import Session
from server.patients.relations import FAMILY, TITLES, Relation, family_relation, relation_title
from tests.support.builders import CARD, a_session
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

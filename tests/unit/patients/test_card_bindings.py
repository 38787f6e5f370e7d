"""The patient sees who has bound their own card, and cuts what is not theirs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import NotAllowed, NotFound, StoreUnavailable
from server.patients.cards import CardView
from server.patients.model import Session
from tests.support.builders import CARD, HOSPITAL, a_session, an_identity
from tests.support.clock_and_ids import MORNING
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital

pytestmark = pytest.mark.asyncio
PATIENT, OTHER = a_session("patient"), a_session("other")


async def bound(memory_app: InMemoryApp, session: Session, *, own: bool) -> CardView:
    sent = await memory_app.cards.send_code(session, CARD, "张测试")
    code = next(
        notice.values["code"] for _, notice, _ in reversed(memory_app.sms.sent) if notice.purpose == "card_code"
    )
    return await memory_app.cards.bind(session, sent.card_key, code, own=own)


async def both() -> tuple[InMemoryApp, str]:
    """An app in which somebody else has bound the patient's card two hours before the patient did, and the card's key."""
    memory_app = InMemoryApp()
    await bound(memory_app, OTHER, own=False)
    memory_app.clock.forward(hours=2)
    view = await bound(memory_app, PATIENT, own=True)
    assert view.own
    return memory_app, view.card_key


async def test_the_patient_sees_where_and_since_when_and_nobody_s_identity() -> None:
    memory_app, key = await both()
    told = await memory_app.card_bindings.of_card(PATIENT, key)
    assert (told.card_key, told.name_masked, told.card_masked) == (key, "张*试", "****0001")
    client = memory_app.hospital.identities["wechat"].client_name
    assert [(one.client, one.since, one.mine) for one in told.bindings] == [
        (client, MORNING + timedelta(hours=2), True),
        (client, MORNING, False),
    ]
    assert "other" not in repr(told)
    assert CARD not in repr(told)


async def test_who_said_it_is_of_the_family_is_told_nothing_and_cuts_nothing() -> None:
    memory_app, key = await both()
    binding = (await memory_app.card_bindings.of_card(PATIENT, key)).bindings[0].binding_key
    with pytest.raises(NotAllowed):
        await memory_app.card_bindings.of_card(OTHER, key)
    with pytest.raises(NotAllowed):
        await memory_app.card_bindings.cut(OTHER, key, binding)
    for stranger in (a_session("stranger"), replace(PATIENT, identity=an_identity("no one"))):
        with pytest.raises(NotFound):
            await memory_app.card_bindings.of_card(stranger, key)
        with pytest.raises(NotFound):
            await memory_app.card_bindings.cut(stranger, key, binding)
    assert await memory_app.cards.mine(PATIENT) != ()


async def test_cut_ends_the_other_s_binding_alone_and_stands_in_the_chain() -> None:
    memory_app, key = await both()
    [mine, theirs] = (await memory_app.card_bindings.of_card(PATIENT, key)).bindings
    with pytest.raises(NotFound):
        await memory_app.card_bindings.cut(PATIENT, key, mine.binding_key)
    await memory_app.card_bindings.cut(PATIENT, key, theirs.binding_key)
    assert await memory_app.cards.mine(OTHER) == ()
    assert len(await memory_app.cards.mine(PATIENT)) == 1
    assert (await memory_app.card_bindings.of_card(PATIENT, key)).bindings == (mine,)
    with pytest.raises(NotFound):
        await memory_app.card_bindings.cut(PATIENT, key, theirs.binding_key)
    [entry] = await memory_app.stores.audit.page(HOSPITAL, 0, 5)
    assert (entry.what, entry.by, entry.source[0]) == ("card_binding_cut", "patient:holder", "card")
    assert dict(entry.detail) == {
        "card": key, "by_channel": "wechat", "channel": "wechat", "since": MORNING.isoformat(),
    }  # fmt: skip
    assert "other" not in repr(entry)


async def test_nothing_is_cut_that_can_t_be_written_into_the_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    memory_app, key = await both()
    theirs = (await memory_app.card_bindings.of_card(PATIENT, key)).bindings[1]

    async def away(*_: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(memory_app.stores.audit, "append", away)
    with pytest.raises(StoreUnavailable):
        await memory_app.card_bindings.cut(PATIENT, key, theirs.binding_key)
    assert len(await memory_app.cards.mine(OTHER)) == 1


async def test_what_the_other_was_joined_by_ends_with_the_binding() -> None:
    memory_app = InMemoryApp()
    for session in (OTHER, PATIENT):
        view = await bound(memory_app, session, own=True)
    theirs = next(
        one for one in (await memory_app.card_bindings.of_card(PATIENT, view.card_key)).bindings if not one.mine
    )
    assert (await memory_app.stores.people.get(HOSPITAL, OTHER.identity.key)).identity_proofs  # type: ignore[union-attr]
    await memory_app.card_bindings.cut(PATIENT, view.card_key, theirs.binding_key)
    assert not (await memory_app.stores.people.get(HOSPITAL, OTHER.identity.key)).identity_proofs  # type: ignore[union-attr]


async def test_a_new_binding_of_the_same_person_is_another_one() -> None:
    """An old page, or a second tap, does not cut what was bound anew since."""
    memory_app, key = await both()
    theirs = (await memory_app.card_bindings.of_card(PATIENT, key)).bindings[1]
    await memory_app.card_bindings.cut(PATIENT, key, theirs.binding_key)
    memory_app.clock.forward(hours=1)
    await bound(memory_app, OTHER, own=False)
    with pytest.raises(NotFound):
        await memory_app.card_bindings.cut(PATIENT, key, theirs.binding_key)
    assert len(await memory_app.cards.mine(OTHER)) == 1


async def test_to_bind_again_does_not_make_a_binding_look_new() -> None:
    memory_app, key = await both()
    memory_app.clock.forward(hours=5)
    await bound(memory_app, PATIENT, own=True)
    assert (await memory_app.card_bindings.of_card(PATIENT, key)).bindings[0].since == MORNING + timedelta(hours=2)


async def test_to_be_listed_is_no_use_of_a_binding() -> None:
    memory_app = InMemoryApp(replace(a_hospital(), card_unused_max=timedelta(days=30)))
    await bound(memory_app, OTHER, own=False)
    key = (await bound(memory_app, PATIENT, own=True)).card_key
    memory_app.clock.forward(hours=29 * 24)
    assert len((await memory_app.card_bindings.of_card(PATIENT, key)).bindings) == 2
    memory_app.clock.forward(hours=2 * 24)
    assert [one.mine for one in (await memory_app.card_bindings.of_card(PATIENT, key)).bindings] == [True]

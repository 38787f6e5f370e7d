"""ports.CardStore and ports.SessionStore."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import AlreadyStored, BadInput
from server.patients.model import BoundCard, Session
from server.patients.relations import Relation
from server.storage.stores import Stores
from tests.support.builders import HOSPITAL, a_scan, a_session
from tests.support.clock_and_ids import MORNING

pytestmark = pytest.mark.asyncio


def card(number: int, **fields: str) -> BoundCard:
    facts = {"hospital": HOSPITAL, "owner": "wechat:app:zhang", "card_no": f"C{number:07}", "name": "张测试"}
    return BoundCard(**{**facts, **fields})


async def test_cards_stand_in_the_order_in_which_they_were_bound(stores: Stores) -> None:
    for number in (2, 1, 3):
        await stores.cards.bind(card(number))
    await stores.cards.bind(replace(card(1, name="张改名"), identity_proofs=("own:1", "self:1")))
    marked = replace(card(1, name="张改名"), identity_proofs=("own:1", "self:1"))
    assert await stores.cards.of_owner(HOSPITAL, card(1).owner) == [card(2), marked, card(3)]
    await stores.cards.bind(card(1, name="张改名"))
    await stores.cards.unbind(HOSPITAL, card(1).owner, card(2).card_no)
    await stores.cards.unbind(HOSPITAL, card(1).owner, card(2).card_no)
    assert await stores.cards.of_owner(HOSPITAL, card(1).owner) == [card(1, name="张改名"), card(3)]


async def test_a_card_belongs_to_each_owner_and_hospital_apart(stores: Stores) -> None:
    everyone = [card(1), card(1, owner="wechat:app:li"), card(1, hospital="other")]
    for one in everyone:
        await stores.cards.bind(one)
    await stores.cards.unbind(HOSPITAL, card(1).owner, card(1).card_no)
    found = [await stores.cards.of_owner(one.hospital, one.owner) for one in everyone]
    assert found == [[], [everyone[1]], [everyone[2]]]
    await stores.cards.bind(card(2))
    owners = [everyone[1].owner, "nobody", card(2).owner]
    for asked in (owners, owners[::-1]):
        found_together = await stores.cards.of_owners(HOSPITAL, asked)
        assert [one.owner for one in found_together] == [owner for owner in asked if owner != "nobody"]
    assert await stores.cards.of_owners(HOSPITAL, []) == []
    assert await stores.cards.of_owner(HOSPITAL, "nobody") == []


async def test_what_was_said_of_the_patient_is_kept_with_the_card_and_goes_with_the_next_word(stores: Stores) -> None:
    child = replace(card(1), family=Relation.CHILD)
    for one in (child, card(2), replace(child, family=None), child):
        await stores.cards.bind(one)
    assert await stores.cards.of_owner(HOSPITAL, child.owner) == [child, card(2)]
    assert await stores.cards.of_card(HOSPITAL, child.card_no, 5) == [child]
    await stores.cards.bind(card(1))
    assert await stores.cards.of_owner(HOSPITAL, child.owner) == [card(1), card(2)]


async def test_a_word_is_said_of_a_bound_card_alone_and_binds_none(stores: Stores) -> None:
    own = replace(card(1), identity_proofs=("own:1", "self:1"), bound_at=MORNING)
    for one in (own, card(2), card(1, owner="wechat:app:li")):
        await stores.cards.bind(one)
    for family in (Relation.CHILD, Relation.WARD, Relation.WARD, None):
        assert await stores.cards.say(HOSPITAL, own.owner, own.card_no, family)
        assert await stores.cards.of_owner(HOSPITAL, own.owner) == [replace(own, family=family), card(2)]
    await stores.cards.unbind(HOSPITAL, own.owner, own.card_no)
    for owner, number in ((own.owner, own.card_no), ("wechat:app:nobody", own.card_no), (own.owner, "C9")):
        assert not await stores.cards.say(HOSPITAL, owner, number, Relation.CHILD)
        assert await stores.cards.of_owner(HOSPITAL, owner) == ([card(2)] if owner == own.owner else [])
    assert await stores.cards.of_owner(HOSPITAL, "wechat:app:li") == [card(1, owner="wechat:app:li")]


async def test_a_card_that_is_unbound_meanwhile_stays_unbound(stores: Stores) -> None:
    for _ in range(5):
        await stores.cards.bind(card(1))
        words = [stores.cards.say(HOSPITAL, card(1).owner, card(1).card_no, one) for one in (Relation.CHILD, None)]
        await asyncio.gather(*words, stores.cards.unbind(HOSPITAL, card(1).owner, card(1).card_no))
        assert await stores.cards.of_owner(HOSPITAL, card(1).owner) == []


async def test_everybody_who_has_bound_a_card_is_found_by_it(stores: Stores) -> None:
    since = MORNING + timedelta(microseconds=1999)
    mine = replace(card(1), identity_proofs=("own:1", "self:1"), bound_at=since)
    stored = replace(mine, bound_at=MORNING + timedelta(milliseconds=1))
    theirs = card(1, owner="alipay:app:li")
    for one in (mine, theirs, card(2, owner="wechat:app:wang"), card(1, hospital="other")):
        await stores.cards.bind(one)
    assert await stores.cards.of_card(HOSPITAL, card(1).card_no, 5) == [theirs, stored]
    assert await stores.cards.of_owner(HOSPITAL, mine.owner) == [stored]
    assert len(await stores.cards.of_card(HOSPITAL, card(1).card_no, 1)) == 1
    await stores.cards.unbind(HOSPITAL, theirs.owner, theirs.card_no)
    assert await stores.cards.of_card(HOSPITAL, card(1).card_no, 5) == [stored]
    assert await stores.cards.of_card(HOSPITAL, "nobody's", 5) == []


async def test_all_bindings_page_by_page(stores: Stores) -> None:
    owners = [f"wechat:app:{name}" for name in ("li", "wang", "zhang")]
    bound = [card(number, owner=owner) for owner in owners for number in (1, 2)]
    for one in (*bound, card(1, hospital="other")):
        await stores.cards.bind(one)
    found: list[BoundCard] = []
    place, pages = "", 0
    while place or not pages:
        page, place = await stores.cards.page(HOSPITAL, place, 2)
        found, pages = [*found, *page], pages + 1
    assert pages == 2
    assert sorted((one.owner, one.card_no) for one in found) == sorted((one.owner, one.card_no) for one in bound)


async def test_ten_cards_and_no_more(stores: Stores) -> None:
    for number in range(10):
        await stores.cards.bind(card(number))
    with pytest.raises(BadInput):
        await stores.cards.bind(card(10))
    await stores.cards.bind(card(3))
    await stores.cards.unbind(HOSPITAL, card(1).owner, card(3).card_no)
    await stores.cards.bind(card(10))
    assert len(await stores.cards.of_owner(HOSPITAL, card(1).owner)) == 10


async def test_ten_cards_also_when_many_are_bound_at_once(stores: Stores) -> None:
    attempts = (stores.cards.bind(card(number)) for number in range(14))
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["BadInput"] * 4 + ["NoneType"] * 10
    assert len(set(await stores.cards.of_owner(HOSPITAL, card(1).owner))) == 10


async def test_a_session_lives_until_its_end(stores: Stores) -> None:
    session = a_session("zhang", a_scan("B1", "B2"), phone="13800000001")
    assert await stores.sessions.get(session.id, MORNING) is None
    await stores.sessions.put(session)
    assert await stores.sessions.get(session.id, MORNING) == session
    assert await stores.sessions.get(session.id, session.expires_at - timedelta(milliseconds=1)) == session
    assert await stores.sessions.get(session.id, session.expires_at) is None
    assert await stores.sessions.get("another-secret", MORNING) is None


async def test_a_session_is_made_once_changed_as_it_is_and_dropped_is_gone(stores: Stores) -> None:
    session = a_session("zhang", a_scan())
    await stores.sessions.put(session)
    with pytest.raises(AlreadyStored):
        await stores.sessions.put(session)
    fuller = replace(
        session,
        scans=(*session.scans, a_scan("B7", name="李虚构")),
        phone="13800000002",
        card_phones=(("C0000001", "13800000001"), ("C0000002", "13800000003")),
    )
    assert await stores.sessions.change(session.id, MORNING, lambda _: fuller) == fuller
    assert await stores.sessions.change(session.id, MORNING, lambda current: current) == fuller
    assert await stores.sessions.get(session.id, MORNING) == fuller
    await stores.sessions.drop(session.id)
    await stores.sessions.drop(session.id)
    assert await stores.sessions.get(session.id, MORNING) is None


async def test_a_session_that_has_ended_never_comes_back(stores: Stores) -> None:
    session = a_session("zhang")
    await stores.sessions.put(session)
    assert await stores.sessions.change(session.id, session.expires_at, lambda one: replace(one, phone="1")) is None
    await stores.sessions.drop(session.id)
    assert await stores.sessions.change(session.id, MORNING, lambda one: replace(one, phone="1")) is None
    assert await stores.sessions.get(session.id, MORNING) is None


async def test_changes_at_once_are_all_there(stores: Stores) -> None:
    session = a_session("zhang")
    await stores.sessions.put(session)

    def with_scan(number: int) -> Callable[[Session], Session]:
        return lambda current: replace(current, scans=(*current.scans, a_scan(f"B{number}")))

    await asyncio.gather(*(stores.sessions.change(session.id, MORNING, with_scan(number)) for number in range(6)))
    stored = await stores.sessions.get(session.id, MORNING)
    assert stored is not None
    assert {scan.bill_nos for scan in stored.scans} == {(f"B{number}",) for number in range(6)}


async def test_a_session_that_was_read_before_is_changed_as_it_is_by_now(stores: Stores) -> None:
    await stores.sessions.put(a_session("zhang"))
    read = await stores.sessions.get(a_session("zhang").id, MORNING)
    assert read is not None
    await stores.sessions.change(read.id, MORNING, lambda one: replace(one, scans=(a_scan("B1"),)), known=read)
    beside = replace(read, linked=("another-key",))
    changed = await stores.sessions.change(read.id, MORNING, lambda one: replace(one, phone="1"), known=beside)
    assert changed is not None
    assert (changed.scans, changed.phone, changed.linked) == ((a_scan("B1"),), "1", ())
    await stores.sessions.drop(read.id)
    assert await stores.sessions.change(read.id, MORNING, lambda one: replace(one, phone="2"), known=changed) is None


async def test_a_session_that_was_read_before_has_its_end_all_the_same(stores: Stores) -> None:
    await stores.sessions.put(a_session("zhang"))
    read = await stores.sessions.get(a_session("zhang").id, MORNING)
    assert read is not None
    after = replace(read, phone="1")
    assert await stores.sessions.change(read.id, read.expires_at, lambda _: after, known=read) is None


async def test_a_session_s_times_are_cut_as_all_times_are(stores: Stores) -> None:
    fine = timedelta(microseconds=1999)
    scan = a_scan(expires_at=MORNING + timedelta(days=1) + fine)
    session = a_session("zhang", scan, expires_at=MORNING + timedelta(hours=2) + fine)
    await stores.sessions.put(session)
    stored = await stores.sessions.get(session.id, MORNING)
    assert stored is not None
    assert stored.expires_at == MORNING + timedelta(hours=2, milliseconds=1)
    assert stored.scans[0].expires_at == MORNING + timedelta(days=1, milliseconds=1)


async def test_the_sessions_of_some_people_end_together_and_no_others(stores: Stores) -> None:
    zhang, li = a_session("zhang", id="s-1"), a_session("li", id="s-2")
    elsewhere = a_session("zhang", id="s-3", hospital="elsewhere")
    over = a_session("zhang", id="s-4", expires_at=MORNING)
    for session in (zhang, li, elsewhere, over):
        await stores.sessions.put(session)
    owners = [zhang.identity.key, "nobody"]
    assert list(await stores.sessions.ends_of(HOSPITAL, owners, MORNING)) == [zhang.expires_at]
    assert await stores.sessions.drop_of(HOSPITAL, owners, MORNING) == 1
    assert await stores.sessions.get(zhang.id, MORNING) is None
    for other in (li, elsewhere):
        assert await stores.sessions.get(other.id, MORNING) == other
    assert await stores.sessions.drop_of(HOSPITAL, owners, MORNING) == 0

"""What proves who somebody is, piece by piece: how long it waits, whom it joins at most, who hears of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.patients.model import BoundCard
from server.patients.persons import KEPT, PersonService
from server.patients.rules import IDENTITIES_MAX, OWN, SELF
from server.storage.memory import memory_stores
from tests.support.builders import HOSPITAL, MORNING, PHONE, a_session, an_identity
from tests.support.clock_and_ids import FakeClock
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio
ADULT, CHILD = "11010119900101000X", "110101202001010014"
SESSION = a_session()
WHO = SESSION.identity
SECOND = timedelta(seconds=1)


class PersonParts:
    """The service over stores in memory, and what `staff.facts` would hear."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.stores = memory_stores(self.clock.now)
        self.heard: list[tuple[str, str, str]] = []
        self.people = PersonService(
            self.stores.people, self.stores.cards, self.stores.short_lived, InMemoryApp().sealer, self.clock, self._seen
        )

    async def _seen(self, hospital: str, owner: str, phone: str) -> None:
        self.heard.append((hospital, owner, phone))

    async def proofs(self) -> frozenset[str]:
        known = await self.stores.people.get(HOSPITAL, WHO.key)
        return known.identity_proofs if known is not None else frozenset()


async def test_only_an_adult_s_card_with_a_phone_proves_its_owner() -> None:
    people = PersonParts().people
    own, of_number = people.own_identity_proofs(PHONE, ADULT)
    assert (own.startswith(OWN), of_number.startswith(SELF)) == (True, True)
    assert people.own_identity_proofs(PHONE, ADULT.lower()) == (own, of_number)
    for phone, id_no in (("", ADULT), (PHONE, CHILD), (PHONE, ""), ("", CHILD)):
        assert people.own_identity_proofs(phone, id_no) == ()


async def test_who_binds_a_card_of_their_own_is_heard_of_with_the_phone_and_else_without() -> None:
    parts = PersonParts()
    await parts.people.card_bound(SESSION, PHONE, ("own:1", "self:1"), needs_phone=False)
    await parts.people.card_bound(SESSION, PHONE, (), needs_phone=False)
    await parts.people.phone_proven(SESSION, PHONE)
    await parts.people.card_ends(HOSPITAL, WHO.key)
    assert parts.heard == [(HOSPITAL, WHO.key, phone) for phone in (PHONE, "", PHONE, "")]


async def test_of_cards_that_wait_for_their_phone_only_those_still_bound_count_when_it_comes() -> None:
    parts = PersonParts()
    for number in ("1", "2"):
        await parts.people.card_bound(SESSION, PHONE, (f"own:{number}", f"self:{number}"), needs_phone=True)
    await parts.people.card_bound(SESSION, "13900000002", ("own:3", "self:3"), needs_phone=True)
    await parts.people.card_unbound(HOSPITAL, WHO.key, ("own:1", "self:1"))
    assert await parts.proofs() == frozenset()
    await parts.people.phone_proven(SESSION, PHONE)
    assert await parts.proofs() == {"own:2", "self:2"}


async def test_an_identity_keeps_twelve_marks_and_takes_no_further_one() -> None:
    parts = PersonParts()
    for number in range(13):
        await parts.stores.people.add_identity_proofs(HOSPITAL, WHO, [f"own:{number}"])
    assert await parts.proofs() == {f"own:{number}" for number in range(12)}


async def test_ten_proofs_wait_at_most_and_the_oldest_go() -> None:
    parts = PersonParts()
    for number in range(6):
        await parts.people.card_bound(SESSION, PHONE, (f"own:{number}", f"self:{number}"), needs_phone=True)
    await parts.people.phone_proven(SESSION, PHONE)
    assert await parts.proofs() == {f"{kind}:{number}" for kind in ("own", "self") for number in range(1, 6)}


async def test_what_waits_and_what_is_proven_is_kept_for_180_days() -> None:
    parts = PersonParts()
    await parts.people.phone_proven(SESSION, PHONE)
    parts.clock.forward((KEPT - SECOND).total_seconds())
    assert (KEPT.days, await parts.people.proven_phone(HOSPITAL, WHO)) == (180, PHONE)
    parts.clock.forward(1)
    assert await parts.people.proven_phone(HOSPITAL, WHO) == ""


@pytest.mark.parametrize(("said", "kept"), [("+86 138 0000 0001", PHONE), ("+85291234567", "+85291234567")])
async def test_a_number_is_kept_as_phones_are_written_here_and_a_foreign_one_as_it_came(said: str, kept: str) -> None:
    parts = PersonParts()
    await parts.people.phone_proven(SESSION, said)
    assert await parts.people.proven_phone(HOSPITAL, WHO) == kept


async def test_the_number_of_the_own_card_s_code_stands_in_until_the_card_is_unbound() -> None:
    parts = PersonParts()
    await parts.people.card_bound(SESSION, PHONE, ("own:1", "self:1"), needs_phone=False)
    assert await parts.people.proven_phone(HOSPITAL, WHO) == PHONE
    await parts.people.card_unbound(HOSPITAL, WHO.key, ())
    assert await parts.people.proven_phone(HOSPITAL, WHO) == PHONE
    await parts.people.card_unbound(HOSPITAL, WHO.key, ("own:1", "self:1"))
    assert (await parts.people.proven_phone(HOSPITAL, WHO), await parts.proofs()) == ("", frozenset())


async def test_nothing_stays_of_who_is_forgotten() -> None:
    parts = PersonParts()
    await parts.people.card_bound(SESSION, PHONE, ("own:1", "self:1"), needs_phone=True)
    await parts.people.phone_proven(SESSION, "13900000002")
    await parts.people.card_bound(SESSION, PHONE, ("own:2", "self:2"), needs_phone=False)
    await parts.people.forget(HOSPITAL, WHO.key)
    assert (await parts.people.proven_phone(HOSPITAL, WHO), await parts.proofs()) == ("", frozenset())
    await parts.people.phone_proven(SESSION, PHONE)
    assert await parts.proofs() == frozenset()


@pytest.mark.parametrize("by_account", [True, False])
@pytest.mark.parametrize(("entrances", "joined"), [(IDENTITIES_MAX, IDENTITIES_MAX), (IDENTITIES_MAX + 1, 1)])
async def test_a_mark_of_more_than_32_entrances_joins_nobody(by_account: bool, entrances: int, joined: int) -> None:
    """By the account of the login, and by one that was noted at another login."""
    parts = PersonParts()
    for number in range(entrances):
        each = an_identity(f"{number:02}", app_id=f"app-{number}", union_id="union-1")
        await parts.people.met(HOSPITAL, each)
    who = an_identity("00", app_id="app-0", union_id="union-1" if by_account else None)
    whole = await parts.people.whole(a_session("00", identity=who))
    assert (len(whole.owners), IDENTITIES_MAX) == (joined, 32)


async def test_a_mark_joins_only_while_its_card_has_it() -> None:
    """And the card may have another mark by now."""
    parts = PersonParts()
    sessions = [a_session(), a_session("2088", identity=an_identity("2088", channel="alipay"))]
    for session in sessions:
        await parts.stores.people.add_identity_proofs(HOSPITAL, session.identity, ["own:1", "self:1"])
    for marks, others in ((("own:1", "self:1"), 1), (("own:2", "self:2"), 0)):
        for session in sessions:
            card = BoundCard(
                hospital=HOSPITAL,
                owner=session.identity.key,
                card_no="C1",
                name="张测试",
                identity_proofs=marks,
                bound_at=MORNING,
            )
            await parts.stores.cards.bind(card)
        assert [len((await parts.people.whole(session)).linked) for session in sessions] == [others, others]

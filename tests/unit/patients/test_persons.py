"""One person across entrances: by the platform's word, by a proof on both sides, and not by less."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import StoreUnavailable
from server.patients.model import PayerIdentity, Session
from server.storage.memory import memory_stores
from tests.support.builders import APP, CARD, HOSPITAL, PHONE, a_bill, a_patient, a_scan, a_session, an_identity
from tests.support.employees import an_employee
from tests.support.hospital_systems import FaithfulHis
from tests.support.in_memory_app import InMemoryApp, Unreachable
from tests.support.mini_program import MINI_APP, ObligingMiniProgram
from tests.support.outside import a_hospital

pytestmark = pytest.mark.asyncio


def a_house() -> InMemoryApp:
    return InMemoryApp(a_hospital(mini_program=ObligingMiniProgram(), his=FaithfulHis(a_bill("B1"))))


def on_page(subject: str = "page-zhang") -> Session:
    return a_session(subject)


def in_mini_program(subject: str = "mini-zhang") -> Session:
    return a_session(subject, identity=an_identity(subject, app_id=MINI_APP))


def in_alipay(subject: str = "2088zhang") -> Session:
    return a_session(subject, identity=PayerIdentity(channel="alipay", app_id="2021000000000001", subject=subject))


async def bound(house: InMemoryApp, session: Session, card_no: str = CARD, *, own: bool = True) -> str:
    """``own``: whoever binds it says that they are the patient."""
    patient = house.his.patients[card_no]
    sent = await house.cards.send_code(session, card_no, patient.name)
    card = await house.cards.bind(session, sent.card_key, house.sms.sent[-1][1].values["code"], own=own)
    return card.card_key


async def owners(house: InMemoryApp, session: Session) -> set[str]:
    return set((await house.people.whole(session)).owners) - {session.identity.key}


async def test_a_card_proven_on_both_sides_joins_them_once_the_phone_is_proven_too() -> None:
    house = a_house()
    page, mini = on_page(), in_mini_program()
    await bound(house, page)
    await bound(house, mini)
    assert await owners(house, mini) == set(), "the code alone may have been told by somebody else"
    await house.people.phone_proven(mini, "13899999999")
    assert await owners(house, mini) == set(), "the phone is not the one that the code went to"
    await house.people.phone_proven(mini, PHONE)
    assert await owners(house, mini) == {page.identity.key}
    assert await owners(house, page) == {mini.identity.key}


async def test_a_card_of_the_family_joins_nobody() -> None:
    """A daughter who binds her father's card, and he who binds it, are two people, and so are parents and their child's card."""
    house = a_house()
    page, mini = on_page("daughter"), in_mini_program("father")
    await house.people.phone_proven(mini, PHONE)
    await bound(house, page, own=False)
    await bound(house, mini)
    child = a_patient(patient_id="P9", name="张小测", id_no="110101202001010014", card_nos=("C0000009",))
    house.his.patients["C0000009"] = child
    for session in (page, mini):
        await bound(house, session, "C0000009")
    for session in (page, mini):
        assert await owners(house, session) == set()


async def test_what_joined_ends_with_the_card_that_proved_it() -> None:
    house = a_house()
    page, mini = on_page(), in_mini_program()
    await house.people.phone_proven(mini, PHONE)
    await bound(house, mini)
    key = await bound(house, page)
    assert await owners(house, mini) == {page.identity.key}
    await house.cards.unbind(await house.people.whole(page), key)
    assert await owners(house, mini) == await owners(house, page) == set()
    await bound(house, page)
    await bound(house, mini)
    assert await owners(house, mini) == {page.identity.key}
    await bound(house, page, own=False)
    assert await owners(house, mini) == set(), "bound again, and not one's own after all"


async def test_a_card_unbound_before_its_phone_was_proven_joins_nobody_later() -> None:
    house = a_house()
    page, mini = on_page(), in_mini_program()
    await bound(house, page)
    await house.cards.unbind(mini, await bound(house, mini))
    await house.people.phone_proven(mini, PHONE)
    assert await owners(house, mini) == set()


async def test_a_mark_that_outlived_its_card_joins_nobody() -> None:
    """Written by a request that ran beside the unbinding."""
    house = a_house()
    page, mini = on_page(), in_mini_program()
    await house.people.phone_proven(mini, PHONE)
    await bound(house, mini)
    key = await bound(house, page)
    stored = await house.stores.people.get(HOSPITAL, page.identity.key)
    assert stored is not None
    await house.cards.unbind(page, key)
    await house.stores.people.add_marks(HOSPITAL, page.identity, sorted(stored.marks))
    assert await owners(house, page) == await owners(house, mini) == set()


@pytest.mark.parametrize("fails", ["drop_marks", "unbind"])
async def test_unbinding_that_fails_half_way_is_done_by_trying_again(fails: str) -> None:
    stores = memory_stores()
    broken = {"drop_marks": "people", "unbind": "cards"}[fails]
    fragile = Unreachable(getattr(stores, broken), StoreUnavailable("down"))
    stores = replace(stores, **{broken: fragile})
    house = InMemoryApp(a_hospital(mini_program=ObligingMiniProgram(), his=FaithfulHis(a_bill("B1"))), stores=stores)
    page, mini = on_page(), in_mini_program()
    await house.people.phone_proven(mini, PHONE)
    await bound(house, mini)
    key = await bound(house, page)
    fragile.fail = {fails}
    with pytest.raises(StoreUnavailable):
        await house.cards.unbind(await house.people.whole(page), key)
    fragile.fail = set()
    await house.cards.unbind(await house.people.whole(page), key)
    for session in (page, mini):
        assert await owners(house, session) == set()
        assert await house.cards.mine(session) == ()


class BreaksAt(Unreachable):
    """The store is gone when it comes to this owner's card."""

    breaks_at = ""

    async def unbind(self, hospital: str, owner: str, card_no: str) -> None:
        if owner == self.breaks_at:
            raise StoreUnavailable("down")
        await self._inner.unbind(hospital, owner, card_no)


@pytest.mark.parametrize("at", range(3))
@pytest.mark.parametrize("breaks_at", range(3))
async def test_unbinding_in_three_entrances_that_fails_half_way_is_done_by_trying_again(
    at: int, breaks_at: int
) -> None:
    """Whoever holds the card that joins is unbound after those whom it brings."""
    stores = memory_stores()
    fragile = BreaksAt(stores.cards, StoreUnavailable("down"))
    house = InMemoryApp(a_hospital(mini_program=ObligingMiniProgram()), stores=replace(stores, cards=fragile))
    page, mini = on_page(), in_mini_program()
    alipay = a_session("alipay-zhang", identity=PayerIdentity(channel="alipay", app_id="2021", subject="alipay-zhang"))
    for session in (page, mini):
        await house.people.met(HOSPITAL, replace(session.identity, union_id="union-1"))
    key = await bound(house, mini, own=False)
    for session in (page, alipay):
        await bound(house, session)
    everyone = (page, mini, alipay)
    fragile.breaks_at = everyone[breaks_at].identity.key
    with pytest.raises(StoreUnavailable):
        await house.cards.unbind(await house.people.whole(everyone[at]), key)
    fragile.breaks_at = ""
    await house.cards.unbind(await house.people.whole(everyone[at]), key)
    for session in everyone:
        assert await house.cards.mine(session) == ()


async def test_the_phone_may_be_proven_first() -> None:
    house = a_house()
    page, mini = on_page(), in_mini_program()
    await house.people.phone_proven(mini, PHONE)
    await bound(house, mini)
    await bound(house, page)
    assert await owners(house, mini) == {page.identity.key}


async def test_a_second_person_with_the_same_proof_parts_everybody() -> None:
    house = a_house()
    page, mini = on_page(), in_mini_program()
    await house.people.phone_proven(mini, PHONE)
    await bound(house, mini)
    await bound(house, page)
    await bound(house, on_page("page-li"))
    for session in (page, mini, on_page("page-li")):
        assert await owners(house, session) == set()


async def test_two_accounts_of_the_platform_are_never_joined_by_a_proof() -> None:
    house = a_house()
    page, mini = on_page(), in_mini_program()
    await house.people.phone_proven(mini, PHONE)
    for session, union in ((page, "union-1"), (mini, "union-2")):
        await house.people.met(
            HOSPITAL, an_identity(session.identity.subject, app_id=session.identity.app_id, union_id=union)
        )
        await bound(house, session)
    assert await owners(house, mini) == set()


async def known_to_the_platform(house: InMemoryApp, *sessions: Session) -> None:
    """As one person's."""
    for session in sessions:
        await house.people.met(HOSPITAL, replace(session.identity, union_id="union-1"))


async def test_a_card_of_one_entrance_joins_what_the_platform_has_joined_with_it_and_unbinding_ends_it_everywhere() -> (
    None
):
    """The mini-program shows the account's card already: nobody binds it there once more for Alipay's sake."""
    house = a_house()
    page, mini, alipay = everywhere = on_page(), in_mini_program(), in_alipay()
    await known_to_the_platform(house, page, mini)
    await bound(house, page)
    key = await bound(house, alipay)
    for session in everywhere:
        assert await owners(house, session) == {one.identity.key for one in everywhere} - {session.identity.key}
    await house.cards.unbind(await house.people.whole(mini), key)
    assert await owners(house, alipay) == set()
    for session in everywhere:
        assert await house.stores.cards.of_owner(HOSPITAL, session.identity.key) == []


async def test_who_has_another_patient_s_card_as_their_own_elsewhere_is_not_this_one() -> None:
    """A husband: his own card in the mini-program, his wife's, falsely, in the account, which the platform knows to be his, too."""
    house = a_house()
    his = a_patient(patient_id="P8", name="李测试", id_no="110101198501010019", card_nos=("C0000008",))
    house.his.patients["C0000008"] = his
    page, mini, hers = on_page(), in_mini_program(), in_alipay()
    await known_to_the_platform(house, page, mini)
    await house.people.phone_proven(mini, his.phone)
    await bound(house, mini, "C0000008")
    await bound(house, page)
    await bound(house, hers)
    assert await owners(house, hers) == set()
    assert await owners(house, page) == {mini.identity.key}


async def test_what_is_unbound_is_gone_under_every_key() -> None:
    house = a_house()
    page, mini = on_page(), in_mini_program()
    await known_to_the_platform(house, page, mini)
    key = await bound(house, page)
    await bound(house, mini)
    whole = await house.people.whole(mini)
    assert [card.card_key for card in await house.cards.mine(whole)] == [key], "bound twice, shown once"
    await house.cards.unbind(whole, key)
    for session in (page, mini):
        assert await house.cards.mine(await house.people.whole(session)) == ()
        assert await house.stores.cards.of_owner(HOSPITAL, session.identity.key) == []
    assert APP != MINI_APP


async def test_staff_who_paid_through_another_entrance_refund_their_own_money_only_with_a_second_person() -> None:
    house = a_house()
    mini = in_mini_program()
    begun = await house.payments.start("bills", replace(mini, scans=(a_scan("B1"),)), ["B1"], None)
    await house.notifications.apply(HOSPITAL, house.channel.pay(begun.payment_id))
    await house.work()
    cashier = await an_employee(house, name="周收费")
    now = await cashier.now()
    assert now.identity is not None
    assert (await house.refund_desk.draft(now, begun.payment_id, 1, "other")).approval_reasons == ()
    for identity in (now.identity, mini.identity):
        await house.people.met(HOSPITAL, replace(identity, union_id="union-1"))
    assert (await house.refund_desk.draft(now, begun.payment_id, 1, "other")).approval_reasons == ("own",)

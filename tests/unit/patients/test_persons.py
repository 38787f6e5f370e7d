"""One person across entrances: by the platform's word, by a proof on both sides, and not by less."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from server.patients.model import BoundCard, Session
from server.payments.sms_choice import NO_SMS
from tests.support.builders import APP, HOSPITAL, PHONE, a_patient, a_scan, an_identity
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.mini_program import MINI_APP
from tests.support.persons import an_app, bound, in_alipay, in_mini_program, on_page, owners

pytestmark = pytest.mark.asyncio


async def test_a_card_proven_on_both_sides_joins_them_once_the_phone_is_proven_too() -> None:
    memory_app = an_app()
    page, mini = on_page(), in_mini_program()
    await bound(memory_app, page)
    await bound(memory_app, mini)
    assert await owners(memory_app, mini) == set(), "the code alone may have been told by somebody else"
    await memory_app.people.phone_proven(mini, "13899999999")
    assert await owners(memory_app, mini) == set(), "the phone is not the one that the code went to"
    await memory_app.people.phone_proven(mini, PHONE)
    assert await owners(memory_app, mini) == {page.identity.key}
    assert await owners(memory_app, page) == {mini.identity.key}


async def test_the_cards_that_prove_who_somebody_is_are_read_once_for_all_entrances(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    memory_app = an_app()
    page, mini = on_page(), in_mini_program()
    await memory_app.people.phone_proven(mini, PHONE)
    for session in (page, mini):
        await bound(memory_app, session)
    reads, of_owners = [], memory_app.stores.cards.of_owners

    async def noted(hospital: str, asked: Sequence[str]) -> Sequence[BoundCard]:
        reads.append(set(asked))
        return await of_owners(hospital, asked)

    monkeypatch.setattr(memory_app.stores.cards, "of_owners", noted)
    assert await owners(memory_app, page) == {mini.identity.key}
    assert reads == [{page.identity.key, mini.identity.key}]


async def test_a_card_of_the_family_joins_nobody() -> None:
    """A daughter who binds her father's card, and he who binds it, are two people, and so are parents and their child's card."""
    memory_app = an_app()
    page, mini = on_page("daughter"), in_mini_program("father")
    await memory_app.people.phone_proven(mini, PHONE)
    await bound(memory_app, page, own=False)
    await bound(memory_app, mini)
    child = a_patient(patient_id="P9", name="张小测", id_no="110101202001010014", card_nos=("C0000009",))
    memory_app.his.patients["C0000009"] = child
    for session in (page, mini):
        await bound(memory_app, session, "C0000009")
    for session in (page, mini):
        assert await owners(memory_app, session) == set()


async def test_what_joined_ends_with_the_card_that_proved_it() -> None:
    memory_app = an_app()
    page, mini = on_page(), in_mini_program()
    await memory_app.people.phone_proven(mini, PHONE)
    await bound(memory_app, mini)
    key = await bound(memory_app, page)
    assert await owners(memory_app, mini) == {page.identity.key}
    await memory_app.cards.unbind(await memory_app.people.whole(page), key)
    assert await owners(memory_app, mini) == await owners(memory_app, page) == set()
    await bound(memory_app, page)
    await bound(memory_app, mini)
    assert await owners(memory_app, mini) == {page.identity.key}
    await bound(memory_app, page, own=False)
    assert await owners(memory_app, mini) == set(), "bound again, and not one's own after all"


async def test_a_card_unbound_before_its_phone_was_proven_joins_nobody_later() -> None:
    memory_app = an_app()
    page, mini = on_page(), in_mini_program()
    await bound(memory_app, page)
    await memory_app.cards.unbind(mini, await bound(memory_app, mini))
    await memory_app.people.phone_proven(mini, PHONE)
    assert await owners(memory_app, mini) == set()


async def test_a_mark_that_outlived_its_card_joins_nobody() -> None:
    """Written by a request that ran beside the unbinding."""
    memory_app = an_app()
    page, mini = on_page(), in_mini_program()
    await memory_app.people.phone_proven(mini, PHONE)
    await bound(memory_app, mini)
    key = await bound(memory_app, page)
    stored = await memory_app.stores.people.get(HOSPITAL, page.identity.key)
    assert stored is not None
    await memory_app.cards.unbind(page, key)
    await memory_app.stores.people.add_identity_proofs(HOSPITAL, page.identity, sorted(stored.identity_proofs))
    assert await owners(memory_app, page) == await owners(memory_app, mini) == set()


async def test_the_phone_may_be_proven_first() -> None:
    memory_app = an_app()
    page, mini = on_page(), in_mini_program()
    await memory_app.people.phone_proven(mini, PHONE)
    await bound(memory_app, mini)
    await bound(memory_app, page)
    assert await owners(memory_app, mini) == {page.identity.key}


async def test_a_second_person_with_the_same_proof_parts_everybody() -> None:
    memory_app = an_app()
    page, mini = on_page(), in_mini_program()
    await memory_app.people.phone_proven(mini, PHONE)
    await bound(memory_app, mini)
    await bound(memory_app, page)
    await bound(memory_app, on_page("page-li"))
    for session in (page, mini, on_page("page-li")):
        assert await owners(memory_app, session) == set()


async def test_two_accounts_of_the_platform_are_never_joined_by_a_proof() -> None:
    memory_app = an_app()
    page, mini = on_page(), in_mini_program()
    await memory_app.people.phone_proven(mini, PHONE)
    for session, union in ((page, "union-1"), (mini, "union-2")):
        await memory_app.people.met(
            HOSPITAL, an_identity(session.identity.subject, app_id=session.identity.app_id, union_id=union)
        )
        await bound(memory_app, session)
    assert await owners(memory_app, mini) == set()


async def known_to_the_platform(memory_app: InMemoryApp, *sessions: Session) -> None:
    """As one person's."""
    for session in sessions:
        await memory_app.people.met(HOSPITAL, replace(session.identity, union_id="union-1"))


async def test_a_card_of_one_entrance_joins_what_the_platform_has_joined_with_it_and_unbinding_ends_it_everywhere() -> (
    None
):
    """The mini-program shows the account's card already: nobody binds it there once more for Alipay's sake."""
    memory_app = an_app()
    page, mini, alipay = everywhere = on_page(), in_mini_program(), in_alipay()
    await known_to_the_platform(memory_app, page, mini)
    await bound(memory_app, page)
    key = await bound(memory_app, alipay)
    for session in everywhere:
        assert await owners(memory_app, session) == {one.identity.key for one in everywhere} - {session.identity.key}
    await memory_app.cards.unbind(await memory_app.people.whole(mini), key)
    assert await owners(memory_app, alipay) == set()
    for session in everywhere:
        assert await memory_app.stores.cards.of_owner(HOSPITAL, session.identity.key) == []


async def test_who_has_another_patient_s_card_as_their_own_elsewhere_is_not_this_one() -> None:
    """A husband: his own card in the mini-program, his wife's, falsely, in the account, which the platform knows to be his, too."""
    memory_app = an_app()
    his = a_patient(patient_id="P8", name="李测试", id_no="110101198501010019", card_nos=("C0000008",))
    memory_app.his.patients["C0000008"] = his
    page, mini, hers = on_page(), in_mini_program(), in_alipay()
    await known_to_the_platform(memory_app, page, mini)
    await memory_app.people.phone_proven(mini, his.phone)
    await bound(memory_app, mini, "C0000008")
    await bound(memory_app, page)
    await bound(memory_app, hers)
    assert await owners(memory_app, hers) == set()
    assert await owners(memory_app, page) == {mini.identity.key}


async def test_what_is_unbound_is_gone_under_every_key() -> None:
    memory_app = an_app()
    page, mini = on_page(), in_mini_program()
    await known_to_the_platform(memory_app, page, mini)
    key = await bound(memory_app, page)
    await bound(memory_app, mini)
    whole = await memory_app.people.whole(mini)
    assert [card.card_key for card in await memory_app.cards.mine(whole)] == [key], "bound twice, shown once"
    await memory_app.cards.unbind(whole, key)
    for session in (page, mini):
        assert await memory_app.cards.mine(await memory_app.people.whole(session)) == ()
        assert await memory_app.stores.cards.of_owner(HOSPITAL, session.identity.key) == []
    assert APP != MINI_APP


async def test_staff_who_paid_through_another_entrance_refund_their_own_money_only_with_a_second_person() -> None:
    memory_app = an_app()
    mini = in_mini_program()
    begun = await memory_app.payments.start("bills", replace(mini, scans=(a_scan("B1"),)), ["B1"], NO_SMS)
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(begun.payment_id))
    await memory_app.work()
    cashier = await an_employee(memory_app, name="周收费")
    now = await cashier.now()
    assert now.identity is not None
    assert (await memory_app.refund_desk.draft(now, begun.payment_id, 1, "other")).approval_reasons == ()
    for identity in (now.identity, mini.identity):
        await memory_app.people.met(HOSPITAL, replace(identity, union_id="union-1"))
    assert (await memory_app.refund_desk.draft(now, begun.payment_id, 1, "other")).approval_reasons == ("own",)

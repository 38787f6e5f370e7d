"""Finding, telling and erasing one person, line by line: pages, pseudonyms, what the chain says, every no in its words."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from server.audit.model import AuditEntry
from server.core.errors import BadInput, LostRace, NotFound, Refusal
from server.core.history import HistoryEvent
from server.effects.model import EffectKind
from server.patients.model import BoundCard
from server.payments.model import Payment
from server.payments.rules.booking import booked
from server.payments.rules.erasing import KeptReason
from server.privacy import records
from server.privacy.model import Erased, FoundBy, Person
from tests.support.builders import CARD, HOSPITAL, MORNING, TOKEN, a_booking, a_paid, a_session, an_identity, leased
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio
WHO = an_identity()
BY = "cli:wang"
NOBODY = "没有找到这笔支付，或付款人已删除。"


def at_rest(number: str, **request: Any) -> Payment:
    payment = leased(a_paid(**request), EffectKind.BOOK, MORNING)
    return replace(booked(payment, TOKEN, a_booking(), MORNING), id=number, claims=(), effects=())


async def with_payments(*payments: Payment) -> InMemoryApp:
    memory_app = InMemoryApp()
    for payment in payments:
        await memory_app.stores.payments.insert(payment)
    return memory_app


async def said(asked: Awaitable[object], kind: type[Refusal]) -> str:
    with pytest.raises(Refusal) as raised:
        await asked
    assert type(raised.value) is kind
    return raised.value.user_message


async def erase(memory_app: InMemoryApp, person: Person) -> Erased:
    return await memory_app.person_records.erase(person, BY)


async def entries(memory_app: InMemoryApp) -> list[AuditEntry]:
    return list(await memory_app.stores.audit.page(HOSPITAL, 0, 100))


class TestFinding:
    async def test_by_a_payment_s_number_however_it_is_typed(self) -> None:
        memory_app = await with_payments(at_rest("Z1"))
        find = memory_app.person_records.find
        assert await find(HOSPITAL, FoundBy.PAYMENT, "z1") == Person(HOSPITAL, FoundBy.PAYMENT, owners=(WHO.key,))
        assert await said(find(HOSPITAL, FoundBy.PAYMENT, "Z2"), NotFound) == NOBODY
        assert await said(find("other", FoundBy.PAYMENT, "Z1"), NotFound) == NOBODY
        await erase(memory_app, Person(HOSPITAL, FoundBy.PAYER, owners=(WHO.key,)))
        assert await said(find(HOSPITAL, FoundBy.PAYMENT, "Z1"), NotFound) == NOBODY

    async def test_by_a_payer_with_all_keys_of_the_person(self) -> None:
        memory_app = InMemoryApp()
        find, other = memory_app.person_records.find, an_identity("openid-other", union_id="union-1")
        for identity in (other, an_identity(union_id="union-1")):
            await memory_app.people.met(HOSPITAL, identity)
        found = await find(HOSPITAL, FoundBy.PAYER, WHO.key)
        assert found == Person(HOSPITAL, FoundBy.PAYER, owners=(WHO.key, other.key))
        assert await said(find(HOSPITAL, FoundBy.PAYER, "wechat:wx1"), BadInput) == "付款人写成 渠道:应用:用户标识。"
        assert (await find(HOSPITAL, FoundBy.PAYER, "a:b:c:d")).owners == ("a:b:c:d",)

    async def test_by_a_card(self) -> None:
        found = await InMemoryApp().person_records.find(HOSPITAL, FoundBy.CARD, CARD)
        assert found == Person(HOSPITAL, FoundBy.CARD, card_no=CARD)


class TestTelling:
    @pytest.mark.parametrize("held", ["a payment", "a card", "a session", "a mark"])
    async def test_any_one_thing_is_enough(self, held: str) -> None:
        memory_app = await with_payments(*([at_rest("Z1")] if held == "a payment" else []))
        if held == "a card":
            await memory_app.stores.cards.bind(BoundCard(hospital=HOSPITAL, owner=WHO.key, card_no="C1", name="张测试"))
        elif held == "a session":
            await memory_app.stores.sessions.put(a_session(WHO.subject, id="secret-1"))
        elif held == "a mark":
            await memory_app.stores.people.add_identity_proofs(HOSPITAL, WHO, ["self:1", "account:2", "self:3"])
        person = await memory_app.person_records.find(HOSPITAL, FoundBy.PAYER, WHO.key)
        told: Any = await memory_app.person_records.export(person, BY)
        assert [bool(told[name]) for name in ("payments", "cards", "sessions", "identities")] == [
            held == "a payment", held == "a card", held == "a session", held in {"a payment", "a mark"},
        ]  # fmt: skip
        if held == "a mark":
            assert told["identities"][0]["joined_by"] == ["account", "self"]

    async def test_of_nobody_nothing_is_told_and_nothing_noted(self) -> None:
        memory_app = await with_payments(at_rest("Z1"))
        person = Person(HOSPITAL, FoundBy.PAYER, owners=("wechat:wx:nobody",))
        assert await said(memory_app.person_records.export(person, BY), NotFound) == "没有保存这个人的信息。"
        assert await entries(memory_app) == []

    async def test_every_payment_is_told_page_by_page(self, monkeypatch: pytest.MonkeyPatch) -> None:
        memory_app = await with_payments(*(at_rest(f"Z{number}") for number in range(5)))
        monkeypatch.setattr(records, "PAGE", 2)
        person = Person(HOSPITAL, FoundBy.PAYER, owners=(WHO.key,))
        told: Any = await memory_app.person_records.export(person, BY)
        assert sorted(payment["number"] for payment in told["payments"]) == [f"Z{number}" for number in range(5)]

    async def test_a_question_is_a_line_by_whom_and_of_whom_under_a_key(self) -> None:
        memory_app = await with_payments(at_rest("Z1"))
        person = Person(HOSPITAL, FoundBy.PAYER, owners=("x:y:z", WHO.key))
        await memory_app.person_records.export(person, BY)
        [entry] = await entries(memory_app)
        whose = memory_app.sealer.lookup("person_note", f"{HOSPITAL}/{WHO.key}")[:20]
        assert dict(entry.detail) == {"found_by": "payer", "person": whose, "payments": "1", "cards": "0"}
        assert (entry.what, entry.by, entry.at) == ("person_exported", BY, memory_app.clock.now())
        kind, name, which = entry.source
        assert (kind, len(name), which) == ("person", 20, 0)

    async def test_of_a_patient_the_line_names_the_card_under_a_key(self) -> None:
        memory_app = await with_payments(at_rest("Z1"))
        await memory_app.person_records.export(Person(HOSPITAL, FoundBy.CARD, card_no=CARD), BY)
        [entry] = await entries(memory_app)
        assert entry.detail["person"] == memory_app.sealer.lookup("person_note", f"{HOSPITAL}/{CARD}")[:20]


class TestErasing:
    async def test_a_pseudonym_is_the_same_from_whichever_key_one_begins(self) -> None:
        memory_app = await with_payments(at_rest("Z1"), at_rest("Z2", payer=an_identity("openid-a")))
        keys = (WHO.key, an_identity("openid-a").key)
        await erase(memory_app, Person(HOSPITAL, FoundBy.PAYER, owners=keys))
        pseudonym = memory_app.sealer.lookup("erased", f"{HOSPITAL}/{min(keys)}")
        for number in ("Z1", "Z2"):
            after = await memory_app.payment(number)
            assert after.payer.subject == f"erased-{pseudonym}"
            line = after.history[-1]
            assert (line.what, line.by, line.at) == ("person_erased", BY, memory_app.clock.now())

    async def test_the_card_of_another_form_is_not_this_one(self) -> None:
        """Stores find cards by a key that forgives how they are typed; the person is of one card."""
        memory_app = await with_payments(at_rest("Z1"))
        done = await erase(memory_app, Person(HOSPITAL, FoundBy.CARD, card_no=CARD.lower()))
        assert (done.payments, done.kept) == (0, {})
        assert (await memory_app.payment("Z1")).personal.card_no == CARD

    async def test_what_is_kept_is_counted_by_its_reason(self) -> None:
        memory_app = await with_payments(at_rest("Z1"), replace(a_paid(), id="Z2", claims=()))
        done = await erase(memory_app, Person(HOSPITAL, FoundBy.PAYER, owners=(WHO.key,)))
        assert (done.payments, done.kept) == (1, {"Z2": KeptReason.UNDER_WAY})

    @pytest.mark.parametrize(("also_of_staff", "erased"), [(True, True), (False, False)])
    async def test_the_money_of_staff_says_who_until_its_term_is_over(self, also_of_staff: bool, erased: bool) -> None:
        memory_app = InMemoryApp()
        await an_employee(memory_app)
        payment = at_rest("Z1", payer=an_identity("openid-1001"))
        await memory_app.stores.payments.insert(payment)
        if also_of_staff:
            over = await memory_app.person_records.term_over(HOSPITAL, [payment], date(2023, 1, 1))
            assert over == 1
        else:
            done = await erase(memory_app, Person(HOSPITAL, FoundBy.PAYER, owners=(payment.owner,)))
            assert done.kept == {"Z1": KeptReason.STAFF}
        assert ((await memory_app.payment("Z1")).owner != payment.owner) is erased

    async def test_a_lost_race_is_decided_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        memory_app = await with_payments(at_rest("Z1"))
        store, tries = memory_app.stores.payments, list[str]()
        real = store.pseudonymise

        async def lost_once(before: Payment, after: Payment) -> None:
            tries.append(before.id)
            if len(tries) == 1:
                raise LostRace("payment")
            await real(before, after)

        monkeypatch.setattr(store, "pseudonymise", lost_once, raising=False)
        assert (await erase(memory_app, Person(HOSPITAL, FoundBy.PAYER, owners=(WHO.key,)))).payments == 1
        assert tries == ["Z1", "Z1"]

    async def test_a_payment_that_is_gone_meanwhile_is_not_said_to_be_erased(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        memory_app = await with_payments(at_rest("Z1"))

        async def gone(hospital: str, payment_id: str) -> None:
            return None

        monkeypatch.setattr(memory_app.stores.payments, "get", gone, raising=False)
        with pytest.raises(NotFound, match="payment"):
            await erase(memory_app, Person(HOSPITAL, FoundBy.PAYER, owners=(WHO.key,)))

    async def test_a_binding_that_the_card_does_not_find_ends_with_whoever_paid_by_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One of before 2026-11-29, whose owner has not come again."""
        memory_app = await with_payments(at_rest("Z1"))
        await memory_app.stores.cards.bind(BoundCard(hospital=HOSPITAL, owner=WHO.key, card_no=CARD, name="张测试"))

        async def unfound(*given: object) -> list[BoundCard]:
            return []

        monkeypatch.setattr(memory_app.stores.cards, "of_card", unfound)
        assert (await erase(memory_app, Person(HOSPITAL, FoundBy.CARD, card_no=CARD))).cards == 1
        assert await memory_app.stores.cards.of_owner(HOSPITAL, WHO.key) == []

    async def test_of_a_patient_the_chain_s_names_of_the_payer_stay(self) -> None:
        """Only the bindings and the name of the patient end; who paid is somebody else's."""
        line = HistoryEvent(at=MORNING, what="refund_asked", by=WHO.key)
        memory_app = await with_payments(replace(at_rest("Z1"), history=(line,)))
        await erase(memory_app, Person(HOSPITAL, FoundBy.CARD, card_no=CARD))
        assert [entry.what for entry in await entries(memory_app)] == ["person_erased"]
        assert (await memory_app.payment("Z1")).history[0].by == WHO.key


class TestTheTerm:
    async def test_is_told_once_for_what_is_over_and_is_nobody_s_act(self) -> None:
        memory_app = await with_payments(at_rest("Z1"), at_rest("Z2"))
        under_way = replace(a_paid(), id="Z3", claims=())
        await memory_app.stores.payments.insert(under_way)
        payments = [await memory_app.payment(number) for number in ("Z1", "Z2", "Z3")]
        assert await memory_app.person_records.term_over(HOSPITAL, payments, date(2023, 1, 1)) == 2
        [entry] = await entries(memory_app)
        assert (entry.what, entry.by, dict(entry.detail)) == (
            "term_over", "system", {"kept_from": "2023-01-01", "payments": "2"},
        )  # fmt: skip
        gone = [await memory_app.payment(number) for number in ("Z1", "Z2")]
        assert await memory_app.person_records.term_over(HOSPITAL, gone, date(2023, 1, 1)) == 0
        assert len(await entries(memory_app)) == 1

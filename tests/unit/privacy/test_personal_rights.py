"""`run.py person …` over the app in memory: what is told of one person, what is erased and kept, and what the chain says of it."""

from __future__ import annotations

import io
import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from server.app import cli_persons
from server.core.errors import BadInput, NotFound
from server.effects.model import EffectKind
from server.patients.model import WRISTBAND, BoundCard, Origin
from server.payments.model import Payment
from server.payments.rules.booking import booked
from server.payments.rules.telling import PAYMENT_BOOKED, tell
from server.privacy.model import Erased, FoundBy, Person
from tests.support.builders import (
    CARD,
    HOSPITAL,
    MORNING,
    PHONE,
    TOKEN,
    a_booking,
    a_paid,
    a_payment,
    a_session,
    an_identity,
    leased,
)
from tests.support.commands import acted
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio
WHO = an_identity()
OTHER = an_identity("openid-li-ceshi")
BY = "cli:wang"
OWN = ("own:1", "self:1")


def at_rest(number: str, **request: Any) -> Payment:
    """A booked payment that owes nothing."""
    payment = leased(a_paid(**request), EffectKind.BOOK, MORNING)
    done = booked(payment, TOKEN, a_booking(), MORNING)
    return replace(done, id=number, claims=(), effects=())


async def an_app() -> InMemoryApp:
    """Two payers with a payment each for the same card; the first one has bound it, is logged in and has proven a phone."""
    memory_app = InMemoryApp()
    await memory_app.stores.payments.insert(at_rest("Z00000000000000000000001"))
    await memory_app.stores.payments.insert(at_rest("Z00000000000000000000002", payer=OTHER))
    await memory_app.stores.cards.bind(
        BoundCard(hospital=HOSPITAL, owner=WHO.key, card_no=CARD, name="张测试", identity_proofs=OWN)
    )
    await memory_app.stores.people.add_identity_proofs(HOSPITAL, WHO, OWN)
    await memory_app.stores.sessions.put(a_session(WHO.subject, id="secret-1"))
    await memory_app.stores.sessions.put(a_session(OTHER.subject, id="secret-2"))
    await memory_app.people.phone_proven(a_session(WHO.subject), PHONE)
    return memory_app


async def said(memory_app: InMemoryApp, monkeypatch: pytest.MonkeyPatch, fact: str, *words: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(fact + "\n"))
    await acted(cli_persons.person, words, memory_app)


async def erased(memory_app: InMemoryApp, by: FoundBy, fact: str) -> Erased:
    return await memory_app.person_records.erase(await memory_app.person_records.find(HOSPITAL, by, fact), BY)


async def test_an_export_has_all_of_one_payer_and_nothing_of_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    memory_app, file = await an_app(), tmp_path / "told.json"
    await said(memory_app, monkeypatch, WHO.key, "export", "--by", "payer", "--out", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text(encoding="utf-8")
    told = json.loads(text)
    assert [one["number"] for one in told["payments"]] == ["Z00000000000000000000001"]
    assert told["identities"] == [
        {
            "channel": WHO.channel,
            "app_id": WHO.app_id,
            "subject": WHO.subject,
            "joined_by": ["own", "self"],
            "phone": PHONE,
        }
    ]
    assert told["cards"] == [{"card_no": CARD, "name": "张测试", "own": True, "family": ""}]
    assert len(told["sessions"]) == 1
    assert told["payments"][0]["phone"] == PHONE
    assert told["payments"][0]["card_no"] == CARD
    assert OTHER.subject not in text
    with pytest.raises(BadInput):
        await said(memory_app, monkeypatch, WHO.key, "export", "--by", "payer", "--out", str(file))


async def test_another_patient_of_a_payer_is_told_masked_and_a_patient_is_not_told_who_paid() -> None:
    memory_app = await an_app()
    of_payer = await memory_app.person_records.export(
        await memory_app.person_records.find(HOSPITAL, FoundBy.PAYMENT, "z00000000000000000000002"), BY
    )
    assert OTHER.subject in json.dumps(of_payer)
    assert CARD not in json.dumps(of_payer), "the card of somebody else"
    of_patient = await memory_app.person_records.export(Person(HOSPITAL, FoundBy.CARD, card_no=CARD), BY)
    text = json.dumps(of_patient, ensure_ascii=False)
    assert text.count('"number"') == 2
    assert "张测试" in text
    for hidden in (WHO.subject, OTHER.subject, PHONE):
        assert hidden not in text


async def test_who_paid_by_a_code_that_anybody_may_find_is_told_no_card_and_no_number() -> None:
    memory_app = await an_app()
    by_code = replace(at_rest("Z00000000000000000000003", payer=OTHER), origin=Origin(entrance=WRISTBAND))
    await memory_app.stores.payments.insert(by_code)
    person = await memory_app.person_records.find(HOSPITAL, FoundBy.PAYMENT, "Z00000000000000000000003")
    [told] = [
        one for one in (await memory_app.person_records.export(person, BY))["payments"] if one["number"].endswith("3")
    ]
    assert (told["card_no"], [charge["bill_no"] for charge in told["bills"]]) == ("", [""])
    of_patient = await memory_app.person_records.export(Person(HOSPITAL, FoundBy.CARD, card_no=CARD), BY)
    [own] = [one for one in of_patient["payments"] if one["number"].endswith("3")]
    assert own["card_no"] == CARD, "a patient is told all of it"
    assert own["bills"][0]["bill_no"]


async def test_nobody_is_told_of_whom_nothing_is_held() -> None:
    memory_app = await an_app()
    with pytest.raises(NotFound):
        await memory_app.person_records.find(HOSPITAL, FoundBy.PAYMENT, "Z9")
    with pytest.raises(BadInput):
        await memory_app.person_records.find(HOSPITAL, FoundBy.PAYER, "somebody")
    nobody = await memory_app.person_records.find(HOSPITAL, FoundBy.PAYER, "wechat:wx:nobody")
    with pytest.raises(NotFound):
        await memory_app.person_records.export(nobody, BY)


async def test_an_erased_payer_is_nowhere_and_the_money_stays() -> None:
    memory_app = await an_app()
    before = await memory_app.payment("Z00000000000000000000001")
    done = await erased(memory_app, FoundBy.PAYER, WHO.key)
    assert (done.payments, done.cards, done.sessions, done.kept) == (1, 1, 1, {})
    after = await memory_app.payment(before.id)
    assert not after.tampered
    for gone in (WHO.subject, "张测试", CARD, PHONE):
        assert gone not in repr(after)
    [was], [now] = before.parts, after.parts
    assert replace(now, request=was.request) == was
    assert replace(now.request, payer=was.request.payer) == was.request
    assert after.personal.subject == before.personal.subject
    assert list(await memory_app.stores.cards.of_owner(HOSPITAL, WHO.key)) == []
    assert await memory_app.stores.people.get(HOSPITAL, WHO.key) is None
    assert await memory_app.people.proven_phone(HOSPITAL, WHO) == ""
    assert await memory_app.stores.sessions.get("secret-1", memory_app.clock.now()) is None
    assert await memory_app.stores.sessions.get("secret-2", memory_app.clock.now()) is not None
    assert OTHER.subject in repr(await memory_app.payment("Z00000000000000000000002")), "somebody else's"
    assert list(await memory_app.stores.payments.by_owner(HOSPITAL, WHO.key, 10)) == []


async def test_who_was_erased_is_told_nothing_any_more() -> None:
    memory_app = await an_app()
    before = await memory_app.payment("Z00000000000000000000001")
    assert tell(before, PAYMENT_BOOKED, MORNING) != before.effects
    await erased(memory_app, FoundBy.PAYER, WHO.key)
    after = await memory_app.payment(before.id)
    assert tell(after, PAYMENT_BOOKED, MORNING) == after.effects


async def test_an_erased_patient_leaves_the_account_of_whoever_paid() -> None:
    memory_app = await an_app()
    done = await erased(memory_app, FoundBy.CARD, CARD)
    assert (done.payments, done.cards, done.sessions) == (2, 1, 0)
    for number in ("Z00000000000000000000001", "Z00000000000000000000002"):
        after = repr(await memory_app.payment(number))
        assert "张测试" not in after
        assert CARD not in after
    assert len(await memory_app.stores.payments.by_owner(HOSPITAL, OTHER.key, 10)) == 1
    assert await memory_app.stores.sessions.get("secret-1", memory_app.clock.now()) is not None
    known = await memory_app.stores.people.get(HOSPITAL, WHO.key)
    assert known is not None
    assert known.identity_proofs == frozenset(), "what the card proved ends with it"


async def test_an_erased_patient_s_card_ends_also_with_whoever_never_paid_for_it() -> None:
    memory_app = await an_app()
    never_paid = BoundCard(hospital=HOSPITAL, owner="wechat:wx:never-paid", card_no=CARD, name="张测试")
    await memory_app.stores.cards.bind(never_paid)
    done = await erased(memory_app, FoundBy.CARD, CARD)
    assert done.cards == 2
    assert list(await memory_app.stores.cards.of_owner(HOSPITAL, never_paid.owner)) == []
    assert list(await memory_app.stores.cards.of_card(HOSPITAL, CARD, 5)) == []


async def test_a_repeat_goes_on_under_the_same_pseudonym() -> None:
    memory_app = await an_app()
    await memory_app.stores.payments.insert(a_payment())
    first = await erased(memory_app, FoundBy.PAYER, WHO.key)
    under_way = [number for number, why in first.kept.items() if why == "under_way"]
    assert under_way == [a_payment().id]
    await memory_app.stores.payments.insert(at_rest("Z00000000000000000000003"))
    await erased(memory_app, FoundBy.PAYER, WHO.key)
    owners = {(await memory_app.payment(f"Z0000000000000000000000{n}")).owner for n in (1, 3)}
    assert len(owners) == 1


async def test_what_proves_whose_money_a_member_of_staff_would_refund_is_kept() -> None:
    memory_app = await an_app()
    staff = await an_employee(memory_app, "1001")
    identity = (await memory_app.staff.get(HOSPITAL, staff.number)).identity
    assert identity is not None
    await memory_app.stores.payments.insert(at_rest("Z00000000000000000000004", payer=identity))
    done = await erased(memory_app, FoundBy.PAYER, identity.key)
    assert done.kept == {"Z00000000000000000000004": "staff"}
    assert (await memory_app.payment("Z00000000000000000000004")).owner == identity.key


async def test_each_act_is_a_line_in_the_chain_by_whom_and_without_the_person() -> None:
    memory_app = await an_app()
    person = await memory_app.person_records.find(HOSPITAL, FoundBy.PAYER, WHO.key)
    await memory_app.person_records.export(person, BY)
    await memory_app.person_records.erase(person, BY)
    lines = await memory_app.stores.audit.page(HOSPITAL, 0, 10)
    assert [(line.what, line.by) for line in lines] == [("person_exported", BY), ("person_erased", BY)]
    assert WHO.subject not in repr(lines)
    report = await memory_app.services.shared.audit_check.verify(HOSPITAL)
    assert report.problems == []


async def test_nothing_is_erased_without_a_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    memory_app = await an_app()
    with pytest.raises(BadInput):
        await said(memory_app, monkeypatch, f"{WHO.key}\nno", "erase", "--by", "payer")
    assert (await memory_app.payment("Z00000000000000000000001")).owner == WHO.key
    await said(memory_app, monkeypatch, f"{WHO.key}\nyes", "erase", "--by", "payer")
    assert (await memory_app.payment("Z00000000000000000000001")).owner != WHO.key

"""What the patient of a card is to whoever binds it: asked on the page, kept while the code is corrected, read beside the name."""

from __future__ import annotations

from typing import Any

import pytest
from tornado.web import Application

from server.patients.model import BoundCard
from server.patients.visible_cards import card_key
from server.registration.rules.hospital_rules import RegistrationRules
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.doors import an_app, doors_of
from tests.handlers.scripts import JSON, data_of
from tests.handlers.test_cards import code_page, field
from tests.handlers.test_registration import NUMBER, form
from tests.support.builders import CARD, HOSPITAL, a_patient, an_identity
from tests.support.hospital_systems import FaithfulHis
from tests.support.in_memory_app import InMemoryApp
from tests.support.registrations import an_offer

pytestmark = pytest.mark.gen_test
OWN_CARD = "C0000002"


@pytest.fixture
def memory_app() -> InMemoryApp:
    his = FaithfulHis()
    his.patients[CARD] = a_patient(birth_date="2018-01-01")
    return an_app(his=his, registration=an_offer(his, RegistrationRules(guardian_under=14, guardian_bound=True)))


@pytest.fixture
def app(memory_app: InMemoryApp) -> Application:
    return doors_of(memory_app)


async def own_card(memory_app: InMemoryApp) -> None:
    await memory_app.stores.cards.bind(
        BoundCard(
            hospital=HOSPITAL,
            owner=an_identity().key,
            card_no=OWN_CARD,
            name="李小测",
            identity_proofs=("own:1", "self:1"),
        )
    )


async def bound_as(memory_app: InMemoryApp, browser: Browser, **said: str) -> Any:
    asked = await code_page(browser)
    code = memory_app.sms.sent[-1][1].values["code"]
    return await browser.submit(
        asked, "/h/demo/cards/bind", {"card_key": field(text_of(asked), "card_key"), "code": code, **said}
    )


async def test_the_relation_is_asked_kept_and_shown(memory_app: InMemoryApp, browser: Browser, enter: Any) -> None:
    await enter()
    asked = await code_page(browser)
    page = text_of(asked)
    assert "家人的卡：就诊人是您的" in page
    assert [f">{word}</option>" in page for word in ("不填", "子女", "被监护人", "父母", "配偶", "其他", "本人")] == [
        *[True] * 6,
        False,
    ]
    assert " selected" not in page, "nobody is guessed to be somebody's child"
    key = field(page, "card_key")
    wrong = await browser.submit(asked, "/h/demo/cards/bind", {"card_key": key, "code": "", "family": "child"})
    assert '<option value="child" selected>子女</option>' in text_of(wrong)
    assert (await bound_as(memory_app, browser, family="child")).code == 303
    assert '<p class="card__name">张*试（子女）</p>' in text_of(await browser.get("/h/demo/cards"))


async def test_a_word_that_is_no_relation_says_nothing(memory_app: InMemoryApp, browser: Browser, enter: Any) -> None:
    await enter()
    assert (await bound_as(memory_app, browser, family="cousin")).code == 303
    assert '<p class="card__name">张*试</p>' in text_of(await browser.get("/h/demo/cards"))


async def test_an_own_card_is_nobody_s_of_the_family(memory_app: InMemoryApp, browser: Browser, enter: Any) -> None:
    await enter()
    refused = await bound_as(memory_app, browser, own="yes", family="child")
    assert (refused.code, "本人的卡请不要再选择与您的关系。" in text_of(refused)) == (400, True)


async def test_patients_are_chosen_by_name_and_relation(memory_app: InMemoryApp, browser: Browser, enter: Any) -> None:
    await enter()
    await own_card(memory_app)
    await bound_as(memory_app, browser, family="ward")
    number = text_of(await browser.get(NUMBER))
    assert "张*试（被监护人）　就诊卡 ****0001" in number
    assert "李*测（本人）　就诊卡 ****0002" in number
    home = text_of(await browser.get("/h/demo/"))
    assert "张*试（被监护人） 就诊卡\u00a0****0001" in home
    assert "李*测（本人） 就诊卡\u00a0****0002" in text_of(await browser.get("/h/demo/appointments"))


async def test_a_child_s_number_is_refused_until_its_guardian_has_said_so(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    await enter()
    await own_card(memory_app)
    await bound_as(memory_app, browser, family="other")
    numbers = "/h/demo/registration/numbers"
    refused = await browser.submit(await browser.get(NUMBER), numbers, form(memory_app), **JSON)
    assert "与您的关系选“子女”或“被监护人”" in text_of(refused)
    await bound_as(memory_app, browser, family="child")
    begun = await browser.submit(await browser.get(NUMBER), numbers, form(memory_app), **JSON)
    assert "payment_id" in data_of(begun)


async def test_of_a_card_that_is_bound_already_it_is_said_later_and_then_a_child_is_registered(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    await enter()
    await own_card(memory_app)
    await bound_as(memory_app, browser)
    numbers = "/h/demo/registration/numbers"
    refused = await browser.submit(await browser.get(NUMBER), numbers, form(memory_app), **JSON)
    assert "与您的关系选“子女”或“被监护人”" in text_of(refused)
    cards = await browser.get("/h/demo/cards")
    assert text_of(cards).count("填写与您的关系") == 1, "one's own card is nobody's of the family"
    key = card_key(memory_app.sealer, HOSPITAL, CARD)
    done = await browser.submit(cards, "/h/demo/cards/relation", {"card_key": key, "family": "child"})
    assert place(done) == "/h/demo/cards?done=said"
    cards = await browser.get("/h/demo/cards?done=said")
    for shown in ("已保存与您的关系", "张*试（子女）", "更改与您的关系", '<option value="child" selected>'):
        assert shown in text_of(cards)
    begun = await browser.submit(await browser.get(NUMBER), numbers, form(memory_app), **JSON)
    assert "payment_id" in data_of(begun)
    await browser.submit(cards, "/h/demo/cards/relation", {"card_key": key, "family": ""})
    assert "填写与您的关系" in text_of(await browser.get("/h/demo/cards"))


@pytest.mark.parametrize(("card", "code"), [(OWN_CARD, 400), ("C0000003", 404)])
async def test_nothing_is_said_of_one_s_own_card_or_of_one_that_is_not_bound(
    memory_app: InMemoryApp, browser: Browser, enter: Any, card: str, code: int
) -> None:
    await enter()
    await own_card(memory_app)
    await bound_as(memory_app, browser)
    key = card_key(memory_app.sealer, HOSPITAL, card)
    page = await browser.get("/h/demo/cards")
    assert (await browser.submit(page, "/h/demo/cards/relation", {"card_key": key, "family": "child"})).code == code

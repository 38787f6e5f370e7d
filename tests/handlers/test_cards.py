"""Binding a card and letting it go."""

from __future__ import annotations

from typing import Any

import pytest

from tests.handlers.conftest import Browser, place, text_of
from tests.support.builders import CARD, HOSPITAL, PHONE, a_session, an_identity
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.gen_test


async def code_page(browser: Browser, **form: str) -> Any:
    page = await browser.get("/h/demo/cards/new")
    return await browser.submit(page, "/h/demo/cards/code", form or {"card_no": CARD, "name": "张测试"})


def field(page: str, name: str) -> str:
    return page.split(f'name="{name}" value="')[1].split('"')[0]


async def test_a_card_is_bound_by_the_code_that_its_phone_got(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    await enter()
    assert "还没有绑定就诊卡" in text_of(await browser.get("/h/demo/cards"))
    asked = await code_page(browser)
    assert "138****0001" in text_of(asked)
    phone, notice, _ = memory_app.sms.sent[-1]
    assert phone == PHONE
    key = field(text_of(asked), "card_key")
    done = await browser.submit(asked, "/h/demo/cards/bind", {"card_key": key, "code": notice.values["code"]})
    assert (done.code, place(done)) == (303, "/h/demo/cards?done=bound")
    mine = text_of(await browser.get(place(done)))
    assert "绑定成功" in mine
    assert "****0001" in mine
    assert CARD not in mine
    assert "¥37.20" in text_of(await browser.get("/h/demo/bills"))


async def test_a_new_code_can_be_asked_for_on_the_page_of_the_code(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    await enter()
    asked = await code_page(browser)
    assert "重新获取验证码" in text_of(asked)
    first = memory_app.sms.sent[-1][1].values["code"]
    wrong = await browser.submit(asked, "/h/demo/cards/bind", {**typed(asked), "code": "x"})
    form = {name: text for name, text in typed(wrong).items() if name != "card_key"}  # as the page's second form has it
    again = await browser.submit(wrong, "/h/demo/cards/code", form)
    assert again.code == 200
    code = memory_app.sms.sent[-1][1].values["code"]
    assert (len(memory_app.sms.sent), code != first) == (2, True)
    key = field(text_of(again), "card_key")
    done = await browser.submit(again, "/h/demo/cards/bind", {"card_key": key, "code": code})
    assert done.code == 303


def typed(page: Any) -> dict[str, str]:
    return {
        name: field(text_of(page), name)
        for name in ("card_key", "card_no", "name")
        if f'name="{name}"' in text_of(page)
    }


async def test_whose_card_it_is_is_asked_and_not_guessed(memory_app: InMemoryApp, browser: Browser, enter: Any) -> None:
    await enter()
    for form, marks in (({}, 0), ({"own": "yes"}, 2)):
        asked = await code_page(browser)
        assert "这是我本人的卡" in text_of(asked)
        assert "checked" not in text_of(asked)
        key, code = field(text_of(asked), "card_key"), memory_app.sms.sent[-1][1].values["code"]
        again = await browser.submit(asked, "/h/demo/cards/bind", {"card_key": key, "code": "", **form})
        assert ("checked" in text_of(again)) == bool(form), "what was ticked stays ticked"
        await browser.submit(asked, "/h/demo/cards/bind", {"card_key": key, "code": code, **form})
        [card] = await memory_app.stores.cards.of_owner(HOSPITAL, an_identity().key)
        assert len(card.identity_proofs) == marks


async def test_a_wrong_code_is_told_above_the_same_form(memory_app: InMemoryApp, browser: Browser, enter: Any) -> None:
    await enter()
    asked = await code_page(browser)
    key = field(text_of(asked), "card_key")
    right = memory_app.sms.sent[-1][1].values["code"]
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(5):
        page = await browser.submit(asked, "/h/demo/cards/bind", {"card_key": key, "code": wrong})
        assert page.code == 400
        assert "验证码不正确" in text_of(page)
        assert 'name="code"' in text_of(page)
    last = await browser.submit(asked, "/h/demo/cards/bind", {"card_key": key, "code": right})
    assert last.code == 429
    assert int(last.headers["Retry-After"]) > 0
    assert await memory_app.stores.cards.of_owner(HOSPITAL, an_identity().key) == []


@pytest.mark.parametrize("form", [{"card_no": "C9", "name": "张测试"}, {"card_no": CARD, "name": "李四"}])
async def test_a_wrong_card_and_a_wrong_name_look_alike(
    memory_app: InMemoryApp, browser: Browser, enter: Any, form: dict[str, str]
) -> None:
    await enter()
    page = await code_page(browser, **form)
    assert page.code == 400
    assert "就诊卡号与姓名不符" in text_of(page)
    assert f'value="{form["card_no"]}"' in text_of(page), "what was typed is still there"
    assert memory_app.sms.sent == []


async def test_the_card_of_a_scan_is_offered_and_needs_the_code_too(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    await enter("B1")
    listed = await browser.get("/h/demo/bills")
    key = field(text_of(listed), "card_key")
    asked = await browser.submit(listed, "/h/demo/cards/code", {"card_key": key})
    assert "填写验证码" in text_of(asked)
    code = memory_app.sms.sent[-1][1].values["code"]
    await browser.submit(asked, "/h/demo/cards/bind", {"card_key": key, "code": code})
    assert "绑定就诊卡" not in text_of(await browser.get("/h/demo/bills")), "it is offered no more"


async def test_a_card_can_be_let_go(memory_app: InMemoryApp, browser: Browser, enter: Any) -> None:
    await enter()
    asked = await code_page(browser)
    key = field(text_of(asked), "card_key")
    code = memory_app.sms.sent[-1][1].values["code"]
    done = await browser.submit(asked, "/h/demo/cards/bind", {"card_key": key, "code": code})
    mine = await browser.get(place(done))
    gone = await browser.submit(mine, "/h/demo/cards/unbind", {"card_key": key})
    assert place(gone) == "/h/demo/cards?done=unbound"
    assert "还没有绑定就诊卡" in text_of(await browser.get("/h/demo/cards"))
    again = await browser.submit(mine, "/h/demo/cards/unbind", {"card_key": key})
    assert again.code == 404


async def test_the_patient_sees_who_bound_their_card_and_cuts_it(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    other = a_session("other")
    sent = await memory_app.cards.send_code(other, CARD, "张测试")
    await memory_app.cards.bind(other, sent.card_key, memory_app.sms.sent[-1][1].values["code"])
    await enter()
    asked = await code_page(browser)
    form = {"card_key": sent.card_key, "code": memory_app.sms.sent[-1][1].values["code"]}
    done = await browser.submit(asked, "/h/demo/cards/bind", {**form, "own": "yes"})
    mine = text_of(await browser.get(place(done)))
    link = f"/h/demo/cards/{sent.card_key}"
    assert f'href="{link}"' in mine
    page = await browser.get(link)
    text = text_of(page)
    assert text.count("微信，2026-11-23 09:30起") == 2
    assert (text.count("您本人"), text.count("其他人"), text.count("确认解除")) == (1, 1, 1)
    assert CARD not in text
    form = {"card_key": sent.card_key, "binding_key": field(text, "binding_key")}
    cut = await browser.submit(page, "/h/demo/cards/cut", form)
    assert (cut.code, place(cut)) == (303, f"{link}?done=cut")
    after = text_of(await browser.get(place(cut)))
    assert "已解除这个绑定" in after
    assert "这张卡只有您绑定了" in after
    assert "其他人" not in after
    assert await memory_app.cards.mine(other) == ()
    again = await browser.submit(page, "/h/demo/cards/cut", form)
    assert again.code == 404
    assert "已经解除" in text_of(again)


async def test_of_a_card_of_the_family_nobody_is_shown(memory_app: InMemoryApp, browser: Browser, enter: Any) -> None:
    await enter()
    asked = await code_page(browser)
    code = memory_app.sms.sent[-1][1].values["code"]
    key = field(text_of(asked), "card_key")
    done = await browser.submit(asked, "/h/demo/cards/bind", {"card_key": key, "code": code})
    assert "谁绑定了这张卡" not in text_of(await browser.get(place(done)))
    refused = await browser.get(f"/h/demo/cards/{key}")
    assert refused.code == 403
    assert "这是我本人的卡" in text_of(refused)

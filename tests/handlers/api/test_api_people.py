"""Cards, phone, account and entrances, as the mini-program's API has them."""

from __future__ import annotations

import pytest
from tornado.httpclient import HTTPResponse

from server.audit.model import AuditEntry
from server.patients.model import BoundCard
from server.payments.sms_choice import NO_SMS
from tests.handlers.api.conftest import Client, scanned, started, told
from tests.support.builders import (
    CARD,
    HOSPITAL,
    a_scan,
    a_session,
    an_identity,
)
from tests.support.in_memory_app import InMemoryApp
from tests.support.mini_program import TEMPLATE, ObligingMiniProgram


@pytest.mark.gen_test
async def test_the_bindings_of_one_s_own_card_are_listed_and_cut(memory_app: InMemoryApp, client: Client) -> None:
    other = a_session("other")
    sent = await memory_app.cards.send_code(other, CARD, "张测试")
    await memory_app.cards.bind(other, sent.card_key, memory_app.sms.sent[-1][1].values["code"])
    await client.log_in()
    path = f"/cards/{sent.card_key}/bindings"
    assert (await client.call("GET", path)).code == 404
    await client.call("POST", "/cards/codes", {"card_no": CARD, "name": "张测试"})
    asked = {"card_key": sent.card_key, "code": memory_app.sms.sent[-1][1].values["code"]}
    assert told(await client.call("POST", "/cards", {**asked, "own": True}))["own"]
    [mine, theirs] = told(await client.call("GET", path))["items"]
    assert (mine["client"], mine["mine"]) == ("微信小程序", True)
    assert {**theirs, "binding_key": ""} == {
        "binding_key": "", "client": "微信", "since": "2026-11-23T09:30:00+08:00", "mine": False,
    }  # fmt: skip
    assert (await client.call("DELETE", f"{path}/{mine['binding_key']}")).code == 404
    gone = await client.call("DELETE", f"{path}/{theirs['binding_key']}")
    assert (gone.code, gone.body) == (204, b"")
    assert told(await client.call("GET", path))["items"] == [mine]
    assert await memory_app.cards.mine(other) == ()


@pytest.mark.gen_test
async def test_the_phone_that_bound_a_card_gets_the_sms_of_a_payment_through_the_mini_program(
    memory_app: InMemoryApp, client: Client
) -> None:
    await client.log_in()
    await client.call("POST", "/cards/codes", {"card_no": CARD, "name": "张测试"})
    [(phone, notice, _)] = memory_app.sms.sent
    key = memory_app.sealer.lookup("card_key", f"{HOSPITAL}:{CARD}")[:20]
    await client.call("POST", "/cards", {"card_key": key, "code": notice.values["code"], "own": True})
    assert told(await client.call("GET", "/me"))["phone_masked"] == "138****0001"
    begun = told(await started(client))
    assert (await memory_app.payment(begun["payment"]["out_trade_no"])).personal.phone == phone


@pytest.mark.gen_test
async def test_the_phone_and_the_subscriptions(client: Client, mini: ObligingMiniProgram) -> None:
    await client.log_in()
    me = told(await client.call("GET", "/me"))
    assert (me["phone_masked"], me["hospital"]["name"]) == (None, "测试医院")
    assert me["subscriptions"][0]["template_id"] == TEMPLATE
    assert told(await client.call("PUT", "/me/phone", {"code": "phone-code"})) == {"phone_masked": "138****0001"}
    assert told(await client.call("GET", "/me"))["phone_masked"] == "138****0001"
    assert (await client.call("PUT", "/me/phone", {"code": "other"})).code == 400
    counts = told(await client.call("POST", "/subscriptions", {"results": {TEMPLATE: "accept", "x": "reject"}}))
    assert counts == {"counts": {"payment_booked": 1}}


@pytest.mark.gen_test
async def test_a_phone_that_was_proven_is_known_at_the_next_login(memory_app: InMemoryApp, client: Client) -> None:
    """The tokens are lost with the page that is closed; the person was told that the number is saved."""
    await client.log_in()
    await client.call("PUT", "/me/phone", {"code": "phone-code"})
    await client.log_in()
    assert told(await client.call("GET", "/me"))["phone_masked"] == "138****0001"
    await scanned(memory_app, client, "B1")
    other = await started(client, phone="13900000009")
    assert (await memory_app.payment(told(other)["payment"]["out_trade_no"])).personal.phone == "13900000009"
    await client.log_in()
    assert told(await client.call("GET", "/me"))["phone_masked"] == "138****0001", "a typed one is for its session"
    await client.log_in("openid-mini-li")
    assert told(await client.call("GET", "/me"))["phone_masked"] is None


@pytest.mark.gen_test
async def test_closing_the_account_ends_cards_phone_and_every_login(memory_app: InMemoryApp, client: Client) -> None:
    await client.log_in("openid-mini-li")
    others = dict(client.tokens)
    await client.log_in()
    await client.call("PUT", "/me/phone", {"code": "phone-code"})
    elsewhere = dict(client.tokens)
    await client.log_in()
    me = (await memory_app.api.sessions.session(HOSPITAL, client.tokens["access_token"])).identity
    await memory_app.stores.cards.bind(BoundCard(hospital=HOSPITAL, owner=me.key, card_no=CARD, name="张测试"))
    assert len(told(await client.call("GET", "/cards"))["items"]) == 1
    closed = await client.call("DELETE", "/me")
    assert (closed.code, closed.body) == (204, b"")
    assert (await client.call("GET", "/me")).code == 401
    client.tokens = elsewhere
    assert (await client.call("GET", "/me")).code == 401, "the other phone of the same person"
    client.tokens = others
    assert (await client.call("GET", "/me")).code == 200, "somebody else"
    await client.log_in()
    assert told(await client.call("GET", "/me"))["phone_masked"] is None
    assert told(await client.call("GET", "/cards"))["items"] == []


@pytest.mark.gen_test
async def test_somebody_else_sees_nothing_of_it(memory_app: InMemoryApp, client: Client) -> None:
    await client.log_in()
    await scanned(memory_app, client, "B1")
    number = told(await started(client))["payment"]["out_trade_no"]
    await client.log_in("openid-mini-li")
    assert (await client.call("GET", f"/payments/{number}")).code == 404
    assert (await client.call("POST", f"/payments/{number}/call")).code == 404
    assert (await client.call("GET", "/bills/B1")).code == 404
    assert told(await client.call("GET", "/payments"))["items"] == []


@pytest.mark.gen_test
async def test_a_card_bound_in_one_entrance_is_there_in_the_other_and_gone_in_both(
    memory_app: InMemoryApp, client: Client, mini: ObligingMiniProgram
) -> None:
    mini.unions["openid-mini-zhang"] = "union-zhang"
    h5 = a_session("openid-zhang-ceshi")
    await memory_app.people.met(HOSPITAL, an_identity("openid-zhang-ceshi", union_id="union-zhang"))
    sent = await memory_app.cards.send_code(h5, CARD, "张测试")
    await memory_app.cards.bind(h5, sent.card_key, memory_app.sms.sent[-1][1].values["code"])
    await client.log_in()
    assert [card["card_key"] for card in told(await client.call("GET", "/cards"))["items"]] == [sent.card_key]
    paid_there = await memory_app.payments.start("bills", h5, ["B1"], NO_SMS)
    assert (await client.call("GET", f"/payments/{paid_there.payment_id}")).code == 200
    there = await client.call("POST", f"/payments/{paid_there.payment_id}/call")
    assert (there.code, told(there)["code"]) == (400, "bad_input")
    await client.call("DELETE", f"/cards/{sent.card_key}")
    assert await memory_app.cards.mine(h5) == ()


@pytest.mark.gen_test
async def test_what_was_paid_on_the_page_is_shown_in_the_mini_program_and_not_asked_for_again(
    memory_app: InMemoryApp, client: Client, mini: ObligingMiniProgram
) -> None:
    mini.unions["openid-mini-zhang"] = "union-zhang"
    page = an_identity("openid-zhang-ceshi", union_id="union-zhang")
    await memory_app.people.met(HOSPITAL, page)
    paid_there = await memory_app.payments.start("bills", a_session(page.subject, a_scan("B1")), ["B1"], NO_SMS)
    memory_app.channel.pay(paid_there.payment_id)
    await client.log_in()
    await scanned(memory_app, client, "B1")
    begun = await started(client)
    assert begun.code == 201
    assert told(begun)["call"] is None
    assert (told(begun)["payment"]["out_trade_no"], told(begun)["payment"]["state"]) == (paid_there.payment_id, "paid")


@pytest.mark.gen_test
async def test_the_relation_is_taken_at_the_binding_and_told_of_cards_and_members(
    memory_app: InMemoryApp, client: Client
) -> None:
    await client.log_in()

    async def bound(**whose: object) -> HTTPResponse:
        sent = told(await client.call("POST", "/cards/codes", {"card_no": CARD, "name": "张测试"}))
        code = memory_app.sms.sent[-1][1].values["code"]
        return await client.call("POST", "/cards", {"card_key": sent["card_key"], "code": code, **whose})

    assert told(await bound())["relation"] is None
    made = told(await bound(family="child"))
    assert (made["relation"], made["own"]) == ("child", False)
    assert told(await client.call("GET", "/cards"))["items"] == [made]
    assert [one["relation"] for one in told(await client.call("GET", "/home"))["members"]] == ["child"]
    relation = f"/cards/{made['card_key']}/relation"
    for family in ("ward", None):
        later = await client.call("PUT", relation, {"family": family})
        assert (later.code, told(later)["relation"]) == (200, family)
    assert (await client.call("PUT", relation, {"family": "self"})).code == 400
    assert (await client.call("PUT", "/cards/0123456789abcdef0123/relation", {"family": "child"})).code == 404
    assert (await bound(family="self")).code == 400
    refused = await bound(own=True, family="child")
    assert (refused.code, told(refused)["detail"]) == (400, "本人的卡请不要再选择与您的关系。")
    assert told(await bound(own=True))["relation"] == "self"


@pytest.mark.gen_test
async def test_a_card_that_is_unbound_while_its_relation_is_said_is_told_as_gone_and_stays_unbound(
    memory_app: InMemoryApp, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.log_in()
    sent = told(await client.call("POST", "/cards/codes", {"card_no": CARD, "name": "张测试"}))
    code = memory_app.sms.sent[-1][1].values["code"]
    made = told(await client.call("POST", "/cards", {"card_key": sent["card_key"], "code": code}))
    [owner] = {one.owner for one in await memory_app.stores.cards.of_card(HOSPITAL, CARD, 5)}
    cards, noted = memory_app.stores.cards, memory_app.stores.audit.append

    async def noted_while_it_is_unbound(entry: AuditEntry) -> None:
        await noted(entry)
        await cards.unbind(HOSPITAL, owner, CARD)

    monkeypatch.setattr(memory_app.stores.audit, "append", noted_while_it_is_unbound)
    said = await client.call("PUT", f"/cards/{made['card_key']}/relation", {"family": "child"})
    assert (said.code, told(said)["detail"]) == (404, "没有找到这张就诊卡。")
    assert await cards.of_card(HOSPITAL, CARD, 5) == []

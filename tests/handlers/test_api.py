"""The API of the mini-program: the whole journey, and what holds for every door of it."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.web import Application

from handlers.api.document import document, operations_of
from handlers.api.doors import DOORS
from handlers.api.examples import BODIES
from handlers.api.models import Problem
from server.core import errors
from server.patients.api_sessions import ACCESS_LIFE
from server.patients.login import SESSION_LIFE
from server.patients.model import BoundCard
from server.payments.part import ChannelRequest
from server.payments.ports import ClientCall
from tests.handlers.doors import MarkedChannel, a_house, doors_of
from tests.support.builders import (
    APP,
    CARD,
    HOSPITAL,
    MERCHANT,
    PHONE,
    a_bill,
    a_payment,
    a_scan,
    a_session,
    an_identity,
)
from tests.support.in_memory_app import InMemoryApp
from tests.support.mini_program import MINI_APP, TEMPLATE, ObligingMiniProgram

KEY = "0123456789abcdef-first"


class BothApps(MarkedChannel):
    """The channel with the official account's app and the mini-program's."""

    def account(self, method: str) -> tuple[str, str]:
        return (MINI_APP if method == "miniprogram" else APP), MERCHANT

    def client_call(self, out_trade_no: str, request: ChannelRequest, order_ref: str) -> ClientCall:
        call = super().client_call(out_trade_no, request, order_ref)
        return ClientCall(bridge="weixin_miniprogram", params={**call.params, "signType": "RSA"})


class Client:
    """A mini-program's API client, as thin as can be."""

    def __init__(self, http: AsyncHTTPClient, base_url: str, hospital: str = HOSPITAL) -> None:
        self._http = http
        self._base = f"{base_url}/api/v1/{hospital}"
        self.tokens: dict[str, Any] = {}

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> HTTPResponse:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.tokens:
            sent.setdefault("Authorization", f"Bearer {self.tokens['access_token']}")
        raw = body if isinstance(body, str) or body is None else json.dumps(body)
        return await self._http.fetch(
            self._base + path,
            method=method,
            body=raw,
            headers=sent,
            raise_error=False,
            allow_nonstandard_methods=True,
        )

    async def log_in(self, subject: str = "openid-mini-zhang") -> HTTPResponse:
        answer = await self.call("POST", "/session", {"code": f"code-of-{subject}"})
        self.tokens = told(answer)
        return answer


def told(answer: HTTPResponse) -> Any:
    return json.loads(answer.body)


@pytest.fixture
def mini() -> ObligingMiniProgram:
    return ObligingMiniProgram()


@pytest.fixture
def house(mini: ObligingMiniProgram) -> InMemoryApp:
    return a_house(
        a_bill("B1", 3720, settle_group="G"),
        a_bill("B3", 50, department="检验科"),
        channels={"wechat": BothApps()},
        mini_program=mini,
    )


@pytest.fixture
def app(house: InMemoryApp) -> Application:
    return doors_of(house)


@pytest.fixture
def client(http_client: AsyncHTTPClient, base_url: str) -> Client:
    return Client(http_client, base_url)


async def scanned(house: InMemoryApp, client: Client, *bill_nos: str) -> HTTPResponse:
    url = house.scans.make(HOSPITAL, a_scan(*bill_nos)).url
    return await client.call("POST", "/scans", {"content": url})


async def started(client: Client, amount_fen: int = 3720, key: str = KEY, **more: Any) -> HTTPResponse:
    asked = {"bill_nos": ["B1"], "amount_fen": amount_fen, "phone": None, **more}
    return await client.call("POST", "/payments", asked, Idempotency_Key=key)


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "written", ["139 0000 0002", "+8613900000002", "\u202d139-0000-0002\u202c", "１３９０００００００２"]
)
async def test_a_phone_number_is_read_as_it_is_typed(house: InMemoryApp, client: Client, written: str) -> None:
    await client.log_in()
    await scanned(house, client, "B1")
    number = told(await started(client, phone=written))["payment"]["out_trade_no"]
    assert (await house.payment(number)).personal.phone == "13900000002"


@pytest.mark.gen_test
async def test_what_is_no_phone_number_or_code_is_answered_with_what_to_do(house: InMemoryApp, client: Client) -> None:
    await client.log_in()
    await scanned(house, client, "B1")
    refused = await started(client, phone="1390000000")
    assert (refused.code, "11 位手机号" in told(refused)["detail"]) == (400, True)
    asked = {"card_key": "c1", "code": "29141", "own": False}
    refused = await client.call("POST", "/cards", asked, Idempotency_Key=KEY)
    assert (refused.code, "6 位数字" in told(refused)["detail"]) == (400, True)


@pytest.mark.gen_test
async def test_from_login_to_the_booked_payment(house: InMemoryApp, client: Client) -> None:
    logged_in = await client.log_in()
    assert (logged_in.code, client.tokens["expires_in"]) == (201, ACCESS_LIFE.total_seconds())
    scan = await scanned(house, client, "B1")
    assert (scan.code, told(scan)["name_masked"]) == (201, "张*试")
    bills = told(await client.call("GET", "/bills"))
    assert bills["next"] is None
    assert [bill["own_fen"] for bill in bills["items"][0]["bills"]] == [3720]
    assert bills["items"][0]["from_scan"] is True
    bill = told(await client.call("GET", "/bills/B1"))
    assert bill["items"][0]["name"] == "血常规"
    assert bill["issued_at"].endswith("+08:00")

    begun = await started(client)
    assert begun.code == 201
    assert told(begun)["call"]["signType"] == "RSA"
    number = told(begun)["payment"]["out_trade_no"]
    assert told(begun)["payment"]["state"] == "paying"
    stored = await house.payment(number)
    assert (stored.parts[0].request.app_id, stored.parts[0].request.method) == (MINI_APP, "miniprogram")
    assert stored.personal.phone == PHONE

    await house.notifications.apply(HOSPITAL, house.channel.pay(number))
    assert told(await client.call("GET", f"/payments/{number}"))["state"] == "paid"
    [patient] = told(await client.call("GET", "/bills"))["items"]
    settled = {"out_trade_no": number, "state": "paid", "text": "已付款，医院正在入账", "note": ""}
    assert (patient["bills"], patient["settled"][0]["payment"]) == ([], settled)
    assert told(await client.call("GET", "/bills/B1"))["payment"] == settled
    await house.work()
    payment = told(await client.call("GET", f"/payments/{number}"))
    assert (payment["state"], payment["final"], payment["amount_fen"]) == ("booked", True, 3720)
    assert (payment["name_masked"], payment["card_masked"]) == ("张*试", "****0001")
    assert payment["timeline"][0]["text"] == "提交支付"
    history = told(await client.call("GET", "/payments"))
    assert [one["out_trade_no"] for one in history["items"]] == [number]


@pytest.mark.gen_test
async def test_a_payment_of_a_bound_card_comes_through_the_mini_program(house: InMemoryApp, client: Client) -> None:
    await client.log_in()
    sent = await client.call("POST", "/cards/codes", {"card_no": CARD, "name": "张测试"})
    assert (sent.code, told(sent)["valid_seconds"]) == (201, 600)
    code = house.sms.sent[-1][1].values["code"]
    bound = await client.call("POST", "/cards", {"card_key": told(sent)["card_key"], "code": code})
    assert (bound.code, told(bound)["card_masked"][-4:]) == (201, CARD[-4:])
    begun = told(await started(client))
    assert (await house.payment(begun["payment"]["out_trade_no"])).origin.entrance == "mini_program"
    gone = await client.call("DELETE", f"/cards/{told(sent)['card_key']}")
    assert (gone.code, gone.body) == (204, b"")
    assert told(await client.call("GET", "/cards"))["items"] == []


@pytest.mark.gen_test
async def test_the_same_key_pays_once_and_another_body_under_it_is_refused(house: InMemoryApp, client: Client) -> None:
    await client.log_in()
    await scanned(house, client, "B1", "B3")
    first, second = await started(client), await started(client)
    assert first.body == second.body
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(house.channel.orders) == 1
    other = await started(client, amount_fen=50, bill_nos=["B3"])
    assert (other.code, told(other)["code"]) == (409, "idempotency_key_reused")
    missing = await started(client, key="")
    assert (missing.code, told(missing)["code"]) == (400, "bad_input")


@pytest.mark.gen_test
async def test_a_refused_try_may_be_repeated_under_its_key(house: InMemoryApp, client: Client) -> None:
    await client.log_in()
    await scanned(house, client, "B1")
    wrong = await started(client, amount_fen=1)
    assert (wrong.code, told(wrong)["code"]) == (409, "bill_changed")
    assert (await started(client)).code == 201


@pytest.mark.gen_test
async def test_a_refresh_token_is_good_once_and_a_second_use_ends_the_session(
    house: InMemoryApp, client: Client
) -> None:
    await client.log_in()
    old = client.tokens
    rotated = await client.call("POST", "/session/rotation", {"refresh_token": old["refresh_token"]})
    client.tokens = told(rotated)
    assert rotated.code == 200
    assert (await client.call("GET", "/me")).code == 200
    again = await client.call("POST", "/session/rotation", {"refresh_token": old["refresh_token"]})
    assert (again.code, told(again)["code"]) == (401, "login_needed")
    assert (await client.call("GET", "/me")).code == 401


@pytest.mark.gen_test
async def test_tokens_end_in_time_and_are_good_for_one_thing_only(house: InMemoryApp, client: Client) -> None:
    await client.log_in()
    swapped = await client.call("POST", "/session/rotation", {"refresh_token": client.tokens["access_token"]})
    assert swapped.code == 401
    as_access = await client.call("GET", "/me", Authorization=f"Bearer {client.tokens['refresh_token']}")
    assert as_access.code == 401
    house.clock.forward(ACCESS_LIFE.total_seconds() + 1)
    late = await client.call("GET", "/me")
    assert (late.code, late.headers["WWW-Authenticate"]) == (401, "Bearer")
    house.clock.forward(SESSION_LIFE.total_seconds())
    ended = await client.call("POST", "/session/rotation", {"refresh_token": client.tokens["refresh_token"]})
    assert ended.code == 401


@pytest.mark.gen_test
async def test_leaving_ends_the_session(client: Client) -> None:
    await client.log_in()
    assert (await client.call("DELETE", "/session")).code == 204
    assert (await client.call("GET", "/me")).code == 401


@pytest.mark.gen_test
async def test_errors_are_problems_and_limits_are_told(house: InMemoryApp, client: Client) -> None:
    nobody = await client.call("GET", "/bills")
    problem = told(nobody)
    assert nobody.headers["Content-Type"].startswith("application/problem+json")
    assert (problem["status"], problem["code"], problem["retry"]) == (401, "login_needed", False)
    assert problem["reference"]
    await client.log_in()
    answer = await client.call("GET", "/me")
    assert (answer.headers["RateLimit-Limit"], answer.headers["RateLimit-Remaining"]) == ("240", "239")
    for _ in range(239):
        house_limits = await client.call("GET", "/notices")
    assert house_limits.code == 200
    refused = await client.call("GET", "/me")
    assert (refused.code, told(refused)["code"]) == (429, "too_many_tries")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert (refused.headers["RateLimit-Limit"], refused.headers["RateLimit-Remaining"]) == ("240", "0")
    assert refused.headers["RateLimit-Reset"] == refused.headers["Retry-After"]


@pytest.mark.gen_test
async def test_whoever_is_refused_is_told_the_limits_too(client: Client) -> None:
    wrong = await client.call("POST", "/session", {"code": "wrong"})
    assert (wrong.code, wrong.headers["RateLimit-Remaining"]) == (401, "1199")
    await client.log_in()
    missing = await client.call("GET", "/bills/B9")
    assert (missing.code, missing.headers["RateLimit-Remaining"]) == (404, "239")


@pytest.mark.gen_test
async def test_what_has_not_changed_is_not_sent_again(client: Client) -> None:
    await client.log_in()
    first = await client.call("GET", "/me")
    same = await client.call("GET", "/me", If_None_Match=first.headers["Etag"])
    assert (same.code, same.body or b"") == (304, b"")
    assert first.headers["Cache-Control"] == "no-store"
    assert (await client.call("GET", "/me", If_None_Match='"other"')).code == 200
    for known in (f'"a", W/{first.headers["Etag"]}', "*"):
        assert (await client.call("GET", "/me", If_None_Match=known)).code == 304


@pytest.mark.gen_test
async def test_the_history_is_read_page_by_page(house: InMemoryApp, client: Client) -> None:
    await client.log_in()
    await scanned(house, client, "B1", "B3")
    numbers = []
    for index, (bill, fen) in enumerate((("B1", 3720), ("B3", 50))):
        begun = await started(client, amount_fen=fen, bill_nos=[bill], key=f"{KEY}-{index}")
        numbers.append(told(begun)["payment"]["out_trade_no"])
        house.clock.forward(1)
    first = told(await client.call("GET", "/payments?limit=1"))
    second = told(await client.call("GET", f"/payments?limit=1&cursor={first['next']}"))
    assert [page["items"][0]["out_trade_no"] for page in (first, second)] == numbers[::-1]
    assert second["next"] is None
    naive = base64.urlsafe_b64encode(b"2026-11-23T12:00:00").decode().rstrip("=")
    for wrong in ("limit=0", "limit=51", "limit=x", "cursor=%ff", "cursor=abc", "cursor=%3D", f"cursor={naive}"):
        assert (await client.call("GET", f"/payments?{wrong}")).code == 400


@pytest.mark.gen_test
async def test_the_bindings_of_one_s_own_card_are_listed_and_cut(house: InMemoryApp, client: Client) -> None:
    other = a_session("other")
    sent = await house.cards.send_code(other, CARD, "张测试")
    await house.cards.bind(other, sent.card_key, house.sms.sent[-1][1].values["code"])
    await client.log_in()
    path = f"/cards/{sent.card_key}/bindings"
    assert (await client.call("GET", path)).code == 404
    await client.call("POST", "/cards/codes", {"card_no": CARD, "name": "张测试"})
    asked = {"card_key": sent.card_key, "code": house.sms.sent[-1][1].values["code"]}
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
    assert await house.cards.mine(other) == ()


@pytest.mark.gen_test
async def test_the_phone_that_bound_a_card_gets_the_sms_of_a_payment_through_the_mini_program(
    house: InMemoryApp, client: Client
) -> None:
    await client.log_in()
    await client.call("POST", "/cards/codes", {"card_no": CARD, "name": "张测试"})
    [(phone, notice, _)] = house.sms.sent
    key = house.sealer.lookup("card_key", f"{HOSPITAL}:{CARD}")[:20]
    await client.call("POST", "/cards", {"card_key": key, "code": notice.values["code"], "own": True})
    assert told(await client.call("GET", "/me"))["phone_masked"] == "138****0001"
    begun = told(await started(client))
    assert (await house.payment(begun["payment"]["out_trade_no"])).personal.phone == phone


@pytest.mark.gen_test
async def test_a_list_that_is_always_one_page_takes_no_page(client: Client) -> None:
    """A limit that changes nothing, and a cursor that nobody reads, would be a promise."""
    await client.log_in()
    for path in ("/cards", "/bills", "/notices"):
        assert told(await client.call("GET", path))["next"] is None
        for query in ("limit=1", "cursor=abc"):
            assert (await client.call("GET", f"{path}?{query}")).code == 400
        asked = document()["paths"][f"/api/v1/{{hospital}}{path}"]["get"]["parameters"]
        assert [one["name"] for one in asked] == ["If-None-Match"]


@pytest.mark.gen_test
async def test_what_began_in_one_instant_is_all_there_page_by_page(house: InMemoryApp, client: Client) -> None:
    await client.log_in()
    owner = an_identity("openid-mini-zhang", app_id=MINI_APP).key
    made = [f"ZF20261123ABCDEFGHIJKLMNOP{number:06}" for number in range(5)]  # as long as a number may be
    for number in made:
        await house.stores.payments.insert(replace(a_payment(), id=number, owner=owner, claims=()))
    numbers, cursor = [], ""
    while cursor is not None:
        page = told(await client.call("GET", f"/payments?limit=2&cursor={cursor}"))
        numbers += [item["out_trade_no"] for item in page["items"]]
        cursor = page["next"]
    assert numbers == made[::-1]


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
async def test_a_phone_that_was_proven_is_known_at_the_next_login(house: InMemoryApp, client: Client) -> None:
    """The tokens are lost with the page that is closed; the person was told that the number is saved."""
    await client.log_in()
    await client.call("PUT", "/me/phone", {"code": "phone-code"})
    await client.log_in()
    assert told(await client.call("GET", "/me"))["phone_masked"] == "138****0001"
    await scanned(house, client, "B1")
    other = await started(client, phone="13900000009")
    assert (await house.payment(told(other)["payment"]["out_trade_no"])).personal.phone == "13900000009"
    await client.log_in()
    assert told(await client.call("GET", "/me"))["phone_masked"] == "138****0001", "a typed one is for its session"
    await client.log_in("openid-mini-li")
    assert told(await client.call("GET", "/me"))["phone_masked"] is None


@pytest.mark.gen_test
async def test_closing_the_account_ends_cards_phone_and_every_login(house: InMemoryApp, client: Client) -> None:
    await client.log_in("openid-mini-li")
    others = dict(client.tokens)
    await client.log_in()
    await client.call("PUT", "/me/phone", {"code": "phone-code"})
    elsewhere = dict(client.tokens)
    await client.log_in()
    me = (await house.api.sessions.session(HOSPITAL, client.tokens["access_token"])).identity
    await house.stores.cards.bind(BoundCard(hospital=HOSPITAL, owner=me.key, card_no=CARD, name="张测试"))
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
async def test_somebody_else_sees_nothing_of_it(house: InMemoryApp, client: Client) -> None:
    await client.log_in()
    await scanned(house, client, "B1")
    number = told(await started(client))["payment"]["out_trade_no"]
    await client.log_in("openid-mini-li")
    assert (await client.call("GET", f"/payments/{number}")).code == 404
    assert (await client.call("POST", f"/payments/{number}/call")).code == 404
    assert (await client.call("GET", "/bills/B1")).code == 404
    assert told(await client.call("GET", "/payments"))["items"] == []


@pytest.mark.gen_test
async def test_a_card_bound_in_one_entrance_is_there_in_the_other_and_gone_in_both(
    house: InMemoryApp, client: Client, mini: ObligingMiniProgram
) -> None:
    mini.unions["openid-mini-zhang"] = "union-zhang"
    h5 = a_session("openid-zhang-ceshi")
    await house.people.met(HOSPITAL, an_identity("openid-zhang-ceshi", union_id="union-zhang"))
    sent = await house.cards.send_code(h5, CARD, "张测试")
    await house.cards.bind(h5, sent.card_key, house.sms.sent[-1][1].values["code"])
    await client.log_in()
    assert [card["card_key"] for card in told(await client.call("GET", "/cards"))["items"]] == [sent.card_key]
    paid_there = await house.payments.start("bills", h5, ["B1"], None)
    assert (await client.call("GET", f"/payments/{paid_there.payment_id}")).code == 200
    there = await client.call("POST", f"/payments/{paid_there.payment_id}/call")
    assert (there.code, told(there)["code"]) == (400, "bad_input")
    await client.call("DELETE", f"/cards/{sent.card_key}")
    assert await house.cards.mine(h5) == ()


@pytest.mark.gen_test
async def test_what_was_paid_on_the_page_is_shown_in_the_mini_program_and_not_asked_for_again(
    house: InMemoryApp, client: Client, mini: ObligingMiniProgram
) -> None:
    mini.unions["openid-mini-zhang"] = "union-zhang"
    page = an_identity("openid-zhang-ceshi", union_id="union-zhang")
    await house.people.met(HOSPITAL, page)
    paid_there = await house.payments.start("bills", a_session(page.subject, a_scan("B1")), ["B1"], None)
    house.channel.pay(paid_there.payment_id)
    await client.log_in()
    await scanned(house, client, "B1")
    begun = await started(client)
    assert begun.code == 201
    assert told(begun)["call"] is None
    assert (told(begun)["payment"]["out_trade_no"], told(begun)["payment"]["state"]) == (paid_there.payment_id, "paid")


@pytest.mark.gen_test
async def test_addresses_that_are_no_doors(client: Client) -> None:
    await client.log_in()
    nowhere = await client.call("GET", "/nowhere")
    assert (nowhere.code, told(nowhere)["code"]) == (404, "not_found")
    wrong_method = await client.call("PUT", "/bills", {})
    assert (wrong_method.code, wrong_method.headers["Allow"]) == (405, "GET")
    for body in ("", "{", "[]", '{"code": 1}', '{"code": "x", "more": 1}'):
        assert (await client.call("POST", "/session", body)).code == 400


@pytest.mark.gen_test
async def test_the_document_says_which_statuses_and_fields_there_are(house: InMemoryApp, client: Client) -> None:
    told_of = document()
    answers = {
        each["operationId"]: set(each["responses"])
        for path, of_path in told_of["paths"].items()
        if path.startswith("/api/")
        for each in of_path.values()
        if isinstance(each, dict)
    }
    await client.log_in()
    assert str((await client.call("GET", "/me", "x" * 20_000)).code) in answers["api_me_get"]
    assert {name for name, given in answers.items() if "409" in given} == {
        name for name in answers if not name.endswith("_get")
    }, "what changes something may come second"
    special = {name: given & {"403", "410"} for name, given in answers.items()}
    assert {name: given for name, given in special.items() if given} == {
        "api_scans_post": {"403", "410"},
        "api_card_codes_post": {"403"},
        "api_bindings_get": {"403"},
        "api_binding_delete": {"403"},
    }
    schemas = told_of["components"]["schemas"]
    assert "items" in schemas["BillTold"]["required"], "null in a list, but there"
    assert set(schemas["CallTold"]["required"]) == {"timeStamp", "nonceStr", "package", "signType", "paySign"}
    assert schemas["PaymentTold"]["properties"]["created_at"]["format"] == "date-time"
    assert set(told(await client.call("GET", "/me"))) == {"phone_masked", "hospital", "subscriptions"}


@pytest.mark.gen_test
async def test_every_code_of_a_problem_is_described(
    client: Client, http_client: AsyncHTTPClient, base_url: str
) -> None:
    told_of = document()["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
    page = (await http_client.fetch(f"{base_url}/api/v1/docs")).body.decode()
    for kind in (errors.OutcomeUnknown, errors.NotSent, errors.StoreUnavailable, errors.LostRace, errors.ChargeChanged):
        assert kind.code in told_of
    for code in told_of:
        assert page.count(f'id="{code}"') == 1
    await client.log_in()
    wrong_method = told(await client.call("PUT", "/bills", {}))
    assert (wrong_method["code"], wrong_method["status"]) == ("method_not_allowed", 405)
    assert wrong_method["code"] in told_of


def test_every_request_and_every_problem_has_an_example_that_is_one() -> None:
    told_of = document()
    bodies = {each.body for _, _, door in DOORS for _, each in operations_of(door) if each.body}
    assert {body.__name__ for body in bodies} == set(BODIES)
    for body in bodies:
        body.model_validate_json(json.dumps(BODIES[body.__name__]))
    shown = told_of["components"]["responses"]["problem"]["content"]["application/problem+json"]["examples"]
    assert set(shown) == set(told_of["components"]["schemas"]["Problem"]["properties"]["code"]["enum"])
    for code, example in shown.items():
        assert Problem.model_validate(example["value"]).code == code


def test_the_document_is_in_one_language() -> None:
    """What a developer reads is English; only what a person reads in the app, and names of people, are Chinese."""
    for of_path in document()["paths"].values():
        for each in of_path.values():
            if isinstance(each, dict):
                assert re.fullmatch(r"[ -~]+", each["summary"]), each["summary"]


@pytest.mark.gen_test
async def test_the_document_is_served_for_machines_and_for_people(http_client: AsyncHTTPClient, base_url: str) -> None:
    answer = await http_client.fetch(f"{base_url}/api/v1/openapi.json")
    document = told(answer)
    assert document["openapi"] == "3.1.0"
    assert {"/api/v1/{hospital}/payments", "/his/v1/qr.make"} <= set(document["paths"])
    again = await http_client.fetch(
        f"{base_url}/api/v1/openapi.json", headers={"If-None-Match": answer.headers["Etag"]}, raise_error=False
    )
    assert again.code == 304
    page = await http_client.fetch(f"{base_url}/api/v1/docs")
    text = page.body.decode()
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "<script" not in text
    assert " style=" not in text
    for name in (*document["components"]["schemas"], "bill_changed", "api_payments_post"):
        assert f'id="schema-{name}"' in text or f'id="{name}"' in text
    for target in re.findall(r'href="#([^"]+)"', text):
        assert f'id="{target}"' in text, target

"""The API of the mini-program: the whole journey, and what holds for every door of it."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from handlers.api.document import document
from server.core.errors import StoreUnavailable
from server.patients.api_sessions import ACCESS_LIFE
from tests.handlers.api.conftest import KEY, Client, scanned, started, told
from tests.support.builders import (
    CARD,
    HOSPITAL,
    PHONE,
    a_payment,
    an_identity,
)
from tests.support.in_memory_app import InMemoryApp
from tests.support.mini_program import MINI_APP


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "written", ["139 0000 0002", "+8613900000002", "\u202d139-0000-0002\u202c", "１３９０００００００２"]
)
async def test_a_phone_number_is_read_as_it_is_typed(memory_app: InMemoryApp, client: Client, written: str) -> None:
    await client.log_in()
    await scanned(memory_app, client, "B1")
    number = told(await started(client, phone=written))["payment"]["out_trade_no"]
    assert (await memory_app.payment(number)).personal.phone == "13900000002"


@pytest.mark.gen_test
async def test_what_is_no_phone_number_or_code_is_answered_with_what_to_do(
    memory_app: InMemoryApp, client: Client
) -> None:
    await client.log_in()
    await scanned(memory_app, client, "B1")
    refused = await started(client, phone="1390000000")
    assert (refused.code, "11 位手机号" in told(refused)["detail"]) == (400, True)
    asked = {"card_key": "c1", "code": "29141", "own": False}
    refused = await client.call("POST", "/cards", asked, Idempotency_Key=KEY)
    assert (refused.code, "6 位数字" in told(refused)["detail"]) == (400, True)


@pytest.mark.gen_test
async def test_what_has_just_begun_is_told_without_reading_it_and_reads_the_same_afterwards(
    memory_app: InMemoryApp, client: Client
) -> None:
    await client.log_in()
    await scanned(memory_app, client, "B1")
    memory_app.payment_store.fail_at(StoreUnavailable("down"), "own", "get")
    begun = told(await started(client))["payment"]
    memory_app.payment_store.fail.clear()
    assert told(await client.call("GET", f"/payments/{begun['out_trade_no']}")) == begun


@pytest.mark.gen_test
async def test_from_login_to_the_booked_payment(memory_app: InMemoryApp, client: Client) -> None:
    logged_in = await client.log_in()
    assert (logged_in.code, client.tokens["expires_in"]) == (201, ACCESS_LIFE.total_seconds())
    scan = await scanned(memory_app, client, "B1")
    assert (scan.code, told(scan)["name_masked"]) == (201, "张*试")
    bills = told(await client.call("GET", "/bills"))
    assert bills["next"] is None
    assert [bill["own_fen"] for bill in bills["items"][0]["bills"]] == [3720]
    assert bills["items"][0]["from_scan"] is True
    bill = told(await client.call("GET", "/bills/B1"))
    assert bill["items"][0]["name"] == "血常规"
    whose = bills["items"][0]
    assert (bill["name_masked"], bill["card_masked"]) == (whose["name_masked"], whose["card_masked"])
    assert bill["issued_at"].endswith("+08:00")

    begun = await started(client)
    assert begun.code == 201
    assert told(begun)["call"]["signType"] == "RSA"
    number = told(begun)["payment"]["out_trade_no"]
    assert told(begun)["payment"]["state"] == "paying"
    stored = await memory_app.payment(number)
    assert (stored.parts[0].request.app_id, stored.parts[0].request.method) == (MINI_APP, "miniprogram")
    assert stored.personal.phone == PHONE

    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(number))
    assert told(await client.call("GET", f"/payments/{number}"))["state"] == "paid"
    [patient] = told(await client.call("GET", "/bills"))["items"]
    settled = {"out_trade_no": number, "state": "paid", "text": "已付款，医院正在入账", "note": ""}
    assert (patient["bills"], patient["settled"][0]["payment"]) == ([], settled)
    assert told(await client.call("GET", "/bills/B1"))["payment"] == settled
    await memory_app.work()
    payment = told(await client.call("GET", f"/payments/{number}"))
    assert (payment["state"], payment["final"], payment["amount_fen"]) == ("booked", True, 3720)
    assert (payment["name_masked"], payment["card_masked"]) == ("张*试", "****0001")
    assert payment["timeline"][0]["text"] == "提交支付"
    history = told(await client.call("GET", "/payments"))
    assert [one["out_trade_no"] for one in history["items"]] == [number]


@pytest.mark.gen_test
async def test_a_payment_of_a_bound_card_comes_through_the_mini_program(
    memory_app: InMemoryApp, client: Client
) -> None:
    await client.log_in()
    sent = await client.call("POST", "/cards/codes", {"card_no": CARD, "name": "张测试"})
    assert (sent.code, told(sent)["valid_seconds"]) == (201, 600)
    code = memory_app.sms.sent[-1][1].values["code"]
    bound = await client.call("POST", "/cards", {"card_key": told(sent)["card_key"], "code": code})
    assert (bound.code, told(bound)["card_masked"][-4:]) == (201, CARD[-4:])
    begun = told(await started(client))
    assert (await memory_app.payment(begun["payment"]["out_trade_no"])).origin.entrance == "mini_program"
    gone = await client.call("DELETE", f"/cards/{told(sent)['card_key']}")
    assert (gone.code, gone.body) == (204, b"")
    assert told(await client.call("GET", "/cards"))["items"] == []


@pytest.mark.gen_test
async def test_the_same_key_pays_once_and_another_body_under_it_is_refused(
    memory_app: InMemoryApp, client: Client
) -> None:
    await client.log_in()
    await scanned(memory_app, client, "B1", "B3")
    first, second = await started(client), await started(client)
    assert first.body == second.body
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(memory_app.channel.orders) == 1
    other = await started(client, amount_fen=50, bill_nos=["B3"])
    assert (other.code, told(other)["code"]) == (409, "idempotency_key_reused")
    missing = await started(client, key="")
    assert (missing.code, told(missing)["code"]) == (400, "bad_input")


@pytest.mark.gen_test
async def test_a_refused_try_may_be_repeated_under_its_key(memory_app: InMemoryApp, client: Client) -> None:
    await client.log_in()
    await scanned(memory_app, client, "B1")
    wrong = await started(client, amount_fen=1)
    assert (wrong.code, told(wrong)["code"]) == (409, "bill_changed")
    assert (await started(client)).code == 201


@pytest.mark.gen_test
async def test_the_history_is_read_page_by_page(memory_app: InMemoryApp, client: Client) -> None:
    await client.log_in()
    await scanned(memory_app, client, "B1", "B3")
    numbers = []
    for index, (bill, fen) in enumerate((("B1", 3720), ("B3", 50))):
        begun = await started(client, amount_fen=fen, bill_nos=[bill], key=f"{KEY}-{index}")
        numbers.append(told(begun)["payment"]["out_trade_no"])
        memory_app.clock.forward(1)
    first = told(await client.call("GET", "/payments?limit=1"))
    second = told(await client.call("GET", f"/payments?limit=1&cursor={first['next']}"))
    assert [page["items"][0]["out_trade_no"] for page in (first, second)] == numbers[::-1]
    assert second["next"] is None
    naive = base64.urlsafe_b64encode(b"2026-11-23T12:00:00").decode().rstrip("=")
    for wrong in ("limit=0", "limit=51", "limit=x", "cursor=%ff", "cursor=abc", "cursor=%3D", f"cursor={naive}"):
        assert (await client.call("GET", f"/payments?{wrong}")).code == 400


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
async def test_what_began_in_one_instant_is_all_there_page_by_page(memory_app: InMemoryApp, client: Client) -> None:
    await client.log_in()
    owner = an_identity("openid-mini-zhang", app_id=MINI_APP).key
    made = [f"ZF20261123ABCDEFGHIJKLMNOP{number:06}" for number in range(5)]  # as long as a number may be
    for number in made:
        await memory_app.stores.payments.insert(replace(a_payment(), id=number, owner=owner, claims=()))
    numbers, cursor = [], ""
    while cursor is not None:
        page = told(await client.call("GET", f"/payments?limit=2&cursor={cursor}"))
        numbers += [item["out_trade_no"] for item in page["items"]]
        cursor = page["next"]
    assert numbers == made[::-1]

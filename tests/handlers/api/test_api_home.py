"""The first page of the mini-program: the same needs as on the page, by the API."""

from __future__ import annotations

import pytest

from server.core.errors import OutcomeUnknown
from server.patients.model import BoundCard
from tests.handlers.api.conftest import Client, scanned, told
from tests.support.builders import CARD, HOSPITAL, a_bill
from tests.support.in_memory_app import InMemoryApp
from tests.support.mini_program import MINI_APP

pytestmark = pytest.mark.gen_test
CHILD = "C0000002"


async def with_cards(memory_app: InMemoryApp, client: Client) -> None:
    await client.log_in()
    owner = f"wechat:{MINI_APP}:openid-mini-zhang"
    for number, name in ((CARD, "张测试"), (CHILD, "张小测")):
        await memory_app.stores.cards.bind(BoundCard(hospital=HOSPITAL, owner=owner, card_no=number, name=name))
    memory_app.his.bills["B9"] = a_bill("B9", 500, card_no=CHILD, patient_name="张小测")


async def test_needs_say_what_whose_and_where(memory_app: InMemoryApp, client: Client) -> None:
    await with_cards(memory_app, client)
    home = told(await client.call("GET", "/home"))
    assert [(one["title"], one["page"], one["member"]["name_masked"]) for one in home["needs"]] == [
        ("2 张待缴费，共 37.70 元", "bills", "张*试"),
        ("1 张待缴费，5.00 元", "bills/B9", "张*测"),
    ]
    assert {one["urgency"] for one in home["needs"]} == {"to_do"}
    assert (home["chosen"], home["note"], len(home["members"])) == (None, "", 2)


async def test_one_member_is_looked_at_alone(memory_app: InMemoryApp, client: Client) -> None:
    await with_cards(memory_app, client)
    members = told(await client.call("GET", "/home"))["members"]
    key = next(one["card_key"] for one in members if one["name_masked"] == "张*测")
    memory_app.his.calls.clear()
    home = told(await client.call("GET", f"/home/{key}"))
    assert (home["chosen"], [one["title"] for one in home["needs"]]) == (key, ["1 张待缴费，5.00 元"])
    assert memory_app.his.named("unpaid_bills") == [CHILD]
    assert told(await client.call("GET", f"/home/{'0' * 20}"))["chosen"] is None


async def test_a_scan_and_nothing_and_silence_are_said(memory_app: InMemoryApp, client: Client) -> None:
    await client.log_in()
    assert told(await client.call("GET", "/home")) == {
        "members": [],
        "chosen": None,
        "needs": [],
        "note": "",
        "places": [],
    }
    await scanned(memory_app, client, "B1")
    home = told(await client.call("GET", "/home"))
    assert ([one["bound"] for one in home["members"]], home["needs"][0]["page"]) == ([False], "bills/B1")
    await with_cards(memory_app, client)
    memory_app.his.bills.clear()
    assert told(await client.call("GET", "/home"))["note"] == "现在没有要办的事。"
    memory_app.his.will("unpaid_bills", OutcomeUnknown("his", "silent"))
    assert "医院系统暂时没有响应，有的内容没有取到" in told(await client.call("GET", "/home"))["note"]


async def test_nobody_reads_it_without_a_token(client: Client) -> None:
    assert (await client.call("GET", "/home")).code == 401

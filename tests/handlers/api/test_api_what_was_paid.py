"""One payment tells what was paid, and whether the same bills may be paid anew; a list of payments does not carry it all."""

from __future__ import annotations

import pytest

from tests.handlers.api.conftest import Client, scanned, started, told
from tests.support.in_memory_app import InMemoryApp


@pytest.mark.gen_test
async def test_a_payment_lists_its_items_and_a_list_does_not(memory_app: InMemoryApp, client: Client) -> None:
    await client.log_in()
    await scanned(memory_app, client, "B1")
    number = told(await started(client))["payment"]["out_trade_no"]
    payment = told(await client.call("GET", f"/payments/{number}"))
    [charge] = payment["charges"]
    assert (charge["own_name"], charge["own_fen"], charge["number_name"], charge["number"]) == (
        "自付", 3720, "缴费单号", "B1",
    )  # fmt: skip
    assert [item["name"] for item in charge["items"]] == ["血常规"]
    assert (payment["what_for"], payment["can_begin_again"]) == ("", False)
    [line] = told(await client.call("GET", "/payments"))["items"]
    assert line["charges"] is None


@pytest.mark.gen_test
async def test_a_payment_that_ended_without_money_may_begin_again(memory_app: InMemoryApp, client: Client) -> None:
    await client.log_in()
    await scanned(memory_app, client, "B1")
    number = told(await started(client))["payment"]["out_trade_no"]
    for _ in range(4):
        memory_app.clock.forward(minutes=10)
        await memory_app.work()
    await client.log_in()
    payment = told(await client.call("GET", f"/payments/{number}"))
    assert (payment["state"], payment["can_begin_again"], payment["bill_nos"]) == ("closed", True, ["B1"])

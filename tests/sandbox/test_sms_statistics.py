"""Aliyun's statistics of SMS: a day's messages by what became of them."""

from __future__ import annotations

import json
from typing import Any

from tests.sandbox.customer import Customer
from tests.sandbox.world import World


def test_statistics_count_a_day_by_what_became_of_its_messages(world: World) -> None:
    customer = Customer(world)
    send(customer)
    world.faults({"where": "sms.send", "what": "undelivered", "times": 1})
    send(customer)
    world.time.pass_(seconds=5)
    send(customer)
    (row,) = statistics(customer)
    assert row == {
        "TotalCount": 3, "RespondedSuccessCount": 1, "RespondedFailCount": 1, "NoRespondedCount": 1, "SendDate": "20260302",
    }  # fmt: skip


def test_statistics_of_days_without_messages_and_of_too_many_days(world: World) -> None:
    customer = Customer(world)
    assert statistics(customer) == []
    for changed in (
        {"EndDate": "20260501"},
        {"EndDate": "20260201"},
        {"PageSize": "51"},
        {"IsGlobe": "3"},
        {"StartDate": "2026-03-01"},
    ):
        assert asked_statistics(customer, **changed)["Code"] == "isv.INVALID_PARAMETERS"


def asked_statistics(customer: Customer, **changed: str) -> Any:
    params = {
        "IsGlobe": "1",
        "StartDate": "20260301",
        "EndDate": "20260302",
        "PageIndex": "1",
        "PageSize": "10",
    } | changed
    return json.loads(customer.world.ask(customer.request("QuerySendStatistics", **params)).body)


def statistics(customer: Customer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = asked_statistics(customer)["Data"]["TargetList"]
    return found


def send(customer: Customer) -> None:
    assert customer.send()[1]["Code"] == "OK"

"""The API's own description: what it says is what the doors do."""

from __future__ import annotations

import json
import re

import pytest
from tornado.httpclient import AsyncHTTPClient

from handlers.api.document import document, operations_of
from handlers.api.doors import DOORS
from handlers.api.examples import BODIES
from handlers.api.models import Problem
from server.core import errors
from tests.handlers.api.conftest import Client, told
from tests.support.in_memory_app import InMemoryApp


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
async def test_the_document_says_which_statuses_and_fields_there_are(memory_app: InMemoryApp, client: Client) -> None:
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
    assert all("409" in given for given in answers.values()), "somebody else was first, or the hospital says no"
    special = {name: given & {"403", "410"} for name, given in answers.items()}
    assert {name: given for name, given in special.items() if given} == {
        "api_scans_post": {"403", "410"},
        "api_card_codes_post": {"403"},
        "api_bindings_get": {"403"},
        "api_binding_delete": {"403"},
        "api_appointments_post": {"403"},
        "api_cancellation_post": {"403"},
        "api_rebooking_post": {"403"},
        "api_check_in_post": {"403"},
        "api_waits_post": {"403"},
        "api_admission_codes_post": {"403"},
        "api_top_up_post": {"403"},
        "api_discharge_post": {"403"},
        "api_balance_return_post": {"403"},
        "api_wristband_post": {"403", "410"},
        "api_wristband_deposit_post": {"403", "410"},
        "api_report_codes_post": {"403"},
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

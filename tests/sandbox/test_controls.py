"""The controls over HTTP, as sandbox/README.md has them: what a person, a phone's page or a test reads and does."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from tests.sandbox.code_maker import PICTURE, qr_app
from tests.sandbox.process import PlayedApp, RunningSandbox

QR_DOOR, PUSH_DOOR = "/his/v1/qr.make", "/his/v1/bill.push"


def bills(sandbox: RunningSandbox, who: str = "1") -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = sandbox.control("GET", f"/sandbox/bills?person={who}")["bills"]
    return told


def test_credentials_have_every_name(sandbox: RunningSandbox) -> None:
    told = sandbox.control("GET", "/sandbox/credentials")
    for section, names in {
        "wechat": "hospital appid secret token encoding_aes_key original_id templates",
        "miniprogram": "appid secret",
        "wechatpay": "mchid serial_no private_key_pem apiv3_key public_key_id public_key_pem platform_serial_no",
        "alipay": "app_id app_private_key_pem alipay_public_key_pem",
        "sms": "access_key_id access_key_secret sign_name receipt_secret templates contents",
        "his": "base_url key_id secret",
    }.items():
        assert set(names.split()) <= told[section].keys(), section
        assert all(told[section][name] for name in names.split())
    person = told["people"][0]
    assert (
        set(["number", "name", "phone", "id_no", "cards", "openid", "unionid", "alipay_user_id", "follows"])
        <= person.keys()
    )
    assert {each["staff_role"] for each in told["people"] if "staff_role" in each} == {
        "cashier",
        "approver",
        "finance",
        "admin",
    }
    assert told["his"]["base_url"] == f"{sandbox.url}/hospital"


@pytest.mark.parametrize("name", ["number", "openid", "phone", "name", "cards"])
def test_a_person_has_many_names(sandbox: RunningSandbox, name: str) -> None:
    person = sandbox.credentials["people"][2]
    who = person[name][0] if name == "cards" else person[name]
    assert {bill["card_no"] for bill in bills(sandbox, who)} == set(person["cards"])
    assert sandbox.control("GET", f"/sandbox/inbox?person={who}") == {
        "chat": [],
        "notices": [],
        "life_account": [],
        "sms": [],
    }


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/sandbox/inbox", None, 404),
        ("GET", "/sandbox/bills?person=nobody", None, 404),
        ("GET", "/sandbox/wechat/order?prepay_id=wx0", None, 404),
        ("POST", "/sandbox/wechat/say", {"openid": "nobody", "text": "x"}, 404),
        ("POST", "/sandbox/wechat/say", {"openid": "1"}, 400),
        ("POST", "/sandbox/wechat/say", {"openid": "1", "event": {}}, 400),
        ("POST", "/sandbox/wechat/say", {"openid": "1", "text": "x", "wait_s": 60}, 400),
        ("POST", "/sandbox/wechat/scan", {"openid": "1", "ticket": "gQ0"}, 409),
        ("POST", "/sandbox/wechat/pay", {"prepay_id": "wx0", "result": "ok"}, 404),
        ("POST", "/sandbox/wechat/refund_in_console", {"out_trade_no": "T1"}, 404),
        ("POST", "/sandbox/wechat/refund_in_console", {"out_trade_no": "T1", "fen": -1}, 400),
        ("POST", "/sandbox/wechat/pay", {"prepay_id": "wx0", "result": "maybe"}, 400),
        ("POST", "/sandbox/wechat/pay", {"out_trade_no": "T1", "result": "cancel"}, 400),
        ("POST", "/sandbox/clock", {"day": "tomorrow"}, 400),
        ("PUT", "/sandbox/faults", {"rules": [{"where": "wechatpay.oder", "what": "down"}]}, 400),
        ("PUT", "/sandbox/faults", {"settings": {"refund_second": 1}}, 400),
        ("POST", "/sandbox/his/issue", {"person": "1", "count": 501}, 400),
        ("POST", "/sandbox/his/pay_at_window", {"bill_no": "MZ0"}, 404),
        ("POST", "/sandbox/his/dispense", {"bill_no": "MZ0"}, 404),
        ("POST", "/sandbox/his/see", {"out_trade_no": "ZF0"}, 404),
        ("POST", "/sandbox/his/take", {"way": "cheque", "fen": 100}, 400),
        ("POST", "/sandbox/his/take", {"way": "cash", "fen": 0}, 400),
        ("POST", "/sandbox/his/take", {"way": "cash", "fen": 100, "missing": "bank"}, 400),
        ("POST", "/sandbox/his/give_back", {"his_trade_no": "HIS0"}, 404),
    ],
)
def test_a_wrong_request_is_told_what_to_do(
    sandbox: RunningSandbox, method: str, path: str, body: object, status: int
) -> None:
    told = sandbox.control(method, path, body, expect=status)
    assert set(told) == {"error", "message"}
    assert len(told["message"]) > 5


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("his/issue", {"person": 1, "count": 501}, "count is a whole number from 1 to 500"),
        ("his/issue", {"person": 1, "count": True}, "count is a whole number from 1 to 500"),
        ("his/issue", {"person": ["1"]}, "person is a text or a whole number"),
        ("his/take", {"way": "cash", "fen": 0}, "fen is a whole number from 1 to 1000000000"),
        ("his/take", {"way": "cash", "fen": 1, "missing": "bank"}, "missing is one of his, channel"),
        ("his/clinic", {"person": "1", "state": ["open"]}, "state is stopped, replaced or open"),
        ("bank/book", {"account": "1", "fen": 0}, "fen is a whole number, below 0 for what leaves the account"),
        ("alipay/refund_in_console", {"out_trade_no": "T1", "told": "no"}, "told is true or false"),
        ("wechat/say", {"openid": 1, "text": "x", "wait_s": False}, "wait_s is a number of seconds from 0 to 10"),
        ("wechat/pay", {"prepay_id": "wx0", "result": None}, "result is ok, cancel or fail"),
        ("clock", {"day": 20261124}, 'send {"day": "2026-11-24"} or {"day": null}'),
    ],
    ids=str,
)  # fmt: skip
def test_a_field_that_does_not_fit_is_named(
    sandbox: RunningSandbox, path: str, body: dict[str, Any], words: str
) -> None:
    assert sandbox.control("POST", f"/sandbox/{path}", body, expect=400)["message"] == words


def test_the_clock_is_set(sandbox: RunningSandbox) -> None:
    assert sandbox.control("POST", "/sandbox/clock", {"day": "2030-01-02"}) == {"day": "2030-01-02"}


def test_a_sentence_with_a_per_cent_sign_is_told_as_it_is(sandbox: RunningSandbox) -> None:
    told = sandbox.control("PUT", "/sandbox/faults", {"settings": {"alipay_fee_points": "60"}}, expect=400)
    assert told["message"] == "alipay_fee_points is basis points of a trade, 60 for 0.60 %"


def test_half_a_character_is_no_json(sandbox: RunningSandbox) -> None:
    answer = requests.post(f"{sandbox.url}/sandbox/wechat/say", data=b'{"openid": "1", "text": "\\ud800"}', timeout=10)
    assert (answer.status_code, answer.json()["message"]) == (400, "send a JSON object")


def test_a_body_that_is_no_object(sandbox: RunningSandbox) -> None:
    for body in (b"[1]", b"{", b"\xff"):
        answer = requests.post(f"{sandbox.url}/sandbox/wechat/pay", data=body, timeout=10)
        assert (answer.status_code, answer.json()["error"]) == (400, "400")


def test_the_bare_address_leads_to_the_desk(sandbox: RunningSandbox) -> None:
    answer = requests.get(f"{sandbox.url}/", allow_redirects=False, timeout=10)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sandbox/")
    assert requests.get(f"{sandbox.url}/nothing/here", timeout=10).status_code == 404


# ---- paper ---------------------------------------------------------------------------------------------------------------------------------


def test_bills_are_printed_with_the_app_s_code_once(sandbox: RunningSandbox, app: PlayedApp) -> None:
    app.answer = qr_app(sandbox)
    first, again = bills(sandbox), bills(sandbox)
    assert [bill["qr"] for bill in first] == [f"data:image/png;base64,{PICTURE}"] * len(first)
    assert [bill["url"] for bill in again] == [bill["url"] for bill in first]
    assert len(app.at(QR_DOOR)) == len(first)
    asked = json.loads(app.at(QR_DOOR)[0].body)
    person = sandbox.credentials["people"][0]
    assert (asked["card_no"], asked["name"], asked["phone"]) == (person["cards"][0], person["name"], person["phone"])
    assert asked["bill_nos"] == [first[0]["bill_no"]]
    for bill in first:
        assert bill["total_fen"] == bill["fund_fen"] + bill["account_fen"] + bill["own_fen"]


@pytest.mark.parametrize("trouble", ["not genuine", "refused", "no answer"])
def test_a_bill_without_a_code_says_why(sandbox: RunningSandbox, app: PlayedApp, trouble: str) -> None:
    genuine = qr_app(sandbox)
    answers = {
        "not genuine": qr_app(sandbox, "another"),
        "refused": lambda _: (503, b"", {}),
        "no answer": lambda _: (0, b"", {}),
    }
    app.answer = answers[trouble]
    assert all("二维码暂时打印不出来" in bill["reason"] and "url" not in bill for bill in bills(sandbox))
    app.answer = genuine
    assert all(bill["url"] for bill in bills(sandbox))


# ---- the hospital's counter ----------------------------------------------------------------------------------------------------------------


def test_new_bills_are_pushed_to_the_app(sandbox: RunningSandbox, app: PlayedApp) -> None:
    told = sandbox.control("POST", "/sandbox/his/issue", {"person": "8801000007", "count": 3, "own_fen": 1900})
    arrived = app.wait_for(3, PUSH_DOOR)
    assert sorted(json.loads(each.body)["bill_no"] for each in arrived) == sorted(told["bill_nos"])
    fresh = [bill for bill in bills(sandbox, "8801000007") if bill["bill_no"] in told["bill_nos"]]
    assert [bill["own_fen"] for bill in fresh] == [1900] * 3
    assert all(bill["patient_name"] == fresh[0]["patient_name"] for bill in fresh)


def test_a_report_that_was_audited_is_announced_to_the_app(sandbox: RunningSandbox, app: PlayedApp) -> None:
    audited = sandbox.control("POST", "/sandbox/his/audit_report", {"person": "1"})
    (heard,) = app.wait_for(1, "/his/v1/report.ready")
    assert json.loads(heard.body)["report_no"] == audited["report_no"]


def test_a_clinic_is_stopped_by_a_person_s_number_or_by_its_own(sandbox: RunningSandbox) -> None:
    sandbox.control("POST", "/sandbox/his/clinic", {"person": "1", "state": "stopped"}, expect=404)
    sandbox.control("POST", "/sandbox/his/clinic", {"person": "1", "state": "perhaps"}, expect=400)
    shift = "D01-20260302-2-am"  # the general clinic has one every half day
    told = sandbox.control("POST", "/sandbox/his/clinic", {"schedule_no": shift, "state": "stopped"})
    assert told == {"schedule_no": shift, "told": []}


def test_a_changed_bill_is_another_bill(sandbox: RunningSandbox) -> None:
    old = bills(sandbox)[0]["bill_no"]
    (new,) = sandbox.control("POST", "/sandbox/his/change", {"bill_no": old})["bill_nos"]
    states = {bill["bill_no"]: bill["status"] for bill in bills(sandbox)}
    assert (states[old], states[new]) == ("cancelled", "unpaid")
    assert sandbox.control("POST", "/sandbox/his/pay_at_window", {"bill_no": old}, expect=409)["error"] == "REFUSED"


def test_only_what_is_paid_is_dispensed(sandbox: RunningSandbox) -> None:
    bill_no = bills(sandbox)[0]["bill_no"]
    sandbox.control("POST", "/sandbox/his/dispense", {"bill_no": bill_no}, expect=409)
    sandbox.control("POST", "/sandbox/his/pay_at_window", {"bill_no": bill_no})
    sandbox.control("POST", "/sandbox/his/dispense", {"bill_no": bill_no})
    assert {bill["bill_no"]: bill["status"] for bill in bills(sandbox)}[bill_no] == "paid"


# ---- news ----------------------------------------------------------------------------------------------------------------------------------


def test_pages_hear_what_has_changed_and_whose_it_is(sandbox: RunningSandbox) -> None:
    with requests.get(f"{sandbox.url}/sandbox/events", stream=True, timeout=10) as stream:
        lines = stream.iter_lines(decode_unicode=True)
        assert next(lines) == ": here"
        sandbox.control("POST", "/sandbox/wechat/say", {"openid": "3", "text": "你好"})
        sandbox.control("POST", "/sandbox/his/pay_at_window", {"bill_no": bills(sandbox, "2")[0]["bill_no"]})
        sandbox.control("POST", "/sandbox/reset")
        told = []
        while {"kind": "reset"} not in told:
            line = next(lines)
            told += [json.loads(line.removeprefix("data: "))] if line.startswith("data: ") else []
    assert told[:2] == [{"kind": "chat", "person": 3}, {"kind": "bill", "person": 2}]


def test_a_window_takes_and_gives_back(sandbox: RunningSandbox) -> None:
    told = sandbox.control("POST", "/sandbox/his/take", {"way": "wechat", "fen": 4200, "count": 2})
    first, second = told["taken"]
    assert first["out_trade_no"] != second["out_trade_no"]
    back = sandbox.control("POST", "/sandbox/his/give_back", {"his_trade_no": first["his_trade_no"], "fen": 4200})
    assert back["out_refund_no"].startswith(first["out_trade_no"])
    again = {"his_trade_no": first["his_trade_no"]}
    assert sandbox.control("POST", "/sandbox/his/give_back", again, expect=409)["error"] == "REFUSED"
    money = sandbox.control("GET", "/sandbox/money")
    assert [row["kind"] for row in money["his"]["takings"]] == ["payment", "payment", "refund"]
    assert {trade["out_trade_no"] for trade in money["wechatpay"]["trades"]} == {
        first["out_trade_no"],
        second["out_trade_no"],
    }

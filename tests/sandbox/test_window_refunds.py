"""The hospital's window gives money back: the HIS writes off, the app is asked by refund.make, its word decides what becomes of the write-off."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from tests.sandbox.hospital import His
from tests.sandbox.process import Arrived, PlayedApp, RunningSandbox

DOOR, CONTROL = "/his/v1/refund.make", "/sandbox/his/refund_at_window"
NUMBER = "ZF20260302WINDOW01"


def says(sandbox: RunningSandbox, *answers: tuple[str, dict[str, Any]] | None) -> Any:
    """An app that gives these answers, signed, one after the other, the last one for ever; None: not genuine."""
    left, key = list(answers), sandbox.credentials["his"]["secret"].encode()

    def answer(arrived: Arrived) -> tuple[int, bytes, dict[str, str]]:
        if arrived.path != DOOR:
            return 200, b"", {}
        said = left.pop(0) if len(left) > 1 else left[0]
        code, data = said or ("OK", {"out_refund_no": "forged"})
        body = json.dumps({"code": code, "message": "余额不足", "data": data}).encode()
        now, nonce = str(int(time.time())), arrived.headers["Zhenfu-Nonce"]
        text = f"ANSWER\n{arrived.path}\n{now}\n{nonce}\n{hashlib.sha256(body).hexdigest()}\n"
        signature = hmac.new(key if said else b"another", text.encode(), hashlib.sha256).hexdigest()
        return 200, body, {"Zhenfu-Timestamp": now, "Zhenfu-Signature": signature}

    return answer


TAKEN = ("OK", {"out_refund_no": f"{NUMBER}R01"})
REFUSED: tuple[str, dict[str, Any]] = ("REFUSED", {})
BUSY: tuple[str, dict[str, Any]] = ("BUSY", {})


@pytest.fixture
def his(sandbox: RunningSandbox) -> His:
    """The app's end of the HIS over HTTP: one payment of its first bill is booked."""

    def ask(request: Any) -> Any:
        answer = requests.post(sandbox.url + request.target, data=request.body, headers=request.headers, timeout=10)
        return SimpleNamespace(status=answer.status_code, body=answer.content, headers=answer.headers)

    his = His(SimpleNamespace(credentials=sandbox.credentials, time=lambda: datetime.now(UTC), ask=ask))  # type: ignore[arg-type]
    his.booked(NUMBER)
    return his


def books(sandbox: RunningSandbox) -> tuple[int, int, str, list[dict[str, Any]]]:
    """What was paid, what is written off, how the bill stands, the refunds."""
    told = sandbox.control("GET", "/sandbox/money")["his"]
    (trade,) = told["trades"]
    (bill,) = [bill for bill in told["bills"] if bill["bill_no"] in trade["bill_nos"]]
    return trade["amount_fen"], trade["released_fen"], bill["status"], told["refunds"]


def test_all_that_is_left_is_written_off_and_the_app_is_asked_for_it(
    sandbox: RunningSandbox, app: PlayedApp, his: His
) -> None:
    app.answer = says(sandbox, TAKEN, ("OK", {"out_refund_no": f"{NUMBER}R02"}))
    part = sandbox.control("POST", CONTROL, {"out_trade_no": NUMBER, "fen": 100})
    assert books(sandbox)[1:3] == (100, "paid")
    bill_no = sandbox.control("GET", "/sandbox/money")["his"]["trades"][0]["bill_nos"][0]
    rest = sandbox.control("POST", CONTROL, {"bill_no": bill_no})
    paid_fen, released_fen, status, refunds = books(sandbox)
    assert (released_fen, status, part["amount_fen"] + rest["amount_fen"]) == (paid_fen, "refunded", paid_fen)
    assert [(r["out_refund_no"], r["his_refund_no"], r["amount_fen"]) for r in refunds] == [
        (told["out_refund_no"], told["his_refund_no"], told["amount_fen"]) for told in (part, rest)
    ]
    asked = [json.loads(arrived.body) for arrived in app.at(DOOR)]
    assert [one["his_refund_no"] for one in asked] == [part["his_refund_no"], rest["his_refund_no"]]
    assert {(one["reason"], one["operator"], str(one["lines"])) for one in asked} == {("window", "window-3", "[]")}
    code, _ = his.ask("refund.notify", out_trade_no=NUMBER, out_refund_no=f"{NUMBER}R01", channel_refund_no="50", outcome="succeeded", at="2026-03-02T09:00:00+08:00")  # fmt: skip
    assert code == "OK"
    assert books(sandbox)[3][0]["outcome"] == "succeeded"


def test_what_the_app_refuses_is_undone(sandbox: RunningSandbox, app: PlayedApp, his: His) -> None:
    app.answer = says(sandbox, REFUSED)
    told = sandbox.control("POST", CONTROL, {"out_trade_no": NUMBER}, expect=409)
    assert told["error"] == "REFUSED"
    assert books(sandbox)[1:] == (0, "paid", [])


@pytest.mark.parametrize("silence", [BUSY, None])
def test_without_an_answer_it_stands_and_goes_on_under_its_number(
    sandbox: RunningSandbox, app: PlayedApp, his: His, silence: Any
) -> None:
    app.answer = says(sandbox, silence)
    assert sandbox.control("POST", CONTROL, {"out_trade_no": NUMBER, "fen": 100}, expect=424)["error"] == "NO_ANSWER"
    assert books(sandbox)[1:] == (100, "paid", [])
    assert sandbox.control("POST", CONTROL, {"out_trade_no": NUMBER, "fen": 200}, expect=409)["error"] == "CONFLICT"
    app.answer = says(sandbox, TAKEN)
    told = sandbox.control("POST", CONTROL, {"out_trade_no": NUMBER})
    assert told["amount_fen"] == 100
    assert {json.loads(arrived.body)["his_refund_no"] for arrived in app.at(DOOR)} == {told["his_refund_no"]}
    assert books(sandbox)[1] == 100


def test_busy_for_a_moment_is_asked_again(sandbox: RunningSandbox, app: PlayedApp, his: His) -> None:
    app.answer = says(sandbox, BUSY, TAKEN)
    sandbox.control("POST", CONTROL, {"out_trade_no": NUMBER, "fen": 100})
    assert len(app.at(DOOR)) == 2


def test_what_was_handed_out_is_taken_back_at_the_window_only(
    sandbox: RunningSandbox, app: PlayedApp, his: His
) -> None:
    bill_no = sandbox.control("GET", "/sandbox/money")["his"]["trades"][0]["bill_nos"][0]
    sandbox.control("POST", "/sandbox/his/dispense", {"bill_no": bill_no})
    _, told = his.ask("refund.check", out_trade_no=NUMBER, out_refund_no=f"{NUMBER}R01", amount_fen=100, lines=[])
    assert told["allowed"] is False
    app.answer = says(sandbox, TAKEN)
    sandbox.control("POST", CONTROL, {"out_trade_no": NUMBER, "fen": 100})
    assert books(sandbox)[1] == 100


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"out_trade_no": "ZF0"}, 409, "REFUSED"),
        ({"bill_no": "MZ0"}, 404, "NO_DATA"),
        ({}, 404, "NO_DATA"),
        ({"out_trade_no": NUMBER, "fen": 10**9}, 409, "REFUSED"),
        ({"out_trade_no": NUMBER, "fen": 0}, 400, "400"),
        ({"out_trade_no": NUMBER, "fen": "1"}, 400, "400"),
    ],
)
def test_what_can_not_be_is_said(
    sandbox: RunningSandbox, app: PlayedApp, his: His, body: dict[str, Any], status: int, error: str
) -> None:
    assert sandbox.control("POST", CONTROL, body, expect=status)["error"] == error
    assert app.at(DOOR) == []
    assert books(sandbox)[1:] == (0, "paid", [])


def test_what_was_paid_at_the_window_is_none_of_ours(sandbox: RunningSandbox) -> None:
    bill = sandbox.control("GET", "/sandbox/bills?person=2")["bills"][0]
    sandbox.control("POST", "/sandbox/his/pay_at_window", {"bill_no": bill["bill_no"]})
    assert sandbox.control("POST", CONTROL, {"bill_no": bill["bill_no"]}, expect=409)["error"] == "REFUSED"

"""Who may speak to the HIS, and whether its answers can be believed: docs/his-interface.md section 1."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.sandbox.hospital import His
from tests.sandbox.world import World

GOOD_NONCE = "0123456789abcdef"


@pytest.fixture
def his(world: World) -> His:
    return His(world)


def status_and_code(his: His, *args: object, **kwargs: object) -> tuple[int, str]:
    response = his.world.ask(his.request(*args, **kwargs))  # type: ignore[arg-type]
    return response.status, json.loads(response.body)["code"]


@pytest.mark.parametrize(
    "headers",
    [{"key_id": "demo-0"}, {"key_id": ""}, {"signature": "0" * 64}, {"signature": ""}, {"timestamp": ""}, {"timestamp": "now"},
     {"timestamp": "1e9"}, {"nonce": "another0123456789"}],
    ids=str,
)  # fmt: skip
def test_one_wrong_header_is_enough(his: His, headers: dict[str, str]) -> None:
    request = his.request("trade.check", {"out_trade_no": "ZF1"})
    told = dict(request.headers) | {f"zhenfu-{name.replace('_', '-')}": value for name, value in headers.items()}
    response = his.world.ask(replace(request, headers=told))
    assert (response.status, json.loads(response.body)["code"]) == (401, "SIGNATURE")


def test_a_non_ascii_signature_is_a_wrong_one(his: His) -> None:
    request = his.request("trade.check", {"out_trade_no": "ZF1"})
    told = dict(request.headers) | {"zhenfu-signature": "é" * 64}
    assert his.world.ask(replace(request, headers=told)).status == 401


@pytest.mark.parametrize("nonce", ["short0123456789", "x" * 65, "has space 012345", "dash-0123456789ab", "字" * 16])
def test_nonces_have_a_shape(his: His, nonce: str) -> None:
    assert status_and_code(his, "trade.check", {"out_trade_no": "ZF1"}, nonce=nonce) == (401, "SIGNATURE")


@pytest.mark.parametrize(("seconds_off", "status"), [(-300, 200), (300, 200), (-301, 401), (301, 401)])
def test_clocks_may_differ_by_300_seconds(his: His, seconds_off: int, status: int) -> None:
    assert status_and_code(his, "trade.check", {"out_trade_no": "ZF1"}, seconds_off=seconds_off)[0] == status


def test_a_nonce_is_used_once(world: World, his: His) -> None:
    asked = {"out_trade_no": "ZF1"}
    assert status_and_code(his, "trade.check", asked, nonce=GOOD_NONCE) == (200, "OK")
    assert status_and_code(his, "trade.check", asked, nonce=GOOD_NONCE) == (401, "SIGNATURE")
    world.time.pass_(seconds=299)
    assert status_and_code(his, "trade.check", asked, nonce=GOOD_NONCE) == (401, "SIGNATURE")


def test_a_replayed_request_is_refused_as_long_as_its_timestamp_holds(world: World, his: His) -> None:
    request = his.request("trade.check", {"out_trade_no": "ZF1"}, seconds_off=299)
    assert world.ask(request).status == 200
    world.time.pass_(seconds=590)
    assert world.ask(request).status == 401


def test_a_forged_request_does_not_use_up_a_nonce(his: His) -> None:
    forged = his.request("trade.check", {"out_trade_no": "ZF1"}, nonce=GOOD_NONCE, signature="0" * 64)
    assert his.world.ask(forged).status == 401
    assert status_and_code(his, "trade.check", {"out_trade_no": "ZF1"}, nonce=GOOD_NONCE) == (200, "OK")


def test_body_path_and_query_are_signed(his: His) -> None:
    request = his.request("trade.check", {"out_trade_no": "ZF1"})
    for changed in (
        replace(request, body=request.body.replace(b"ZF1", b"ZF2")),
        replace(request, target="/hospital/v1/bill.detail"),
        replace(request, target=request.target + "?a=1"),
    ):
        assert his.world.ask(changed).status == 401


def test_an_answer_belongs_to_its_question(his: His) -> None:
    one, two = (his.request("trade.check", {"out_trade_no": number}) for number in ("ZF1", "ZF2"))
    answer = his.world.ask(one)
    assert his.is_genuine(one, answer)
    assert not his.is_genuine(two, answer)
    assert not his.is_genuine(one, replace(answer, body=answer.body + b" "))


@pytest.mark.parametrize(
    ("function", "asked"),
    [
        ("nothing.here", {}), ("trade.check", []), ("trade.check", b""), ("trade.check", b"{"), ("trade.check", {}),
        ("trade.check", {"out_trade_no": 5}), ("trade.check", {"out_trade_no": ""}), ("bills.unpaid", {}), ("bill.detail", {"card_no": "1"}),
        ("patient.query", {}), ("patient.query", {"id_no": "1"}), ("statement.day", {"date": "2026-13-01", "offset": 0, "limit": 1}),
        ("statement.day", {"date": "2026-03-02", "offset": -1, "limit": 1}), ("statement.day", {"date": "2026-03-02", "offset": 0, "limit": 501}),
        ("statement.day", {"date": "2026-03-02"}), ("bill.confirm", {"out_trade_no": "ZF1"}),
        ("refund.release", {"out_trade_no": "ZF1", "out_refund_no": "ZF1R01", "amount_fen": "1", "lines": []}),
        ("refund.notify", {"out_trade_no": "ZF1", "out_refund_no": "R", "channel_refund_no": "", "outcome": "lost", "at": "2026-03-02T09:00:00+08:00"}),
    ],
    ids=str,
)  # fmt: skip
def test_what_does_not_fit_the_page_is_a_bad_request(his: His, function: str, asked: object) -> None:
    assert status_and_code(his, function, asked) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("what", ["unsigned", "wrong_signature"])
def test_a_spoilt_answer_can_be_seen_through(his: His, what: str) -> None:
    his.world.faults({"where": "his.trade.check", "what": what, "times": 1})
    request = his.request("trade.check", {"out_trade_no": "ZF1"})
    assert not his.is_genuine(request, his.world.ask(request))


def test_refusals_to_order(his: His) -> None:
    his.world.faults({"where": "his.bill.confirm", "what": "refuse", "code": "BUSY", "message": "请稍候"})
    bills = his.bills()[:1]
    assert his.ask("bill.confirm", **his.confirmation(bills, "ZF1"))[0] == "BUSY"
    his.world.faults()
    assert his.ask("trade.check", out_trade_no="ZF1") == ("OK", {"found": False})

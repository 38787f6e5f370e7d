"""The language of fault rules (sandbox/README.md): what may be asked for, which rule strikes, how often."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.world.faults import WrongRule
from tests.sandbox.account import Account
from tests.sandbox.hospital import His
from tests.sandbox.merchant import Merchant, new_number
from tests.sandbox.world import World, answer_of, error_of

REFUSED = {"what": "refuse", "code": "NO_AUTH", "status": 403, "message": "x"}


def refused(merchant: Merchant) -> bool:
    response = merchant.order(new_number())
    assert response.status == 200 or error_of(response) == (403, "NO_AUTH")
    return response.status != 200


def test_times_count_down(world: World, merchant: Merchant) -> None:
    world.faults({"where": "wechatpay.order", "times": 2, **REFUSED})
    assert [refused(merchant) for _ in range(4)] == [True, True, False, False]
    assert world.outside.scene.faults.as_json()["rules"][0]["times"] == 0


def test_without_times_for_ever(world: World, merchant: Merchant) -> None:
    world.faults({"where": "wechatpay.order", **REFUSED})
    assert all(refused(merchant) for _ in range(20))


def test_the_first_rule_that_fits(world: World, merchant: Merchant) -> None:
    world.faults(
        {"where": "wechatpay.query", "times": 1, **REFUSED},
        {"where": "wechatpay.*", "times": 1, **REFUSED, "code": "FREQUENCY_LIMITED", "status": 429},
    )
    assert error_of(merchant.order(new_number())) == (429, "FREQUENCY_LIMITED")
    assert error_of(merchant.query("NOBODY0000001")) == (403, "NO_AUTH")
    assert error_of(merchant.query("NOBODY0000001")) == (404, "ORDER_NOT_EXIST")


def test_chance_is_the_seed_s(world: World, merchant: Merchant) -> None:
    def run(seed: int) -> list[bool]:
        world.faults({"where": "wechatpay.order", "probability": 0.4, **REFUSED}, seed=seed)
        return [refused(merchant) for _ in range(50)]

    first = run(11)
    assert first == run(11)
    assert first != run(12)
    assert 8 <= sum(first) <= 32
    world.faults({"where": "wechatpay.order", "probability": 0, **REFUSED})
    assert not any(refused(merchant) for _ in range(10))


def test_a_refused_call_did_nothing(world: World, merchant: Merchant) -> None:
    world.faults({"where": "wechatpay.order", "times": 1, **REFUSED})
    number = new_number()
    merchant.order(number)
    assert error_of(merchant.query(number)) == (404, "ORDER_NOT_EXIST")


def test_rules_that_are_not_sent_are_gone_and_everything_else_stays(world: World) -> None:
    faults = world.outside.scene.faults
    faults.replace(
        {
            "seed": 4,
            "notify_time_scale": 0.5,
            "rules": [{"where": "his.*", "what": "down"}],
            "settings": {"refund_seconds": 3},
        }
    )
    faults.replace({})
    told = faults.as_json()
    assert (told["rules"], told["seed"], told["notify_time_scale"], told["settings"]["refund_seconds"]) == (
        [],
        4,
        0.5,
        3,
    )


WRONG: list[Any] = [
    [], None, {"rules": {}}, {"rules": ["down"]}, {"rules": [{"what": "down"}]}, {"rules": [{"where": "wechatpay.order"}]},
    {"rules": [{"where": "his.*", "what": ["down"]}]},
    {"rules": [{"where": "bank.payout", "what": "payout_short", "fen": "5"}]}, {"rules": [{"where": "bank.payout", "what": "late_payout", "days": 1.5}]},
    {"rules": [{"where": "wechatpay.order", "what": "explode"}]}, {"rules": [{"where": "wechatpay.oder", "what": "down"}]},
    {"rules": [{"where": "wechatpay.order", "what": "lost"}]}, {"rules": [{"where": "notify.payment", "what": "down"}]},
    {"rules": [{"where": "wechatpay.order", "what": "pretend"}]}, {"rules": [{"where": "his.*", "what": "abnormal"}]},
    {"rules": [{"where": "his.*", "what": "down", "times": -1}]}, {"rules": [{"where": "his.*", "what": "down", "times": "1"}]},
    {"rules": [{"where": "his.*", "what": "down", "times": True}]}, {"rules": [{"where": "his.*", "what": "down", "probability": 1.1}]},
    {"rules": [{"where": "his.*", "what": "down", "probability": "1"}]}, {"rules": [{"where": "his.*", "what": "delay", "seconds": -1}]},
    {"rules": [{"where": "his.*", "what": "delay", "ms": "5"}]}, {"rules": [{"where": "his.*", "what": "down"}] * 201},
    {"seed": "x"}, {"notify_time_scale": -1}, {"notify_time_scale": True}, {"settings": []}, {"settings": {"refund_second": 1}},
    {"settings": {"refund_seconds": "1"}}, {"settings": {"verify_key": "both"}}, {"settings": {"sms_code_limits": [1, 5]}},
]  # fmt: skip


@pytest.mark.parametrize("given", WRONG, ids=lambda given: str(given)[:70])
def test_a_wrong_rule_changes_nothing(world: World, given: Any) -> None:
    faults = world.outside.scene.faults
    faults.replace({"seed": 4, "rules": [{"where": "his.*", "what": "down", "times": 3}]})
    before = json.dumps(faults.as_json())
    with pytest.raises(WrongRule) as said:
        faults.replace(given)
    assert len(str(said.value)) > 10
    assert json.dumps(faults.as_json()) == before


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("wechatpay.order", "reset"), ("wechatpay.order", "html"), ("his.bill.confirm", "refused"), ("wechatpay.notify", "lost"),
        ("sms.receipt", "lost"), ("wechat.callback", "doubled"), ("notify.his", "lost"), ("notify.*", "reordered"), ("*", "delay"),
        ("wechat.qrcode", "error_5xx"), ("wechat.oauth", "snapshot"), ("wechatpay.bill", "half_written"), ("his.trade.check", "unsigned"),
    ],
)  # fmt: skip
def test_every_name_of_the_readme_is_known(world: World, where: str, what: str) -> None:
    world.faults({"where": where, "what": what})


@pytest.mark.parametrize("what", ["refuse", "refused"])
def test_each_platform_refuses_in_its_own_way(world: World, merchant: Merchant, what: str) -> None:
    his = His(world)
    world.faults(
        {"where": "his.bills.unpaid", "what": what, "code": "BUSY", "message": "忙"},
        {"where": "wechat.token", "what": what, "code": 45009},
        {"where": "wechatpay.query", "what": what, "code": "SYSTEM_ERROR", "status": 500},
    )
    assert his.ask("bills.unpaid", card_no=his.card()) == ("BUSY", {})
    assert Account(world).stable()["errcode"] == 45009
    assert error_of(merchant.query("NOBODY0000001")) == (500, "SYSTEM_ERROR")


def test_a_close_that_only_pretends(world: World, merchant: Merchant) -> None:
    number = new_number()
    prepay_id = answer_of(merchant.order(number))["prepay_id"]
    world.faults({"where": "wechatpay.close", "what": "pretend", "times": 1})
    assert merchant.close(number).status == 204
    assert answer_of(merchant.query(number))["trade_state"] == "NOTPAY"
    world.outside.wechatpay.pay(prepay_id, "ok")
    assert answer_of(merchant.query(number))["trade_state"] == "SUCCESS"


def test_a_query_with_one_fen_more(world: World, merchant: Merchant) -> None:
    number = merchant.paid()
    world.faults({"where": "wechatpay.query", "what": "wrong_amount", "times": 1})
    assert [answer_of(merchant.query(number))["amount"]["total"] for _ in range(2)] == [1201, 1200]


def test_a_snapshot_page_s_virtual_user(world: World) -> None:
    account = Account(world)
    world.faults({"where": "wechat.oauth", "what": "snapshot", "times": 1})
    told = account.exchange(account.code())
    assert told["is_snapshotuser"] == 1
    assert told["openid"] != world.openid()
    assert "is_snapshotuser" not in account.exchange(account.code())

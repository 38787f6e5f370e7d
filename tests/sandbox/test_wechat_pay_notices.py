"""Notifications by wechat_pay_v3.md section 7: their shape, their timetable, and everything that may happen to them on the way."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import pairwise

import pytest
from cryptography.exceptions import InvalidSignature

from tests.sandbox.merchant import REFUND_NOTICES, Merchant, new_number
from tests.sandbox.world import APP, MORNING, Try, World, answer_of

RETRIES_S = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)


def test_a_payment_is_told(world: World, merchant: Merchant) -> None:
    number = merchant.paid(attach="bill-7")
    (notice,) = world.bring()
    assert notice.url == f"{APP}/notify/payment"
    assert notice.headers["Content-Type"].startswith("application/json")
    assert notice.timeout_s == 5.0
    envelope, plain = merchant.opened(notice)
    assert envelope["id"].startswith("EV-")
    assert envelope["create_time"] == "2026-03-02T09:00:00+08:00"
    assert envelope["resource_type"] == "encrypt-resource"
    assert (envelope["event_type"], envelope["summary"]) == ("TRANSACTION.SUCCESS", "支付成功")
    assert envelope["resource"]["original_type"] == "transaction"
    assert envelope["resource"]["associated_data"] == "transaction"
    assert plain == answer_of(merchant.query(number))


def test_a_refund_is_told(world: World, merchant: Merchant) -> None:
    number, back = merchant.paid(), f"{new_number()}R01"
    world.bring()
    merchant.refund(number, back, 500)
    assert world.bring() == []
    world.time.pass_(seconds=5)
    (notice,) = world.bring()
    assert notice.url == REFUND_NOTICES
    envelope, plain = merchant.opened(notice)
    assert (envelope["event_type"], envelope["summary"]) == ("REFUND.SUCCESS", "退款成功")
    assert envelope["resource"]["original_type"] == "refund"
    state = merchant.refund_state(back)
    assert plain == {
        "mchid": merchant.mchid, "out_trade_no": number, "out_refund_no": back, "refund_status": "SUCCESS",
        "amount": {"total": 1200, "refund": 500, "payer_total": 1200, "payer_refund": 500},
        **{name: state[name] for name in ("transaction_id", "refund_id", "success_time", "user_received_account")},
    }  # fmt: skip


def test_a_refund_without_an_address_is_not_told(world: World, merchant: Merchant) -> None:
    number = merchant.paid()
    world.bring()
    merchant.refund(number, f"{new_number()}R01", 500, notify_url=...)
    world.time.pass_(seconds=5)
    assert world.bring() == []


# ---- the timetable -------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [500, 404, 302, 0, 201])
def test_what_is_not_acknowledged_comes_again_by_the_timetable(world: World, merchant: Merchant, status: int) -> None:
    merchant.paid()
    done = world.bring_all(status)
    gaps = [(after.at - before.at).total_seconds() for before, after in pairwise(done)]
    assert tuple(gaps) == RETRIES_S


def test_every_try_is_signed_anew(world: World, merchant: Merchant) -> None:
    merchant.paid()
    seen = set()
    for _ in range(8):
        (delivery,) = world.outside.due(limit=10)
        (notice,) = world.outside.outbounds(delivery)
        envelope, plain = merchant.opened(notice)  # checks that the timestamp is not older than five minutes
        seen.add(
            (notice.headers["Wechatpay-Signature"], notice.headers["Wechatpay-Nonce"], envelope["resource"]["nonce"])
        )
        assert plain["trade_state"] == "SUCCESS"
        world.outside.answered(delivery, 500, b"")
        due = world.outside.next_due()
        assert due is not None
        world.time.moment = due
    assert len({name for triple in seen for name in triple}) == 3 * 8


@pytest.mark.parametrize(("status", "body"), [(200, b""), (204, b""), (200, b'{"code":"FAIL"}'), (200, b"<html>")])
def test_200_and_204_end_it_whatever_the_body(world: World, merchant: Merchant, status: int, body: bytes) -> None:
    merchant.paid()
    assert len(world.bring(status, body)) == 1
    assert world.outside.next_due() is None


def test_time_can_be_compressed(world: World, merchant: Merchant) -> None:
    world.faults(notify_time_scale=0.01)
    merchant.paid()
    done = world.bring_all(500)
    assert len(done) == 16
    assert done[-1].at - MORNING == timedelta(seconds=sum(RETRIES_S)) / 100


# ---- on the way ----------------------------------------------------------------------------------------------------------------------------


def tries(
    world: World, merchant: Merchant, what: str, *, times: int | None = 1, answer: int = 200, **more: object
) -> list[Try]:
    world.faults({"where": "notify.payment", "what": what, "times": times, **more})
    merchant.paid()
    return world.bring_all(answer)


def test_a_lost_notification_comes_again_after_15_seconds(world: World, merchant: Merchant) -> None:
    lost, came = tries(world, merchant, "lost")
    assert lost.requests == []
    assert len(came.requests) == 1
    assert came.at - lost.at == timedelta(seconds=15)


def test_all_lost(world: World, merchant: Merchant) -> None:
    done = tries(world, merchant, "lost", times=None)
    assert len(done) == 16
    assert [each.requests for each in done] == [[]] * 16


@pytest.mark.parametrize("what", ["late", "delay"])
def test_a_late_notification_is_signed_when_it_leaves(world: World, merchant: Merchant, what: str) -> None:
    put_off, came = tries(world, merchant, what, seconds=400)
    assert put_off.requests == []
    assert came.at - MORNING == timedelta(seconds=400)
    merchant.opened(came.requests[0])  # signed when it leaves


def test_always_late_still_arrives(world: World, merchant: Merchant) -> None:
    _, came = tries(world, merchant, "late", times=None, seconds=400)
    assert came.at - MORNING == timedelta(seconds=400)
    assert len(came.requests) == 1


def test_a_doubled_notification_is_signed_twice_and_says_the_same(world: World, merchant: Merchant) -> None:
    (only,) = tries(world, merchant, "doubled")
    first, second = (merchant.opened(each) for each in only.requests)
    assert first[1] == second[1]
    assert first[0]["id"] == second[0]["id"]
    assert only.requests[0].headers["Wechatpay-Signature"] != only.requests[1].headers["Wechatpay-Signature"]


@pytest.mark.parametrize("what", ["wrong_signature", "unsigned", "sign_test"])
def test_a_wrong_signature_comes_again_with_a_right_one(world: World, merchant: Merchant, what: str) -> None:
    forged, right = tries(world, merchant, what, answer=401)[:2]
    world.time.moment = forged.at
    with pytest.raises((InvalidSignature, ValueError)):
        merchant.opened(forged.requests[0])
    world.time.moment = right.at
    merchant.opened(right.requests[0])
    assert right.at - forged.at == timedelta(seconds=15)


def test_the_platform_s_own_probe_is_named(world: World, merchant: Merchant) -> None:
    (probe,) = tries(world, merchant, "sign_test")
    assert probe.requests[0].headers["Wechatpay-Signature"].startswith("WECHATPAY/SIGNTEST/")


def test_wrong_amount(world: World, merchant: Merchant) -> None:
    (only,) = tries(world, merchant, "wrong_amount")
    _, plain = merchant.opened(only.requests[0])
    assert plain["amount"]["total"] == 1201
    assert answer_of(merchant.query(plain["out_trade_no"]))["amount"]["total"] == 1200


def test_a_garbled_notification_has_a_signature_that_holds(world: World, merchant: Merchant) -> None:
    (only,) = tries(world, merchant, "garbled")
    merchant.verify(only.requests[0].headers, only.requests[0].body)
    with pytest.raises(ValueError, match="Expecting"):
        json.loads(only.requests[0].body)


def test_reordered_notifications_come_in_the_other_order(world: World, merchant: Merchant) -> None:
    world.faults({"where": "notify.payment", "what": "reordered", "times": 1})
    first, second = merchant.paid(), merchant.paid()
    came = [
        merchant.opened(each)[1]["out_trade_no"]
        for each in (request for t in world.bring_all(200) for request in t.requests)
    ]
    assert came == [second, first]


def test_a_lonely_reordered_one_comes_after_five_seconds(world: World, merchant: Merchant) -> None:
    held, came = tries(world, merchant, "reordered")
    assert held.requests == []
    assert came.at - MORNING == timedelta(seconds=5)


def test_an_answer_from_before_a_reset_settles_nothing(world: World, merchant: Merchant) -> None:
    number = new_number()

    def pay() -> None:
        world.outside.wechatpay.pay(answer_of(merchant.order(number))["prepay_id"], "ok")

    pay()
    ((before, late),) = [(each, world.outside.outbounds(each)) for each in world.outside.due(limit=9)]
    assert len(late) == 1
    world.outside.reset()
    world.time.pass_(seconds=1)
    pay()
    world.outside.answered(before, 200, b"")
    assert world.outside.outbounds(before) == []
    assert len(world.bring()) == 1


def test_both_modes_of_keys(world: World, merchant: Merchant) -> None:
    given = world.credentials["wechatpay"]
    for mode, serial in (("public_key", given["public_key_id"]), ("certificate", given["platform_serial_no"])):
        world.faults(settings={"verify_key": mode})
        merchant.paid()
        (notice,) = world.bring()
        assert merchant.verify(notice.headers, notice.body) == serial

"""WeChat Pay's notifications: nothing but what the platform signed now, with a key that we know, ever reaches the books."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.payments.unclaimed_model import UnclaimedMoney
from tests.fuzz.effort import thrown
from tests.fuzz.hostile import Mutation, bent, garbage, mutated, mutated_text, mutations
from tests.fuzz.target import Answer, Target
from tests.support.clock_and_ids import MORNING
from tests.unit.platforms.played import sealed_notification, signed_headers
from tests.unit.platforms.wechat_pay_answers import APIV3_KEY, SERIAL, refund, trade

PATH = "/notify/wechatpay/demo/payment"
PAID = trade(out_trade_no="STRANGER0000000000000001", transaction_id="4200000000000000000000000001")
FORGED = trade(out_trade_no="FORGED000000000000000001", transaction_id="4200000000000000000000000666")
REFUNDED = {
    **{key: value for key, value in refund().items() if key != "status"},
    "mchid": "1900000001",
    "refund_status": "SUCCESS",
}


def tell(target: Target, body: bytes, headers: dict[str, str], path: str = PATH) -> Answer:
    return target.ask("POST", path, headers.items(), body)


def unclaimed(target: Target) -> list[UnclaimedMoney]:
    return target.run(target.memory_app.unclaimed())


def test_the_genuine_one_is_kept(target: Target) -> None:
    """Otherwise none of the properties below would say anything."""
    body = sealed_notification(APIV3_KEY, "TRANSACTION.SUCCESS", PAID)
    assert tell(target, body, signed_headers(body, MORNING, "public", SERIAL)).status == 200
    assert [money.amount_fen for money in unclaimed(target)] == [1234]


@thrown
@given(
    where=st.sampled_from(
        ["body", "wechatpay-timestamp", "wechatpay-nonce", "wechatpay-serial", "wechatpay-signature"]
    ),
    how=mutations,
)
def changed_on_the_way(target: Target, where: str, how: Mutation) -> None:
    """Whatever is accepted has the genuine content, byte for byte."""
    body = sealed_notification(APIV3_KEY, "TRANSACTION.SUCCESS", PAID)
    headers = signed_headers(body, MORNING, "public", SERIAL)
    if where == "body":
        sent = mutated(body, how)
    else:
        sent, headers[where] = body, mutated_text(headers[where], how)
    answer = tell(target, sent, headers)
    assert answer.status != 200 or sent == body
    assert all(money.out_trade_no == PAID["out_trade_no"] for money in unclaimed(target))


@thrown
@given(how=mutations, part=st.sampled_from(["ciphertext", "nonce", "associated_data"]))
def resealed(target: Target, how: Mutation, part: str) -> None:
    """Properly signed, as if the platform's pen were stolen, but the seal changed."""
    envelope = json.loads(sealed_notification(APIV3_KEY, "TRANSACTION.SUCCESS", FORGED))
    changed = mutated_text(envelope["resource"][part], how)
    if changed == envelope["resource"][part]:
        return
    envelope["resource"][part] = changed
    body = json.dumps(envelope).encode()
    tell(target, body, signed_headers(body, MORNING, "public", SERIAL))
    assert all(money.out_trade_no == PAID["out_trade_no"] for money in unclaimed(target))


@thrown
@given(
    age_s=st.one_of(st.integers(-(10**9), 10**9), st.sampled_from([-301, -300, 300, 301])),
    key=st.sampled_from(["public", "somebody else's"]),
    serial=st.sampled_from([SERIAL, "PUB_KEY_ID_0119000000012026000000000666", "", "9" * 40]),
    apiv3=st.sampled_from([APIV3_KEY, "f" * 32]),
)
def forged(target: Target, age_s: int, key: str, serial: str, apiv3: str) -> None:
    """Old, from the future, by another pen, under another name, for another merchant: any one of them is enough."""
    if (abs(age_s) < 300, key, serial, apiv3) == (True, "public", SERIAL, APIV3_KEY):
        return
    body = sealed_notification(apiv3, "TRANSACTION.SUCCESS", FORGED)
    headers = signed_headers(body, MORNING - timedelta(seconds=age_s), key, serial)
    assert tell(target, body, headers).status == 401
    assert all(money.out_trade_no != FORGED["out_trade_no"] for money in unclaimed(target))


@thrown
@given(body=garbage)
def signed_garbage(target: Target, body: bytes) -> None:
    assert tell(target, body, signed_headers(body, MORNING, "public", SERIAL)).status != 200


@thrown
@given(
    resource=st.one_of(bent(PAID), bent(REFUNDED)),
    event=st.sampled_from(["TRANSACTION.SUCCESS", "REFUND.SUCCESS", "X"]),
)
def sealed_nonsense(target: Target, resource: dict[str, Any], event: str) -> None:
    """Genuine in everything but sense: an answer, and no exception's words in it."""
    body = sealed_notification(APIV3_KEY, event, resource if isinstance(resource, dict) else {"x": resource})
    tell(target, body, signed_headers(body, MORNING, "public", SERIAL))


@thrown
@given(resource=garbage)
def sealed_garbage(target: Target, resource: bytes) -> None:
    body = sealed_notification(APIV3_KEY, "TRANSACTION.SUCCESS", resource[:40_000])
    assert tell(target, body, signed_headers(body, MORNING, "public", SERIAL)).status != 200


def test_a_changed_notification_is_never_taken_for_the_genuine_one(target: Target) -> None:
    changed_on_the_way(target)


def test_a_changed_seal_never_opens(target: Target) -> None:
    resealed(target)


def test_forgeries_are_refused(target: Target) -> None:
    forged(target)


def test_signed_garbage_is_refused(target: Target) -> None:
    signed_garbage(target)


def test_sealed_nonsense_is_answered(target: Target) -> None:
    sealed_nonsense(target)


def test_sealed_garbage_is_refused(target: Target) -> None:
    sealed_garbage(target)

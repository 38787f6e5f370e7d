"""``/his/v1``: requests that are changed, replayed, old, half signed, or signed and hostile; and SMS receipts behind their secret."""

from __future__ import annotations

import itertools
import json
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.platforms.his.signing import KEY_ID, NONCE, SIGNATURE, TIMESTAMP, request_signature
from tests.fuzz.effort import thrown
from tests.fuzz.hostile import Mutation, bent, garbage, mutated, mutated_text, mutations, texts
from tests.fuzz.target import Answer, Target
from tests.support.clock_and_ids import MORNING
from tests.unit.platforms.aliyun_sms import CONFIG as SMS
from tests.unit.platforms.his_answers import SECRET

QR = {
    "card_no": "C0000001",
    "name": "张测试",
    "phone": "13800000001",
    "id_no": "",
    "bill_nos": ["B1"],
    "valid_seconds": 3600,
}
STATE = {"out_trade_no": "ZF20261123ABCDEFGHJKMN"}
RECEIPT = {
    "out_id": "ZF20261123ABCDEFGHJKMN-payment_booked",
    "success": True,
    "err_code": "DELIVERED",
    "phone_number": "13800000001",
}
_nonces = itertools.count()


def signed(function: str, body: bytes, age_s: int = 0, secret: str = SECRET) -> dict[str, str]:
    timestamp, nonce = str(int(MORNING.timestamp()) - age_s), f"{next(_nonces):032d}"
    signature = request_signature(secret, f"/his/v1/{function}", timestamp, nonce, body)
    return {KEY_ID: "demo-1", TIMESTAMP: timestamp, NONCE: nonce, SIGNATURE: signature}


def ask(target: Target, function: str, body: bytes, headers: dict[str, str]) -> Answer:
    return target.ask("POST", f"/his/v1/{function}", headers.items(), body)


def test_the_genuine_one_is_answered(target: Target) -> None:
    body = json.dumps(QR).encode()
    headers = signed("qr.make", body)
    answer = ask(target, "qr.make", body, headers)
    assert (answer.status, json.loads(answer.body)["code"]) == (200, "OK")
    assert ask(target, "qr.make", body, headers).status == 401, "the same nonce again"


@thrown
@given(where=st.sampled_from(["body", "function", KEY_ID, TIMESTAMP, NONCE, SIGNATURE]), how=mutations)
def changed_on_the_way(target: Target, where: str, how: Mutation) -> None:
    body, function = json.dumps(QR).encode(), "qr.make"
    headers = signed(function, body)
    sent, path = body, function
    if where == "body":
        sent = mutated(body, how)
    elif where == "function":
        path = (
            "".join(
                char for char in mutated(b"qr.make", how).decode("latin-1") if char in "abcdefghijklmnopqrstuvwxyz."
            )
            or "x"
        )
    else:
        same = mutated_text(headers[where], how)
        if same == headers[where]:
            return
        headers[where] = same
    if (sent, path) == (body, function) and where in {"body", "function"}:
        return
    assert ask(target, path, sent, headers).status in {401, 404}


@thrown
@given(
    share=st.integers(0, 63),
    age_s=st.one_of(st.integers(-(10**9), 10**9), st.sampled_from([301, -301])),
    secret=st.sampled_from(["", "x", SECRET[:-1]]),
)
def forged(target: Target, share: int, age_s: int, secret: str) -> None:
    body = json.dumps(STATE).encode()
    part = signed("payment.state", body)
    part[SIGNATURE] = part[SIGNATURE][:share]
    assert ask(target, "payment.state", body, part).status == 401
    assert ask(target, "payment.state", body, signed("payment.state", body, 0, secret)).status == 401
    if abs(age_s) > 300:
        assert ask(target, "payment.state", body, signed("payment.state", body, age_s)).status == 401


@thrown
@given(
    function=st.sampled_from(["qr.make", "payment.state", "bill.push", "."]),
    body=st.one_of(garbage, bent(QR).map(lambda q: json.dumps(q).encode())),
)
def signed_nonsense(target: Target, function: str, body: bytes) -> None:
    """The HIS is a friend that errs: it is told so, and gets no code that nobody could scan."""
    body = body[:60_000]
    answer = ask(target, function, body, signed(function, body))
    assert answer.status in {200, 400, 404}, answer.body
    told: dict[str, Any] = json.loads(answer.body)
    if told["code"] == "OK" and function == "qr.make":
        path = told["data"]["url"].removeprefix("https://pay.hospital.example")
        assert target.ask("GET", path).status == 302, len(path)


@thrown
@given(
    letters=st.sampled_from(["0123456789", "ABCDEFGHJKMNPQRSTVWXYZ0123456789", "张王李赵测试样本虚构", "𠀀𠀁𠀂𠀃"]),
    length=st.integers(1, 64),
    bills=st.integers(1, 20),
    seed=st.integers(0, 1000),
)
def large_codes(target: Target, letters: str, length: int, bills: int, seed: int) -> None:
    """As much as the page allows in every field: a code that opens, or a clear no."""
    dice = random.Random(seed)
    texts = ["".join(dice.choices(letters, k=length)) for _ in range(bills + 4)]
    asked = {"card_no": texts[0], "name": texts[1], "terminal": texts[2], "operator": texts[3], "bill_nos": texts[4:]}
    body = json.dumps({**QR, **asked}).encode()
    answer = ask(target, "qr.make", body, signed("qr.make", body))
    assert answer.status in {200, 400}, answer.body
    if answer.status == 200:
        path = json.loads(answer.body)["data"]["url"].removeprefix("https://pay.hospital.example")
        assert target.ask("GET", path).status == 302, len(path)


@thrown
@given(
    body=st.one_of(
        garbage,
        bent({"list": [RECEIPT]}).map(
            lambda told: json.dumps(told["list"] if isinstance(told, dict) and "list" in told else told).encode()
        ),
    ),
    share=st.integers(0, 23),
    secret=texts,
)
def receipts(target: Target, body: bytes, share: int, secret: str) -> None:
    """Unsigned by the platform: they inform, so the worst is a wrong line in a history; but only behind the secret."""
    path, body = "/notify/sms/demo/", body[:200_000]
    assert target.ask("POST", path + SMS.receipt_secret, [], body).status in {200, 400}
    assert target.ask("POST", path + SMS.receipt_secret[:share], [], body).status in {403, 404}
    wrong = "".join(char for char in secret if char.isascii() and char.isalnum())[:200] or "x"
    assert target.ask("POST", path + wrong, [], body).status == 403


def test_a_changed_request_is_refused(target: Target) -> None:
    changed_on_the_way(target)


def test_forgeries_are_refused(target: Target) -> None:
    forged(target)


def test_signed_nonsense_is_told_so(target: Target) -> None:
    signed_nonsense(target)


def test_large_codes_open_or_are_refused(target: Target) -> None:
    large_codes(target)


def test_receipts_only_behind_their_secret(target: Target) -> None:
    receipts(target)

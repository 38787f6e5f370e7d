"""Requests of the HIS to us: only its signature comes in, and once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core.errors import Forged
from server.core.ports import RawRequest
from server.platforms.his.request_verifier import HisRequestVerifier
from server.platforms.his.signing import answer_signature, request_signature
from server.storage.memory_short_lived import MemoryShortLived
from tests.support.clock_and_ids import MORNING, FakeClock
from tests.unit.platforms.his_answers import CONFIG, SECRET
from tests.unit.platforms.played import raw_request

PATH = "/his/v1/qr.make"


def knock(key_id: str = "demo-1", secret: str = SECRET, age_s: int = 0, **headers: str) -> RawRequest:
    body, nonce = b'{"card_no":"C0000001"}', "0123456789abcdef"
    timestamp = str(int((MORNING - timedelta(seconds=age_s)).timestamp()))
    signed = {
        "zhenfu-key-id": key_id,
        "zhenfu-timestamp": timestamp,
        "zhenfu-nonce": nonce,
        "zhenfu-signature": request_signature(secret, PATH, timestamp, nonce, body),
    }
    return raw_request(body, {**signed, **headers}, path=PATH)


def a_door(clock: FakeClock | None = None) -> HisRequestVerifier:
    return HisRequestVerifier(CONFIG, clock or FakeClock(), MemoryShortLived())


@pytest.mark.asyncio
@pytest.mark.parametrize("raw", [knock(), knock("demo-2", "another-secret-00"), knock(age_s=300), knock(age_s=-300)])
async def test_the_his_may_come_in(raw: RawRequest) -> None:
    await a_door().verify(raw)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "raw",
    [
        knock(secret="wrong"),
        knock("demo-2"),
        knock("demo-3"),
        knock(age_s=301),
        knock(age_s=-301),
        knock(**{"zhenfu-signature": ""}),
        knock(**{"zhenfu-signature": "é" * 64}),
        knock(**{"zhenfu-nonce": "short"}),
        knock(**{"zhenfu-timestamp": "now"}),
        raw_request(b"{}", path=PATH),
    ],
)
async def test_nobody_else_may(raw: RawRequest) -> None:
    with pytest.raises(Forged):
        await a_door().verify(raw)


@pytest.mark.asyncio
async def test_a_request_comes_in_once() -> None:
    clock = FakeClock()
    door = a_door(clock)
    early = knock(age_s=-300)
    await door.verify(early)
    for _ in range(2):
        with pytest.raises(Forged):
            await door.verify(early)
        clock.forward(599)
    with pytest.raises(Forged):
        await door.verify(early)


def test_our_answer_is_signed_for_the_question() -> None:
    raw = knock("demo-2", "another-secret-00")
    headers = a_door().answer(raw, b'{"code":"OK"}')
    timestamp = str(int(MORNING.timestamp()))
    assert headers == {
        "Zhenfu-Timestamp": timestamp,
        "Zhenfu-Signature": answer_signature(
            "another-secret-00", PATH, timestamp, "0123456789abcdef", b'{"code":"OK"}'
        ),
    }
    with pytest.raises(Forged):
        a_door().answer(knock("demo-3"), b"{}")

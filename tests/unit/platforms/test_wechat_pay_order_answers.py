"""What WeChat Pay's answers to an order mean: taken, refused, unknown, or another order under the number."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from server.core.errors import NotSent, OutcomeUnknown, OutsideRefusal, RefusedInWords
from server.core.ports import HttpRequest, HttpResponse
from server.payments.rules.trades import TradeState
from server.platforms.wechat.pay.errors import Throttled
from tests.support.builders import PAYMENT_ID, a_request
from tests.support.clock_and_ids import MORNING
from tests.unit.platforms.played import Answer, plain, signed_headers
from tests.unit.platforms.wechat_pay_answers import SERIAL, a_channel, refused, signed


def stale(body: dict[str, Any]) -> Callable[[HttpRequest], HttpResponse]:
    raw = json.dumps(body).encode()
    late = datetime.fromtimestamp(MORNING.timestamp() - 301, UTC)
    return lambda request: plain(raw, 200, signed_headers(raw, late, "public", SERIAL))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (plain({"prepay_id": "wx1"}), OutcomeUnknown),
        (stale({"prepay_id": "wx1"}), OutcomeUnknown),
        (signed({"prepay_id": "wx1"}, 202), OutcomeUnknown),
        (signed({"prepay_id": ""}), OutcomeUnknown),
        (signed({}), OutcomeUnknown),
        (plain(b"", 302), OutcomeUnknown),
        (plain(b"<html>blocked</html>", 403), OutcomeUnknown),
        (refused("SYSTEM_ERROR", 500), OutcomeUnknown),
        (refused("BANK_ERROR", 500), OutcomeUnknown),
        (refused("OPENID_MISMATCH", 500), OutcomeUnknown),
        (refused("PARAM_ERROR", 302), OutcomeUnknown),
        (refused("SYSTEMERROR", 400), OutcomeUnknown),
        (plain(b"", 503), OutcomeUnknown),
        (refused("FREQUENCY_LIMITED", 429), Throttled),
        (refused("RATELIMIT_EXCEEDED", 403), Throttled),
        (plain(b"slow down", 429), Throttled),
        (refused("PARAM_ERROR", 400), OutsideRefusal),
        (refused("SIGN_ERROR", 401), OutsideRefusal),
        (refused("OUT_TRADE_NO_USED", 403), RefusedInWords),
        (refused("ORDER_CLOSED", 400), RefusedInWords),
        (NotSent("wechatpay"), NotSent),
        (OutcomeUnknown("wechatpay"), OutcomeUnknown),
    ],
)
async def test_what_an_answer_to_an_order_means(answer: Answer, error: type[Exception]) -> None:
    channel, transport = a_channel(answer)
    with pytest.raises(error) as raised:
        await channel.order(PAYMENT_ID, a_request())
    assert type(raised.value) is error
    assert len(transport.sent) == 1, "nothing is repeated in here"
    assert "oOpenid" not in str(raised.value)


@pytest.mark.asyncio
async def test_a_refusal_carries_the_platforms_code_and_plain_words() -> None:
    channel, _ = a_channel(refused("ORDER_CLOSED", 400))
    with pytest.raises(OutsideRefusal) as raised:
        await channel.order(PAYMENT_ID, a_request())
    assert raised.value.reason_code == "ORDER_CLOSED"
    assert "重新支付" in raised.value.user_message


@pytest.mark.asyncio
async def test_both_semantics_of_a_close_that_found_no_order_are_safe() -> None:
    """404 says nothing about an order that is still under way; 204 is the confirmation, after which none is taken."""
    for answer, state in (
        (refused("ORDER_NOT_EXIST", 404), TradeState.ABSENT),
        (signed(b"", 204), TradeState.CLOSED),
    ):
        channel, _ = a_channel(answer)
        assert (await channel.close(PAYMENT_ID)).state is state


@pytest.mark.asyncio
async def test_another_order_under_the_number_is_one_refusal_however_it_is_called() -> None:
    for code, status in (("OUT_TRADE_NO_USED", 403), ("INVALID_REQUEST", 400)):
        channel, _ = a_channel(refused(code, status))
        with pytest.raises(OutsideRefusal):
            await channel.order(PAYMENT_ID, a_request())

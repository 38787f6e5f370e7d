"""What a look at a channel leads to when the channel's money does not fit what was asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import OutsideRefusal
from server.effects.model import EffectKind
from tests.support.builders import HOSPITAL
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import waiting

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("field", ["app_id", "merchant_id", "currency"])
async def test_money_of_another_account_is_kept_and_said_by_its_name(field: str) -> None:
    memory_app = InMemoryApp()
    payment = await waiting(memory_app)
    memory_app.channel.pay(payment.id)
    memory_app.channel.orders[payment.id] = replace(payment.parts[0].request, **{field: "another"})  # type: ignore[arg-type]
    memory_app.clock.forward(5)
    with pytest.raises(OutsideRefusal) as refused:
        await memory_app.do_only(payment.id, str(EffectKind.QUERY))
    assert (refused.value.reason_code, field in refused.value.reason) == ("MONEY_DIFFERS", True)
    [money] = await memory_app.stores.unclaimed.latest(HOSPITAL, 5)
    assert (money.channel, money.out_trade_no, money.amount_fen) == ("wechat", payment.id, 1234)

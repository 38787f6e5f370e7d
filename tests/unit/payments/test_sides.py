"""What the channel and the HIS say right now: all are asked, and silence is told from a no."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest

from server.core.errors import OutcomeUnknown
from server.effects.model import Effect, EffectKind
from server.payments import sides
from server.payments.his_ports import HisCapabilities
from server.payments.model import Booking, Payment
from server.payments.purpose import Purpose
from server.payments.refund_model import CASH, Refund, RefundOrigin, RefundState
from server.payments.rules.trades import ChannelRefund, Trade, TradeState
from server.payments.sides import SidesNow, channel_word, refund_words
from tests.support.builders import a_booking, a_paid, a_part, a_request
from tests.support.channels import FaithfulChannel
from tests.support.clock_and_ids import MORNING
from tests.support.outside import FaithfulHis, a_hospital
from tests.support.played import Played

pytestmark = pytest.mark.asyncio
SILENT = OutcomeUnknown("wechatpay", "lost")
LONGEST = timedelta(seconds=77)


class PlayedPurpose(Played):
    async def check(self, payment: Payment) -> Booking:
        await self._begin("check", payment.id)
        return a_booking()


class Sides:
    """A payment of two parts, on two channels; both are paid."""

    def __init__(self) -> None:
        his = FaithfulHis()
        his.capabilities = HisCapabilities(longest_call=LONGEST)
        self.wechat, self.fund, self.purpose = FaithfulChannel("wechat"), FaithfulChannel("fund"), PlayedPurpose()
        self.hospital = a_hospital(his=his, channels={"wechat": self.wechat, "fund": self.fund})
        second = a_part(order_no="P2", kind="fund", request=a_request(channel="fund"))
        paid = a_paid()
        self.payment = replace(paid, parts=(*paid.parts, second))
        self.orders = [part.order_no for part in self.payment.parts]
        for channel, part in zip((self.wechat, self.fund), self.payment.parts, strict=True):
            channel.orders[part.order_no] = part.request
            channel.states[part.order_no] = TradeState.UNPAID
            channel.pay(part.order_no)
        self.now = SidesNow({self.hospital.id: self.hospital}, {paid.purpose: cast("Purpose", self.purpose)})

    def word(self, number: int) -> Trade:
        return (self.wechat, self.fund)[number].trade(self.orders[number])

    def with_refunds(self, *refunds: Refund, **fields: object) -> Payment:
        return replace(self.payment, refunds=refunds, **fields)  # type: ignore[arg-type]


def a_refund(number: int, state: RefundState = RefundState.SUCCEEDED, part: str = CASH) -> Refund:
    return Refund(
        id=f"R{number:02}", amount_fen=number + 1, origin=RefundOrigin.STAFF, reason="other", state=state, at=MORNING, part=part
    )  # fmt: skip


async def test_each_side_says_what_it_has() -> None:
    played = Sides()
    told = await played.now.of(played.payment)
    assert (told.trade, told.booking, told.his_silent) == (played.word(0), a_booking(), False)
    assert (told.refunds, told.longest_call) == ({}, LONGEST)


async def test_a_his_that_does_not_answer_is_silent_and_has_said_nothing() -> None:
    played = Sides()
    played.purpose.will("check", SILENT)
    told = await played.now.of(played.payment)
    assert (told.booking, told.his_silent, told.trade) == (None, True, played.word(0))


async def test_of_several_parts_the_one_that_holds_least_speaks() -> None:
    played = Sides()
    played.fund.states["P2"] = TradeState.CLOSED
    assert await channel_word(played.hospital, played.payment) == played.word(1)


@pytest.mark.parametrize("silent", ["wechat", "fund"])
async def test_one_channel_that_does_not_answer_leaves_no_word(silent: str) -> None:
    played = Sides()
    getattr(played, silent).will("query", SILENT)
    assert await channel_word(played.hospital, played.payment) is None


async def test_a_channel_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sides, "ASKED_S_MAX", 0.01)
    played = Sides()
    played.wechat.will("query", "hang")
    played.wechat.will("query_refund", "hang")
    played.purpose.will("check", "hang")
    told = await played.now.of(played.with_refunds(a_refund(1)))
    assert (told.trade, told.his_silent, told.refunds) == (None, True, {"R01": None})


async def test_a_channel_that_is_gone_is_not_asked() -> None:
    played = Sides()
    del played.hospital.channels["fund"]  # type: ignore[attr-defined]
    assert await channel_word(played.hospital, played.payment) == played.word(0)
    of_both = played.with_refunds(a_refund(1), a_refund(2, part="fund"))
    absent = ChannelRefund(out_trade_no=played.payment.id, out_refund_no="R01", outcome=played_outcome(played))
    assert await refund_words(played.hospital, of_both) == (("R01", absent), ("R02", None))
    played.hospital.channels.clear()  # type: ignore[attr-defined]
    assert await channel_word(played.hospital, played.payment) is None


def played_outcome(played: Sides):  # type: ignore[no-untyped-def]
    return played.wechat.refund_word(played.payment.id, "R01").outcome


async def test_the_ten_newest_refunds_are_asked_for_at_the_channel_of_their_part() -> None:
    played = Sides()
    many = [a_refund(number, part="fund" if number % 2 else CASH) for number in range(12)]
    words = await refund_words(played.hospital, played.with_refunds(*many))
    assert [number for number, _ in words] == [refund.id for refund in many[2:]]
    assert [word.out_trade_no for _, word in words if word is not None] == played.orders * 5
    assert [word.out_refund_no for _, word in words if word is not None] == [refund.id for refund in many[2:]]


@pytest.mark.parametrize("state", list(RefundState))
@pytest.mark.parametrize("sending", [False, True])
async def test_only_what_may_be_at_the_channel_is_asked_for(state: RefundState, sending: bool) -> None:
    """And an approved one while it is being sent: the channel may have it already."""
    played = Sides()
    effects = (Effect(kind=EffectKind.REFUND, subject="R01", due_at=MORNING),) if sending else ()
    words = await refund_words(played.hospital, played.with_refunds(a_refund(1, state), effects=effects))
    there = {"released", "submitted", "succeeded", "abnormal", "closed"} | ({"approved"} if sending else set())
    assert [number for number, _ in words] == (["R01"] if state in there else [])

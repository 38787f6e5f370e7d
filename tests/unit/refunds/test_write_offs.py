"""What the HIS is asked to write off and told of the money, and whose no ends a refund."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from server.core.errors import NotFound, NotSent, OutsideRefusal
from server.effects.model import Effect, EffectKind
from server.infrastructure.sealing import Keyring
from server.payments.his_ports import HisCapabilities, RefundAsked, RefundTold
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.refunds.write_offs import FINAL_REFUSALS, WriteOffService
from tests.support.builders import HOSPITAL, TOKEN
from tests.support.clock_and_ids import MORNING, FakeClock
from tests.support.hospital_systems import FaithfulHis
from tests.support.outside import a_hospital
from tests.support.played import Played
from tests.unit.payments.states import in_state

pytestmark = pytest.mark.asyncio
NOW = MORNING + timedelta(minutes=9)
SEALER = Keyring("k1", {"k1": b"1" * 32}, b"2" * 32)
WORDS = "药品已发出"


class _Purpose(Played):
    async def release(self, payment: Payment, asked: RefundAsked) -> str:
        await self._begin("release", asked)
        return "HISR-7"

    async def refunded(self, payment: Payment, told: RefundTold) -> None:
        await self._begin("refunded", told)


class _Case:
    """One refund of a booked payment, and an effect in hand about it."""

    def __init__(
        self, kind: EffectKind, unknown_at: datetime | None = None, now: datetime = NOW, **fields: Any
    ) -> None:
        booked = in_state(PaymentState.BOOKED)
        facts: dict[str, Any] = {
            "id": f"{booked.id}R01",
            "amount_fen": 200,
            "origin": RefundOrigin.STAFF,
            "reason": "other",
            "state": RefundState.APPROVED,
            "at": MORNING,
        }
        refund = Refund(**{**facts, **fields})
        self.effect = Effect(kind=kind, subject=refund.id, due_at=NOW, lease=TOKEN, unknown_at=unknown_at)
        self.payment = replace(booked, refunds=(refund,), effects=(self.effect,))
        self.purpose, self.clock = _Purpose(), FakeClock(now)
        his = FaithfulHis()
        his.capabilities = HisCapabilities(longest_call=timedelta(minutes=5))
        hospitals = {HOSPITAL: a_hospital(his=his)}
        self.service = WriteOffService(hospitals, cast(Any, {booked.purpose: self.purpose}), SEALER, self.clock)

    async def done(self) -> Payment:
        return (await self.service.run(self.payment, self.effect))(self.payment)

    async def ended(self) -> Refund:
        return (await self.done()).refunds[0]


def said(payment: Payment, refund: Refund) -> str:
    return SEALER.open(f"his_words:{payment.id}", refund.his_words).decode()


class TestAskedToWriteOff:
    async def test_the_sum_without_what_others_have_written_off_of_it(self) -> None:
        case = _Case(EffectKind.RELEASE, covered_fen=50)
        after = await case.ended()
        [asked] = case.purpose.named("release")
        assert (asked.out_trade_no, asked.out_refund_no, asked.amount_fen) == (case.payment.id, after.id, 150)
        assert (after.his_refund_no, after.state) == ("HISR-7", RefundState.RELEASED)

    @pytest.mark.parametrize("code", sorted(FINAL_REFUSALS))
    async def test_a_no_of_the_his_ends_it_in_its_words(self, code: str) -> None:
        case = _Case(EffectKind.RELEASE)
        case.purpose.will("release", OutsideRefusal("his", code, user_message=WORDS))
        after = await case.ended()
        assert (after.state, after.decided_by, said(case.payment, after)) == (RefundState.REJECTED, "his", WORDS)

    async def test_any_other_refusal_is_about_the_call(self) -> None:
        case = _Case(EffectKind.RELEASE)
        case.purpose.will("release", OutsideRefusal("his", "BUSY"))
        with pytest.raises(OutsideRefusal):
            await case.done()

    @pytest.mark.parametrize(("seconds", "believed"), [(299, False), (300, True)])
    async def test_a_no_is_believed_when_no_earlier_call_can_be_running(self, seconds: int, believed: bool) -> None:
        case = _Case(EffectKind.RELEASE, unknown_at=NOW - timedelta(seconds=seconds))
        case.purpose.will("release", OutsideRefusal("his", "REFUSED", user_message=WORDS))
        if believed:
            assert (await case.ended()).state is RefundState.REJECTED
        else:
            with pytest.raises(NotSent):
                await case.done()

    async def test_what_the_channel_would_not_take_is_never_asked(self) -> None:
        case = _Case(EffectKind.RELEASE, now=MORNING + timedelta(days=366))
        after = await case.ended()
        assert (after.state, after.decided_by) == (RefundState.REJECTED, "system")
        assert said(case.payment, after).startswith("微信支付只能退付款后365天以内的钱")
        assert case.purpose.named("release") == []

    @pytest.mark.parametrize(
        "fields", [{"state": RefundState.SUCCEEDED}, {"unknown_at": NOW}], ids=["money gone", "perhaps written off"]
    )
    async def test_what_has_gone_or_is_perhaps_written_off_is_asked_however_late(self, fields: dict[str, Any]) -> None:
        case = _Case(EffectKind.RELEASE, now=MORNING + timedelta(days=366), **fields)
        await case.done()
        assert len(case.purpose.named("release")) == 1


class TestToldOfTheMoney:
    async def test_its_own_number_and_the_moment_at_which_it_went(self) -> None:
        at = NOW - timedelta(minutes=2)
        case = _Case(EffectKind.NOTIFY_HIS, state=RefundState.SUCCEEDED, channel_refund_id="5R", finished_at=at)
        after = await case.ended()
        assert case.purpose.named("refunded") == [
            RefundTold(
                out_trade_no=case.payment.id, out_refund_no=after.id, channel_refund_no="5R", succeeded=True, at=at
            )
        ]
        assert after.his_settled_at == NOW

    async def test_of_an_unknown_moment_it_is_now(self) -> None:
        case = _Case(EffectKind.NOTIFY_HIS, state=RefundState.SUCCEEDED)
        await case.done()
        [told] = case.purpose.named("refunded")
        assert (told.at, told.channel_refund_no) == (NOW, "")

    async def test_the_number_under_which_it_was_written_off(self) -> None:
        case = _Case(EffectKind.NOTIFY_HIS, state=RefundState.SUCCEEDED, written_off_as="EARLIER")
        await case.done()
        assert [told.out_refund_no for told in case.purpose.named("refunded")] == ["EARLIER"]

    async def test_of_one_that_gave_way_the_console_s_number_and_moment(self) -> None:
        at = NOW - timedelta(minutes=3)
        case = _Case(EffectKind.NOTIFY_HIS, state=RefundState.WITHDRAWN, covered_by="CONSOLE1")
        ours = case.payment.refunds[0]
        console = replace(
            ours, id="CONSOLE1", origin=RefundOrigin.MERCHANT_CONSOLE, state=RefundState.SUCCEEDED,
            channel_refund_id="5C", finished_at=at, covered_by="",
        )  # fmt: skip
        case.payment = replace(case.payment, refunds=(ours, console))
        await case.done()
        [told] = case.purpose.named("refunded")
        assert (told.out_refund_no, told.channel_refund_no, told.at) == (ours.id, "5C", at)

    @pytest.mark.parametrize("kind", [EffectKind.NOTIFY_HIS, EffectKind.RELEASE])
    async def test_of_a_refund_that_is_not_there_nothing_is_told(self, kind: EffectKind) -> None:
        case = _Case(kind)
        with pytest.raises(NotFound):
            await case.service.run(replace(case.payment, refunds=()), case.effect)
        assert case.purpose.calls == []

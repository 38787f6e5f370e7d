"""What one refund says of itself, by which way it goes back, and what a hospital and its systems are taken to do that say nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import pytest

from server.effects.model import Effect, EffectKind
from server.payments.his_ports import HisCapabilities, RefundAsked, RefundTold
from server.payments.his_trades import HisTrades, paid_facts
from server.payments.hospital import RefundRules
from server.payments.ledger import payment_kind
from server.payments.model import Payment
from server.payments.part import PartState
from server.payments.ports import ChannelCapabilities
from server.payments.purpose import PurposeTexts, QuotedPart
from server.payments.refund_channel import channel_of_refund, channel_titles, must_lead_back, refund_channel_info
from server.payments.refund_model import REASONS, Refund, RefundOrigin, RefundState, short_number
from server.payments.rules.refund_window import BeyondReach, RefundWindow
from server.payments.unclaimed_model import UnclaimedMoney, UnclaimedState
from tests.support.builders import TRANSACTION, a_booking, a_paid, a_part, a_payment, a_request, an_identity
from tests.support.channels import FaithfulChannel
from tests.support.clock_and_ids import MORNING
from tests.support.mini_program import MINI_APP, ObligingMiniProgram
from tests.support.outside import FaithfulHis, a_hospital

LATER = MORNING + timedelta(minutes=1)


def a_refund(**fields: Any) -> Refund:
    facts: dict[str, Any] = {
        "id": "R01", "amount_fen": 8, "origin": RefundOrigin.STAFF, "reason": "other", "state": RefundState.SUCCEEDED, "at": MORNING,
    }  # fmt: skip
    return Refund(**{**facts, **fields})


@pytest.mark.parametrize(
    ("number", "short"),
    [
        ("ZF20261123ABCDR01", "R01"),
        ("ZF20261123ABCDR123", "R123"),
        ("console-1234", "234"),
        ("R1", "R1"),
        ("XR0001", "001"),
    ],
)
def test_a_refund_is_called_by_the_end_of_its_number(number: str, short: str) -> None:
    assert short_number(number) == short


def test_what_staff_may_say_why() -> None:
    assert list(REASONS.values()) == [
        "重复缴费", "开错项目", "项目未做", "药品缺货", "窗口退费", "结算退回", "退还余额", "其他原因",
    ]  # fmt: skip


def test_a_refund_asks_for_its_part_and_for_the_rest() -> None:
    assert (a_refund().asked_fen, a_refund(rest_fen=2).asked_fen) == (8, 10)
    assert a_refund().covered_fen == 0


@pytest.mark.parametrize(
    ("fields", "unsettled"),
    [
        ({}, True),
        ({"his_settled_at": LATER}, False),
        ({"origin": RefundOrigin.AUTOMATIC}, False),
        ({"state": RefundState.SUBMITTED}, False),
        ({"state": RefundState.WITHDRAWN}, False),
        ({"state": RefundState.WITHDRAWN, "covered_by": "console-1"}, True),
        ({"state": RefundState.WITHDRAWN, "covered_by": "console-1", "his_settled_at": LATER}, False),
    ],
)
def test_the_his_must_hear_of_money_that_it_had_booked_and_that_has_gone(
    fields: dict[str, Any], unsettled: bool
) -> None:
    assert a_refund(**fields).unsettled is unsettled


@pytest.mark.parametrize("state", list(UnclaimedState))
@pytest.mark.parametrize("tampered", [False, True])
def test_unclaimed_money_is_settled_when_people_have_ended_it(state: UnclaimedState, tampered: bool) -> None:
    money = UnclaimedMoney(
        hospital="demo", id="U1", channel="wechat", out_trade_no="X1", transaction_id="4200", kind="payment", amount_fen=5,
        reason="unknown", at=MORNING, state=state, tampered=tampered,
    )  # fmt: skip
    assert money.settled is (state == "settled" and not tampered)
    assert (money.version, money.refunds_closed, money.audited_lines, money.next_due) == (1, 0, 0, None)


# ---- by which way ---------------------------------------------------------------------------------------------------------------


def of_two_parts(**refunds: Any) -> Payment:
    """Cash by wechat, which goes back second, and a fund's money, which goes back first; all of both is paid."""
    cash = replace(a_part(undo_order=1), state=PartState.PAID, paid_fen=1234)
    fund = a_part(order_no="P2", kind="fund", request=a_request(channel="fund", amount_fen=700))
    return replace(a_paid(), parts=(cash, replace(fund, state=PartState.PAID, paid_fen=700)), **refunds)


def with_fund():  # type: ignore[no-untyped-def]
    fund = FaithfulChannel("fund")
    fund.capabilities = ChannelCapabilities(
        methods=frozenset({"jsapi"}), title="统筹基金", reach=RefundWindow(within=timedelta(days=2))
    )
    return a_hospital(channels={"wechat": FaithfulChannel(), "fund": fund})


def test_a_refund_goes_back_by_the_channel_of_its_part_else_by_that_from_which_money_goes_next() -> None:
    hospital, refund = with_fund(), a_refund(part="cash")
    payment = of_two_parts(refunds=(refund,))
    assert channel_of_refund(hospital, payment).title == "统筹基金"
    assert channel_of_refund(hospital, payment, "R01").title == "微信支付"
    assert channel_of_refund(hospital, of_two_parts(), "R01").title == "统筹基金"
    nothing_left = replace(payment, parts=tuple(replace(part, paid_fen=0) for part in payment.parts))
    assert channel_of_refund(hospital, nothing_left).title == "微信支付", "that of the first part"


def test_of_a_channel_that_is_gone_careful_words_are_said() -> None:
    hospital = with_fund()
    del hospital.channels["fund"]
    gone, known = refund_channel_info(hospital, "fund"), refund_channel_info(hospital, "wechat")
    assert (gone.title, gone.arrival) == ("原支付渠道", "1至3个工作日到账")
    assert (known.title, known.arrival) == ("微信支付", "零钱几分钟内到账，银行卡1至3个工作日")
    assert channel_titles(hospital, of_two_parts()) == "微信支付"
    assert channel_titles(with_fund(), of_two_parts()) == "微信支付、统筹基金"


def test_what_the_channel_of_the_part_does_not_send_back_is_said_before_it_is_written_off() -> None:
    hospital, refund, late = with_fund(), a_refund(part="cash"), MORNING + timedelta(days=3)
    payment = of_two_parts(refunds=(refund,))
    must_lead_back(hospital, payment, MORNING)
    must_lead_back(hospital, payment, late, "R01")
    with pytest.raises(BeyondReach) as told:
        must_lead_back(hospital, payment, late)
    assert told.value.user_message.startswith("统筹基金只能退付款后2天以内的钱")


# ---- what the HIS is told -------------------------------------------------------------------------------------------------------


def test_the_his_is_told_of_the_money_as_the_channel_took_it() -> None:
    paid = replace(a_paid(), paid_at=LATER)
    assert paid_facts(paid) == {
        "out_trade_no": paid.id, "amount_fen": 1234, "channel": "wechat", "transaction_id": TRANSACTION, "paid_at": LATER,
        "origin": paid.origin,
    }  # fmt: skip


def test_where_nothing_had_to_be_paid_it_is_told_of_the_beginning_and_of_no_transaction() -> None:
    free = a_payment(amount_fen=0)
    facts = paid_facts(replace(free, paid_at=None))
    assert (facts["amount_fen"], facts["channel"], facts["transaction_id"], facts["paid_at"]) == (
        0,
        "none",
        "",
        MORNING,
    )


@pytest.mark.asyncio
async def test_the_his_is_asked_and_told_by_our_number() -> None:
    his, paid = FaithfulHis(), a_paid()
    trades = HisTrades({"demo": a_hospital(his=his)})
    asked = RefundAsked(out_trade_no=paid.id, out_refund_no="R01", amount_fen=8, lines=())
    told = RefundTold(out_trade_no=paid.id, out_refund_no="R01", channel_refund_no="5001", succeeded=True, at=LATER)
    his.booked[paid.id] = a_booking()
    assert await trades.check(paid) == a_booking()
    assert await trades.may_release(paid, asked) == ""
    assert await trades.release(paid, asked) == "HISR-1"
    await trades.refunded(paid, told)
    assert (his.named("refund_check"), his.released, his.notified) == ([asked], {"R01": asked}, {"R01": told})


def test_money_of_several_parts_is_told_by_another_purpose() -> None:
    with pytest.raises(ValueError, match="too many values"):
        paid_facts(of_two_parts())


def test_the_payer_is_told_when_a_booking_lasts_longer_than_the_hospital_says() -> None:
    kind = payment_kind(MappingProxyType({"demo": a_hospital()}))
    book = Effect(kind=EffectKind.BOOK, due_at=MORNING)
    paid = replace(a_paid(), paid_at=MORNING)
    for minutes, lines in ((9, 0), (10, 1)):
        after = kind.after_failure(paid, (book,), book, MORNING + timedelta(minutes=minutes))
        assert [line.what for line in after.history].count("booking_lasts") == lines
        assert after.version == paid.version + 1
    assert (kind.name, kind.not_found) == ("payment", "没有找到这笔支付。")
    assert kind.with_effects(paid, (book,), 9) == replace(paid, effects=(book,), version=9)


# ---- where nothing is said ------------------------------------------------------------------------------------------------------


def test_what_holds_where_a_hospital_says_nothing() -> None:
    hospital, rules, his = a_hospital(), RefundRules(), HisCapabilities()
    assert (rules.alone, rules.valid, rules.searches_per_hour) == (timedelta(days=7), timedelta(days=1), 120)
    assert (his.longest_call, his.told_after) == (timedelta(minutes=5), timedelta(minutes=10))
    assert (hospital.card_unused_max, hospital.payments_kept_years) == (timedelta(days=365), 30)
    assert (hospital.one_sided_after, hospital.second_over_fen) == (timedelta(minutes=10), 1000_00)


def test_a_person_is_known_by_the_mini_program_only_on_its_own_app() -> None:
    mini = ObligingMiniProgram()
    hospital = a_hospital(mini_program=mini)
    assert hospital.mini_program_of(an_identity(app_id=MINI_APP)) is mini
    for other in (an_identity(), an_identity(app_id=MINI_APP, channel="alipay")):
        assert hospital.mini_program_of(other) is None
    assert a_hospital().mini_program_of(an_identity(app_id=MINI_APP)) is None
    assert hospital.channel_titles == {"wechat": "微信支付"}


def test_a_purpose_that_says_nothing_more_is_paid_in_one_sum() -> None:
    texts = PurposeTexts(title="测试", taken="已由{who}。", being_closed="正在取消。", contended="请稍后再试。")
    assert (texts.charge_amount, QuotedPart(amount_fen=5).undo_order) == ("金额", 0)

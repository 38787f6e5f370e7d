"""A refund that people ask for: what its document says, whom it owes what, and the words of every no."""

from __future__ import annotations

from server.effects.model import EffectKind
from server.payments.refund_model import Refund, RefundLine, RefundOrigin, RefundState
from server.refunds.rules.requests import (
    request_refund,
    window_refund,
)
from tests.support.refund_asks import CASHIER, EXPIRES, NOW, alone, an_ask, booked, due, number, owed, refused, waiting

S = RefundState


class TestAsked:
    def test_waits_for_a_second_person_and_tells_them(self) -> None:
        after, ask = waiting(), an_ask()
        assert after.refunds == (
            Refund(
                id=f"{after.id}R01", amount_fen=200, origin=RefundOrigin.STAFF, reason="not_done", state=S.REQUESTED,
                at=NOW, lines=ask.lines, request_id="tap-1", asked_by=CASHIER, requested_via="chat", approval_reasons=("old", "own"),
                note="sealed note", expires_at=EXPIRES,
            ),
        )  # fmt: skip
        assert due(after) == {
            "tell_staff:refund_waiting.R01": NOW,
            f"expire:{number(after)}": EXPIRES,
        }
        line = after.history[-1]
        assert (line.what, line.by, line.at) == ("refund_requested", CASHIER, NOW)
        assert line.detail == {"refund": number(after), "amount_fen": "200", "door": "chat", "second": "old own"}

    def test_alone_goes_to_the_his_at_once(self) -> None:
        after = alone()
        assert (after.refunds[0].state, after.refunds[0].expires_at) == (S.APPROVED, None)
        assert due(after) == {f"release:{number(after)}": NOW}

    def test_the_same_tap_asks_for_nothing_new(self) -> None:
        after = waiting()
        assert request_refund(after, an_ask(amount_fen=300, lines=()), NOW, EXPIRES) is after

    def test_its_lines_add_up_to_its_amount(self) -> None:
        words = refused(lambda: request_refund(booked(), an_ask(amount_fen=201), NOW, EXPIRES))
        assert words == "退费明细之和与退费金额不符。"
        assert request_refund(booked(), an_ask(amount_fen=201, lines=()), NOW, EXPIRES).refunds[0].amount_fen == 201

    def test_its_lines_are_no_more_than_the_items(self) -> None:
        line = RefundLine(charge_no="B1", item_no="2", amount_fen=200)
        words = refused(lambda: request_refund(booked(), an_ask(lines=(line,)), NOW, EXPIRES))
        assert words == "退费明细超过项目可退金额。"


class TestAtTheWindow:
    def test_is_written_off_already_and_its_money_goes(self) -> None:
        ask = an_ask(by="his:1001", requested_via="his", approval_reasons=())
        after = window_refund(booked(), ask, "HIS-7", NOW)
        refund = after.refunds[0]
        assert refund == Refund(
            id=f"{after.id}R01", amount_fen=200, origin=RefundOrigin.HIS, reason="not_done", state=S.RELEASED, at=NOW,
            lines=ask.lines, request_id="tap-1", asked_by="his:1001", requested_via="his", his_refund_no="HIS-7",
            written_off_as=refund.id,
        )  # fmt: skip
        accepted = "refund_accepted.R01"
        assert owed(after) == {
            (EffectKind.REFUND, refund.id),
            (EffectKind.MESSAGE, accepted),
            (EffectKind.SMS, accepted),
        }
        line = after.history[-1]
        assert (line.what, line.by, line.at) == ("refund_requested", "his:1001", NOW)
        assert line.detail == {"refund": refund.id, "amount_fen": "200", "door": "his"}

    def test_the_same_number_again_changes_nothing_and_never_the_amount(self) -> None:
        after = window_refund(booked(), an_ask(), "HIS-7", NOW)
        assert window_refund(after, an_ask(), "HIS-7", NOW) is after
        words = refused(lambda: window_refund(after, an_ask(amount_fen=201), "HIS-7", NOW))
        assert words == "这个退费单号已用于其他金额。"

    def test_a_tap_of_the_same_name_is_another_refund(self) -> None:
        after = window_refund(waiting(), an_ask(), "HIS-7", NOW)
        assert [refund.origin for refund in after.refunds] == [RefundOrigin.STAFF, RefundOrigin.HIS]

    def test_no_more_than_is_left(self) -> None:
        refused(lambda: window_refund(booked(), an_ask(amount_fen=1235, lines=()), "HIS-7", NOW))

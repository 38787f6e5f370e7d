"""A refund that people ask for: what its document says after each step, whom it owes what, and the words of every no."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from server.core.errors import LeaseLost, NotAllowed, NotFound
from server.effects.model import Effect, EffectKind
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import Refund, RefundLine, RefundOrigin, RefundState
from server.refunds.rules.requests import (
    RefundAsk,
    approve_refund,
    expire_refund,
    his_told,
    reject_refund,
    request_refund,
    window_refund,
    withdraw_refund,
    write_off_refused,
    written_off,
)
from tests.support.builders import TOKEN, leased
from tests.support.chance import MORNING
from tests.unit.payments.states import in_state

NOW = MORNING + timedelta(minutes=5)
EXPIRES = NOW + timedelta(days=1)
CASHIER, APPROVER = "staff:1001", "staff:2001"
S = RefundState


def booked() -> Payment:
    """1234 fen for one item; nothing is owed."""
    return replace(in_state(PaymentState.BOOKED), effects=())


def an_ask(**fields: object) -> RefundAsk:
    ask = RefundAsk(
        request_id="tap-1",
        amount_fen=200,
        lines=(RefundLine(charge_no="B1", item_no="1", amount_fen=200),),
        reason="not_done",
        note="sealed note",
        by=CASHIER,
        requested_via="chat",
        approval_reasons=("old", "own"),
    )
    return replace(ask, **fields)  # type: ignore[arg-type]


def waiting() -> Payment:
    return request_refund(booked(), an_ask(), NOW, EXPIRES)


def alone() -> Payment:
    return request_refund(booked(), an_ask(approval_reasons=()), NOW, EXPIRES)


def number(payment: Payment) -> str:
    return payment.refunds[0].id


def owed(payment: Payment) -> set[tuple[EffectKind, str]]:
    """But for the line of the audit chain, which every step owes."""
    return {(effect.kind, effect.subject) for effect in payment.effects if effect.kind is not EffectKind.SEAL}


def due(payment: Payment) -> dict[str, datetime]:
    return {effect.key: effect.due_at for effect in payment.effects if effect.kind is not EffectKind.SEAL}


def under_lease(payment: Payment, kind: EffectKind) -> Payment:
    """Its only effect of this kind is held by `TOKEN`."""
    subject = next(each.subject for each in payment.effects if each.kind is kind)
    return leased(payment, kind, NOW, subject)


def refused(step: Callable[[], object], error: type[NotAllowed] | type[NotFound] = NotAllowed) -> str:
    with pytest.raises(error) as raised:
        step()
    return raised.value.user_message


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


class TestDecided:
    def test_agreed_to_goes_to_the_his(self) -> None:
        after = approve_refund(waiting(), number(waiting()), APPROVER, NOW)
        refund = after.refunds[0]
        assert (refund.state, refund.decided_by, refund.expires_at) == (S.APPROVED, APPROVER, None)
        assert (EffectKind.RELEASE, refund.id) in owed(after)
        assert (EffectKind.EXPIRE, refund.id) not in owed(after)
        line = after.history[-1]
        assert (line.what, line.by, line.at) == ("refund_approved", APPROVER, NOW)
        assert line.detail == {"refund": refund.id, "amount_fen": "200"}

    def test_not_by_who_asked(self) -> None:
        payment = waiting()
        assert refused(lambda: approve_refund(payment, number(payment), CASHIER, NOW)) == "不能审批自己发起的退费。"
        assert refused(lambda: reject_refund(payment, number(payment), CASHIER, NOW)) == "自己发起的退费请用“撤回”。"
        assert refused(lambda: withdraw_refund(payment, number(payment), APPROVER, NOW)) == "只能撤回自己发起的退费。"

    def test_until_it_expires_and_not_at_that_moment(self) -> None:
        payment = waiting()
        approve_refund(payment, number(payment), APPROVER, EXPIRES - timedelta(seconds=1))
        words = refused(lambda: approve_refund(payment, number(payment), APPROVER, EXPIRES))
        assert words == "这笔退费申请已过期，请重新发起。"

    def test_only_once(self) -> None:
        payment = alone()
        words = refused(lambda: approve_refund(payment, number(payment), APPROVER, NOW))
        assert words == "这笔退费已经处理过了。"

    def test_only_one_that_exists(self) -> None:
        assert refused(lambda: approve_refund(booked(), "no such", APPROVER, NOW), NotFound) == "没有找到这笔退费。"

    def test_rejected_tells_who_asked_and_why(self) -> None:
        after = reject_refund(waiting(), number(waiting()), APPROVER, NOW, "sealed why")
        refund = after.refunds[0]
        assert (refund.state, refund.decided_by, refund.his_words) == (S.REJECTED, APPROVER, "sealed why")
        assert (refund.finished_at, refund.expires_at) == (NOW, None)
        assert (EffectKind.TELL_STAFF, "refund_result.R01") in owed(after)
        assert (EffectKind.EXPIRE, refund.id) not in owed(after)
        line = after.history[-1]
        assert (line.what, line.by, line.at, line.detail) == ("refund_rejected", APPROVER, NOW, {"refund": refund.id})

    def test_withdrawn_tells_nobody(self) -> None:
        after = withdraw_refund(waiting(), number(waiting()), CASHIER, NOW)
        assert (after.refunds[0].state, after.refunds[0].decided_by) == (S.WITHDRAWN, CASHIER)
        assert (EffectKind.TELL_STAFF, "refund_result.R01") not in owed(after)
        assert after.history[-1].by == CASHIER

    def test_expired_by_the_clock(self) -> None:
        held = under_lease(waiting(), EffectKind.EXPIRE)
        after = expire_refund(held, number(held), TOKEN, EXPIRES)
        assert after.refunds[0].state is S.EXPIRED
        assert (EffectKind.TELL_STAFF, "refund_result.R01") in owed(after)
        assert (EffectKind.EXPIRE, number(after)) not in owed(after)


class TestWrittenOff:
    def test_its_money_goes_and_the_payer_is_told(self) -> None:
        held = under_lease(alone(), EffectKind.RELEASE)
        after = written_off(held, number(held), TOKEN, "HIS-7", NOW)
        refund = after.refunds[0]
        assert (refund.state, refund.his_refund_no, refund.written_off_as) == (S.RELEASED, "HIS-7", refund.id)
        accepted = "refund_accepted.R01"
        assert owed(after) == {
            (EffectKind.REFUND, refund.id),
            (EffectKind.MESSAGE, accepted),
            (EffectKind.SMS, accepted),
        }
        line = after.history[-1]
        assert (line.what, line.by, line.at) == ("refund_released", "his", NOW)
        assert line.detail == {"refund": refund.id, "his_refund_no": "HIS-7"}

    def test_money_that_has_gone_is_only_told_to_the_his(self) -> None:
        held = under_lease(alone(), EffectKind.RELEASE)
        gone = replace(held, refunds=(replace(held.refunds[0], state=S.SUCCEEDED),))
        after = written_off(gone, number(gone), TOKEN, "HIS-7", NOW)
        assert after.refunds[0].state is S.SUCCEEDED
        assert owed(after) == {(EffectKind.NOTIFY_HIS, number(gone))}

    def test_refused_sends_nothing_and_tells_who_asked(self) -> None:
        held = under_lease(alone(), EffectKind.RELEASE)
        after = write_off_refused(held, number(held), TOKEN, "DISPENSED", "sealed", NOW)
        refund = after.refunds[0]
        assert (refund.state, refund.decided_by, refund.his_words) == (S.REJECTED, "his", "sealed")
        assert owed(after) == {(EffectKind.TELL_STAFF, "refund_result.R01")}
        line = after.history[-1]
        assert (line.by, line.detail) == ("his", {"refund": refund.id, "code": "DISPENSED"})

    def test_refused_by_a_person_is_that_person_s_no(self) -> None:
        held = under_lease(alone(), EffectKind.RELEASE)
        after = write_off_refused(held, number(held), TOKEN, "ENDED", "sealed", NOW, APPROVER)
        assert (after.refunds[0].decided_by, after.history[-1].by) == (APPROVER, APPROVER)

    def test_refused_after_the_money_has_gone_is_settled_and_kept(self) -> None:
        held = under_lease(alone(), EffectKind.RELEASE)
        gone = replace(held, refunds=(replace(held.refunds[0], state=S.SUCCEEDED),))
        after = write_off_refused(gone, number(gone), TOKEN, "DISPENSED", "sealed", NOW)
        assert (after.refunds[0].state, after.refunds[0].his_settled_at) == (S.SUCCEEDED, NOW)
        assert owed(after) == set()
        line = after.history[-1]
        assert (line.what, line.by, line.at) == ("console_refund_not_written_off", "his", NOW)
        assert line.detail == {"refund": number(gone), "code": "DISPENSED"}


def test_the_his_knows_of_the_money() -> None:
    payment = alone()
    notify = Effect(kind=EffectKind.NOTIFY_HIS, subject=number(payment), due_at=NOW)
    held = under_lease(replace(payment, effects=(notify,)), EffectKind.NOTIFY_HIS)
    after = his_told(held, number(held), TOKEN, NOW)
    assert (after.refunds[0].his_settled_at, owed(after)) == (NOW, set())
    line = after.history[-1]
    assert (line.what, line.by, line.at, line.detail) == ("his_told", "his", NOW, {"refund": number(held)})


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        (EffectKind.EXPIRE, lambda p, token: expire_refund(p, number(p), token, NOW)),
        (EffectKind.RELEASE, lambda p, token: written_off(p, number(p), token, "HIS-7", NOW)),
        (EffectKind.RELEASE, lambda p, token: write_off_refused(p, number(p), token, "NO", "", NOW)),
        (EffectKind.NOTIFY_HIS, lambda p, token: his_told(p, number(p), token, NOW)),
    ],
)
def test_only_under_its_own_lease(kind: EffectKind, step: Callable[[Payment, str], Payment]) -> None:
    payment = waiting()
    held = under_lease(replace(payment, effects=(Effect(kind=kind, subject=number(payment), due_at=NOW),)), kind)
    with pytest.raises(LeaseLost):
        step(held, "another worker")

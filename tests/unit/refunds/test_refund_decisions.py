"""A refund that people asked for, once it is decided: agreed to, rejected, withdrawn, written off in the HIS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import LeaseLost, NotFound
from server.effects.model import Effect, EffectKind
from server.payments.model import Payment
from server.payments.refund_model import RefundState
from server.refunds.rules.requests import (
    approve_refund,
    expire_refund,
    his_told,
    reject_refund,
    withdraw_refund,
    write_off_refused,
    written_off,
)
from tests.support.builders import TOKEN
from tests.support.refund_asks import (
    APPROVER,
    CASHIER,
    EXPIRES,
    NOW,
    alone,
    booked,
    number,
    owed,
    refused,
    under_lease,
    waiting,
)

S = RefundState


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

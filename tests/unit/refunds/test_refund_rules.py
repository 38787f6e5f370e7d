"""Who may do what with refunds: each rule at its border, and the words in which staff read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.days import hospital_day
from server.core.errors import NotAllowed
from server.payments.model import Payment
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.refunds.rules.permissions import (
    SECOND_REASONS,
    AsOnePerson,
    must_be,
    must_be_allowed_to_decide,
    must_be_within_limits,
    must_not_be_cut,
    names_at_all_doors,
    on_own_word_fen,
    own_money,
    same_refund,
    second_person,
)
from server.staff.model import RefundLimits, Role, Staff, StaffState
from tests.support.builders import HOSPITAL, a_paid, a_payment, an_identity
from tests.support.clock_and_ids import MORNING

ALONE = timedelta(days=3)


def somebody(role: Role = Role.APPROVER, *, per_refund_fen: int = 500, per_day_fen: int = 1000) -> Staff:
    limits = RefundLimits(per_refund_fen=per_refund_fen, per_day_fen=per_day_fen)
    return Staff(
        hospital=HOSPITAL, number="2001", version=1, name="王审批", role=role, limits=limits, state=StaffState.ACTIVE
    )


def as_one(actor: Staff, spent_elsewhere_fen: int = 0) -> AsOnePerson:
    names = names_at_all_doors(actor)
    return AsOnePerson(names, spent_elsewhere_fen) if spent_elsewhere_fen else AsOnePerson(names)


def a_refund(amount_fen: int, number: str = "01", **fields: object) -> Refund:
    refund = Refund(
        id=f"{a_payment().id}R{number}",
        amount_fen=amount_fen,
        origin=RefundOrigin.STAFF,
        reason="not_done",
        state=RefundState.REQUESTED,
        at=MORNING,
        asked_by="staff:1001",
    )
    return replace(refund, **fields)  # type: ignore[arg-type]


def paid_with(*refunds: Refund) -> Payment:
    return replace(a_paid(), refunds=refunds)


def words(raised: pytest.ExceptionInfo[NotAllowed]) -> str:
    return raised.value.user_message


class TestRoles:
    def test_only_the_named_ones_may(self) -> None:
        must_be(somebody(Role.FINANCE), (Role.APPROVER, Role.FINANCE))
        with pytest.raises(NotAllowed) as raised:
            must_be(somebody(Role.CASHIER), (Role.APPROVER, Role.FINANCE))
        assert words(raised) == "您的岗位不能进行这个操作。"

    @pytest.mark.parametrize(
        ("role", "may"), [(Role.CASHIER, False), (Role.APPROVER, True), (Role.FINANCE, True), (Role.ADMIN, False)]
    )
    def test_approvers_and_finance_decide(self, role: Role, may: bool) -> None:
        if may:
            must_be_allowed_to_decide(somebody(role), a_paid(), a_refund(100), asked_oneself=False)
            return
        with pytest.raises(NotAllowed, match="role"):
            must_be_allowed_to_decide(somebody(role), a_paid(), a_refund(100), asked_oneself=False)


class TestOwnMoney:
    def test_is_what_this_identity_paid(self) -> None:
        actor, payment = somebody(), a_paid()
        assert not own_money(actor, payment)
        assert own_money(replace(actor, identity=an_identity()), payment)

    def test_is_that_of_a_patient_of_this_name(self) -> None:
        payment = a_paid()
        assert own_money(replace(somebody(), name=payment.personal.patient_name), payment)

    def test_is_not_that_of_another_identity(self) -> None:
        assert not own_money(replace(somebody(), identity=an_identity("openid-another")), a_paid())


class TestOnOnesOwnWord:
    def test_counts_what_was_asked_for_alone_and_what_was_agreed_to(self) -> None:
        payment = paid_with(
            a_refund(1, asked_by="staff:2001"),
            a_refund(20, asked_by="staff:2001", approval_reasons=("old",)),
            a_refund(300, decided_by="staff:2001"),
            a_refund(4000, asked_by="his:2001"),
            a_refund(50000, asked_by="staff:2001", state=RefundState.REJECTED),
        )
        assert on_own_word_fen(payment, names_at_all_doors(somebody())) == 4301

    def test_the_same_refund_is_the_newest_of_this_amount_that_goes(self) -> None:
        old, new = a_refund(100, "01"), a_refund(100, "02")
        payment = paid_with(old, new, a_refund(200, "03"), a_refund(100, "04", state=RefundState.CLOSED))
        assert same_refund(payment, 100) == new
        assert same_refund(payment, 100, without=new.id) == old
        assert same_refund(payment, 300) is None


class TestASecondPerson:
    def why(self, payment: Payment, amount_fen: int, actor: Staff, elsewhere_fen: int = 0) -> tuple[str, ...]:
        assert payment.paid_at is not None
        return second_person(actor, payment, amount_fen, payment.paid_at + ALONE, ALONE, as_one(actor, elsewhere_fen))

    def test_is_not_needed_up_to_the_limits_and_for_so_long(self) -> None:
        assert self.why(a_paid(), 500, somebody()) == ()

    def test_is_needed_for_a_fen_more_of_one_payment(self) -> None:
        assert self.why(a_paid(), 501, somebody()) == ("over_limit",)
        before = paid_with(a_refund(200, asked_by="staff:2001"))
        assert self.why(before, 300, somebody()) == ()
        assert self.why(before, 301, somebody()) == ("over_limit",)

    def test_is_needed_for_a_fen_more_in_a_day(self) -> None:
        payment = a_paid()
        assert payment.paid_at is not None
        day = hospital_day(payment.paid_at + ALONE)
        actor = replace(somebody(), spent_on=day, spent_fen=400)
        assert self.why(payment, 350, actor, 250) == ()
        assert self.why(payment, 351, actor, 250) == ("over_day",)
        assert self.why(payment, 500, replace(actor, spent_on=day - timedelta(days=1)), 500) == ()

    def test_is_needed_when_it_was_paid_longer_ago(self) -> None:
        actor, payment = somebody(), replace(a_paid(), created_at=MORNING - timedelta(days=30))
        assert payment.paid_at is not None
        later = payment.paid_at + ALONE + timedelta(seconds=1)
        assert second_person(actor, payment, 1, later, ALONE, as_one(actor)) == ("old",)
        assert self.why(payment, 1, actor) == (), "the time counts from the payment, not from its start"

    def test_counts_from_the_start_where_nobody_knows_when_it_was_paid(self) -> None:
        actor, payment = somebody(), replace(a_paid(), paid_at=None)
        then = payment.created_at + ALONE
        assert second_person(actor, payment, 1, then, ALONE, as_one(actor)) == ()
        assert second_person(actor, payment, 1, then + timedelta(seconds=1), ALONE, as_one(actor)) == ("old",)

    def test_is_needed_for_one_s_own_money(self) -> None:
        assert self.why(a_paid(), 1, replace(somebody(), name=a_paid().personal.patient_name)) == ("own",)

    def test_every_reason_has_its_words(self) -> None:
        assert SECOND_REASONS == {
            "over_limit": "超过单笔限额",
            "over_day": "超过当日限额",
            "old": "支付时间较久",
            "own": "与本人有关",
        }


class TestDeciding:
    def test_is_not_for_whoever_asked_under_another_number(self) -> None:
        with pytest.raises(NotAllowed) as raised:
            must_be_allowed_to_decide(somebody(), a_paid(), a_refund(100), asked_oneself=True)
        assert words(raised) == "这笔退费是您用另一个工号发起的，不能由您审批。"

    def test_leaves_the_same_number_to_the_document(self) -> None:
        must_be_allowed_to_decide(somebody(), a_paid(), a_refund(100, asked_by="staff:2001"), asked_oneself=True)

    def test_waits_for_an_admin_when_it_is_perhaps_oneself(self) -> None:
        with pytest.raises(NotAllowed) as raised:
            must_be_allowed_to_decide(somebody(), a_paid(), a_refund(1), asked_oneself=False, perhaps_oneself=True)
        assert words(raised) == "您与发起人姓名或手机号相同，请管理员先确认不是同一人。"

    def test_is_not_for_one_s_own_money(self) -> None:
        actor = replace(somebody(), name=a_paid().personal.patient_name)
        with pytest.raises(NotAllowed) as raised:
            must_be_allowed_to_decide(actor, a_paid(), a_refund(1), asked_oneself=False)
        assert words(raised) == "不能审批与本人有关的支付。"


class TestLimitsOfAnApprover:
    def spent(self, fen: int) -> Staff:
        return replace(somebody(), spent_on=hospital_day(MORNING), spent_fen=fen)

    def test_reach_to_the_last_fen_of_the_day(self) -> None:
        actor = self.spent(300)
        must_be_within_limits(actor, a_paid(), a_refund(450), MORNING, as_one(actor, 250))
        with pytest.raises(NotAllowed) as raised:
            must_be_within_limits(actor, a_paid(), a_refund(451), MORNING, as_one(actor, 250))
        assert words(raised) == "超过您的当日审批限额，今天还剩 4.50元，请由其他人员审批。"

    def test_never_leave_less_than_nothing(self) -> None:
        actor = self.spent(1100)
        with pytest.raises(NotAllowed) as raised:
            must_be_within_limits(actor, a_paid(), a_refund(1), MORNING, as_one(actor))
        assert words(raised) == "超过您的当日审批限额，今天还剩 0.00元，请由其他人员审批。"

    def test_reach_to_the_last_fen_of_a_payment(self) -> None:
        actor, before = somebody(), a_refund(200, "01", decided_by="staff:2001")
        must_be_within_limits(actor, paid_with(before), a_refund(300, "02"), MORNING, as_one(actor))
        with pytest.raises(NotAllowed) as raised:
            must_be_within_limits(actor, paid_with(before), a_refund(301, "02"), MORNING, as_one(actor))
        assert words(raised) == "这笔支付的退费超过您的审批限额（5.00元），请由更高权限的人员审批。"


def test_a_payment_is_not_cut_into_refunds_of_one_s_own() -> None:
    actor, before = somebody(), paid_with(a_refund(200, asked_by="staff:2001"))
    must_not_be_cut(actor, before, 300, as_one(actor))
    with pytest.raises(NotAllowed) as raised:
        must_not_be_cut(actor, before, 301, as_one(actor))
    assert words(raised) == "这笔支付刚有其他退费，合计超过您的限额，请重新操作。"

"""Bills that go together, people and how they are masked, numbers, money and days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.days import hospital_day
from server.core.errors import BadInput, ChargeChanged, NotFound, ZhenfuError
from server.core.ids import payment_id
from server.core.money import plain_yuan_text, yuan_text
from server.effects.model import EffectKind
from server.patients.model import mask_card, mask_name, mask_phone
from server.payments.model import PaymentState
from server.payments.purposes.bills.model import BillStatus, settled_together
from server.payments.rules.paying import request_close
from server.payments.rules.progress import Progress, standing
from server.payments.rules.refund_numbers import next_refund_id
from tests.support.builders import a_bill, a_payment, a_pending
from tests.support.clock_and_ids import MORNING
from tests.unit.payments.states import in_state


class TestBills:
    def test_add_up(self) -> None:
        assert settled_together([a_bill("B1", 1), a_bill("B2", 0), a_bill("B3", 99)]) == 100

    def test_none_is_not_found(self) -> None:
        with pytest.raises(NotFound):
            settled_together([])

    def test_bills_that_the_his_has_not_grouped_are_paid_one_by_one(self) -> None:
        assert settled_together([a_bill("B1", 5, settle_group="")]) == 5
        with pytest.raises(BadInput):
            settled_together([a_bill("B1", settle_group=""), a_bill("B2", settle_group="")])

    @pytest.mark.parametrize("field", ["card_no", "settle_group"])
    def test_of_different_groups_do_not_go_together(self, field: str) -> None:
        with pytest.raises(BadInput):
            settled_together([a_bill("B1"), replace(a_bill("B2"), **{field: "another"})])

    def test_named_twice_are_not_paid_twice(self) -> None:
        with pytest.raises(BadInput):
            settled_together([a_bill("B1"), a_bill("B1")])

    @pytest.mark.parametrize("status", [status for status in BillStatus if status is not BillStatus.UNPAID])
    def test_no_longer_unpaid_have_changed(self, status: BillStatus) -> None:
        with pytest.raises(ChargeChanged):
            settled_together([a_bill("B1"), a_bill("B2", status=status)])

    def test_are_never_negative(self) -> None:
        with pytest.raises(BadInput):
            settled_together([a_bill("B1", 500), a_bill("B2", -1)])


class TestMasks:
    @pytest.mark.parametrize(
        ("name", "masked"),
        [
            ("张三", "张*"),
            ("欧阳测试", "欧**试"),
            ("张小甜", "张*甜"),
            ("张", "张*"),
            ("", ""),
            ("Ann Test", "A******t"),
        ],
    )
    def test_names_are_masked_but_for_their_first_sign(self, name: str, masked: str) -> None:
        assert mask_name(name) == masked

    @pytest.mark.parametrize(
        ("phone", "masked"),
        [("13800001234", "138****1234"), ("8888888", "*****88"), ("0571123456", "********56"), ("12", "12"), ("", "")],
    )
    def test_phones_are_masked_in_the_middle(self, phone: str, masked: str) -> None:
        assert mask_phone(phone) == masked

    @pytest.mark.parametrize(
        ("card", "masked"), [("C0000001", "****0001"), ("12345", "****2345"), ("1234", "****"), ("", "****")]
    )
    def test_cards_show_their_end_alone(self, card: str, masked: str) -> None:
        assert mask_card(card) == masked

    @given(st.text(min_size=2))
    def test_a_name_never_shows_more_than_its_ends(self, name: str) -> None:
        assert mask_name(name)[1:-1] == "*" * (len(name) - 2)

    def test_children_of_one_family_can_be_told_apart(self) -> None:
        assert mask_name("张小甜") != mask_name("张小蜜")


class TestNumbers:
    def test_have_prefix_day_and_chance(self) -> None:
        assert payment_id("ZF", date(2026, 11, 23), "ABCDEFGHJKMN") == "ZF20261123ABCDEFGHJKMN"

    @pytest.mark.parametrize("prefix", ["Z", "ZHENFUX", "Z-", "诊付", ""])
    def test_need_a_prefix_that_channels_take(self, prefix: str) -> None:
        with pytest.raises(ValueError, match="prefix"):
            payment_id(prefix, date(2026, 11, 23), "ABCDEFGHJKMN")

    def test_of_refunds_stay_within_the_channels_limit(self) -> None:
        longest = replace(a_payment(), id=payment_id("ZHENFU", date(2026, 11, 23), "ABCDEFGHJKMN"))
        assert next_refund_id(longest) == f"{longest.id}R01"
        assert len(next_refund_id(longest)) <= 32


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "0.00"), (1, "0.01"), (100, "1.00"), (123456, "1,234.56"), (-5, "-0.05"), (10**12, "10,000,000,000.00")],
)
def test_yuan_text(fen: int, text: str) -> None:
    assert yuan_text(fen) == text


@pytest.mark.parametrize(
    ("fen", "text"), [(0, "0.00"), (5, "0.05"), (99, "0.99"), (100, "1.00"), (101, "1.01"), (12_345_678, "123456.78")]
)
def test_plain_yuan_text(fen: int, text: str) -> None:
    assert plain_yuan_text(fen) == text


def test_the_hospitals_day_is_shanghais() -> None:
    assert hospital_day(datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC)) == date(2026, 11, 23)
    assert hospital_day(datetime(2026, 11, 23, 16, 0, tzinfo=UTC)) == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("state", "progress", "final"),
    [
        (PaymentState.CREATED, Progress.WAITING, False),
        (PaymentState.PENDING, Progress.WAITING, False),
        (PaymentState.PAID, Progress.CONFIRMING, False),
        (PaymentState.BOOKED, Progress.PAID, True),
        (PaymentState.CLOSED, Progress.NOT_PAID, True),
        (PaymentState.RETURNING, Progress.RETURNING, False),
        (PaymentState.RETURNED, Progress.RETURNED, True),
    ],
)
def test_what_a_state_means_to_the_payer(state: PaymentState, progress: Progress, final: bool) -> None:
    assert (standing(in_state(state)).progress, standing(in_state(state)).final) == (progress, final)


def test_one_that_is_being_closed_says_so() -> None:
    closing = request_close(a_pending(), "expired", MORNING)
    assert standing(closing).progress is Progress.CLOSING
    assert not standing(closing).final
    assert {effect.kind for effect in closing.effects} == {EffectKind.CLOSE}


def all_errors(root: type[ZhenfuError] = ZhenfuError) -> list[type[ZhenfuError]]:
    return [root, *(error for child in root.__subclasses__() for error in all_errors(child))]


def test_every_error_says_what_the_person_sees() -> None:
    assert len(all_errors()) > 15
    for error in all_errors():
        assert error.user_message
        assert error.code.replace("_", "").isalpha()
        assert isinstance(error.retry, bool)

"""From odd groups to the day's result: what is carried and settled, what cancels out, which row belongs to which, what the account adds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.reconciliation.model import Act, Category, Discrepancy, Leg, Reason, Row, RowKind, RowState
from tests.unit.reconciliation.days import DAY, KEY, NUMBER, TOMORROW, Day, at, clean_day, payment, put, refund


def only(day: Day) -> Discrepancy:
    (found,) = day.run().discrepancies
    return found


# ---- carried rows ---------------------------------------------------------------------------------------------------------------


def test_what_waits_says_why_and_is_not_settled_before_the_other_side_comes() -> None:
    day = clean_day()
    put(day, "near midnight", NUMBER)
    first = day.run()
    (waits,) = first.discrepancies
    assert (waits.category, waits.reason, waits.act) == (Category.CROSS_DAY, Reason.NEAR_MIDNIGHT, Act.WAIT)
    second = Day().run(earlier=first.carried, day=TOMORROW)
    assert (second.settled, second.matched) == ((), 0)
    assert [(each.id, each.since) for each in second.discrepancies] == [(KEY, DAY)]


def test_a_row_of_the_his_that_waited_under_another_number_is_settled_by_the_channel_s_number() -> None:
    late = at(23, 50)
    first = Day([payment(Leg.HIS, "X9", 1000, late, channel_no="42ZH9")]).run()
    assert [each.key for each in first.carried] == ["payment:X9"]
    rows = [payment(leg, "ZH9", 1000, at(0, 5, day=TOMORROW)) for leg in (Leg.OURS, Leg.CHANNEL, Leg.FUND)]
    second = Day(rows).run(earlier=first.carried, day=TOMORROW)
    assert (second.discrepancies, second.matched, second.settled) == ((), 1, (("payment:X9", DAY),))


def test_a_row_that_comes_again_with_the_next_day_s_files_is_one_row() -> None:
    day = clean_day()
    put(day, "near midnight", NUMBER)
    carried = day.run().carried
    again = [row for each in carried for row in each.rows if row.leg is Leg.CHANNEL]
    second = Day([*again, payment(Leg.HIS, NUMBER, 1004)]).run(
        (Leg.OURS, Leg.CHANNEL, Leg.HIS), earlier=carried, day=TOMORROW
    )
    assert (second.discrepancies, second.matched) == ((), 1)


def left_out_near_midnight() -> Day:
    """Another system's payment just before midnight, which the trade statement does not have and the account does."""
    rows = [payment(leg, "KIOSK9", 1000, at(23, 55)) for leg in (Leg.CHANNEL, Leg.FUND, Leg.HIS)]
    day = Day(rows)
    day.drop("payment:KIOSK9", Leg.CHANNEL)
    return day


def test_what_the_trade_statement_has_left_out_is_still_that_when_it_has_waited() -> None:
    result = left_out_near_midnight().run()
    assert [each.act for each in result.discrepancies] == [Act.WAIT]
    for later in (1, 2, 3):
        result = Day().run(earlier=result.carried, day=DAY + timedelta(days=later))
        assert [(each.id, each.difference_fen) for each in result.discrepancies] == [("payment:KIOSK9", 0)]
    (found,) = result.differing
    assert (found.category, found.reason, found.act) == (
        Category.MISSING_AT_CHANNEL, Reason.STATEMENT_LEFT_OUT, Act.CHECK_CHANNEL,
    )  # fmt: skip


def test_the_account_s_rows_that_waited_with_a_payment_meet_its_row_of_the_next_trade_statement() -> None:
    first = left_out_near_midnight().run()
    late = Day([payment(Leg.CHANNEL, "KIOSK9", 1000, at(0, 1, day=TOMORROW))])
    second = late.run(earlier=first.carried, day=TOMORROW)
    assert (second.discrepancies, second.carried, second.settled) == ((), (), (("payment:KIOSK9", DAY),))


# ---- links by the channel's number ----------------------------------------------------------------------------------------------


def test_the_his_s_row_that_waited_with_a_payment_stays_with_it_when_another_one_comes() -> None:
    late = at(23, 55)
    first = Day([payment(Leg.OURS, "ZH9", 1000, late), payment(Leg.HIS, "X9", 1000, late, channel_no="42ZH9")]).run()
    assert [(each.key, {row.number for row in each.rows}) for each in first.carried] == [("payment:ZH9", {"ZH9", "X9"})]
    rows = [payment(leg, "ZH9", 1000, at(0, 5, day=TOMORROW)) for leg in (Leg.CHANNEL, Leg.FUND, Leg.HIS)]
    second = Day(rows).run(earlier=first.carried, day=TOMORROW)
    (found,) = second.discrepancies
    assert (found.id, [row.number for row in found.rows if row.leg is Leg.HIS]) == ("payment:ZH9", ["X9", "ZH9"])


def test_a_second_booking_under_another_number_does_not_take_the_place_of_the_first() -> None:
    day = Day()
    day.all_legs(payment, "ZH1", 1000)
    day.change("payment:ZH1", [Leg.HIS], amount_fen=900)
    day.rows.append(payment(Leg.HIS, "X1", 1000, channel_no="42ZH1"))
    found = {each.id: (each.category, each.difference_fen) for each in day.run().discrepancies}
    assert found == {
        "payment:ZH1": (Category.AMOUNT, 100),
        "payment:X1": (Category.MISSING_AT_CHANNEL, -1000),
    }


def test_what_the_account_lacks_does_not_keep_the_his_s_row_from_its_payment() -> None:
    day = Day()
    day.all_legs(payment, "ZH1", 1000)
    day.drop("payment:ZH1", Leg.FUND)
    day.change("payment:ZH1", [Leg.HIS], number="", payment_number="")
    assert {each.reason for each in day.run().discrepancies} == {Reason.NOT_IN_FUND, Reason.FEE_DIFFERS}


def test_two_rows_of_the_his_with_one_channel_number_are_not_one() -> None:
    """The first of them belongs to our payment; the other one is the HIS's alone."""
    day = Day()
    day.all_legs(payment, "ZH1", 1000)
    day.drop("payment:ZH1", Leg.HIS)
    day.rows += [payment(Leg.HIS, number, 1000, channel_no="42ZH1") for number in ("X1", "X2")]
    assert [(each.id, each.category) for each in day.run().discrepancies] == [
        ("payment:X2", Category.MISSING_AT_CHANNEL)
    ]


def test_a_refund_s_row_of_the_his_is_not_taken_for_its_payment_s() -> None:
    day = Day()
    day.all_legs(payment, "ZH1", 1000)
    day.drop("payment:ZH1", Leg.HIS)
    day.rows.append(refund(Leg.HIS, "X1", 1000, channel_no="42ZH1"))
    assert {each.id for each in day.run().discrepancies} == {"payment:ZH1", "refund:X1R01"}


# ---- pairs that cancel out ------------------------------------------------------------------------------------------------------


def test_a_payment_and_its_refund_that_only_the_his_has_come_to_nothing() -> None:
    day = Day([make(Leg.HIS, "KIOSK9", 300) for make in (payment, refund)])
    result = day.run()
    assert (result.discrepancies, result.cancelled, result.matched) == ((), 2, 0)


def test_what_we_had_and_the_channel_had_not_does_not_cancel_out() -> None:
    """We say that money came and went; the channel knows nothing of it: somebody has to look."""
    day = Day([make(leg, "ZH9", 300) for make in (payment, refund) for leg in (Leg.OURS, Leg.HIS)])
    result = day.run()
    assert (result.cancelled, len(result.discrepancies)) == (0, 2)


def test_what_the_channel_alone_has_does_not_cancel_out_here() -> None:
    day = Day([make(leg, "ZH9", 300) for make in (payment, refund) for leg in (Leg.CHANNEL, Leg.FUND, Leg.HIS)])
    result = day.run()
    assert (result.cancelled, {each.category for each in result.discrepancies}) == (0, {Category.MISSING_HERE})


def test_a_row_of_nothing_that_only_the_his_has_is_shown() -> None:
    result = Day([payment(Leg.HIS, "KIOSK9", 0)]).run()
    assert ([each.id for each in result.discrepancies], result.cancelled) == (["payment:KIOSK9"], 0)


# ---- what the account adds ------------------------------------------------------------------------------------------------------


def legs_of(each: Discrepancy) -> list[tuple[Leg, RowKind]]:
    return [(row.leg, row.kind) for row in each.rows]


def test_money_in_the_account_shows_that_the_trade_statement_has_left_it_out() -> None:
    day = clean_day()
    put(day, "left out of the statement", NUMBER)
    found = only(day)
    assert (found.category, found.reason, found.act, found.difference_fen) == (
        Category.MISSING_AT_CHANNEL, Reason.STATEMENT_LEFT_OUT, Act.CHECK_CHANNEL, 0,
    )  # fmt: skip
    assert legs_of(found) == [
        (Leg.OURS, RowKind.PAYMENT), (Leg.FUND, RowKind.FEE), (Leg.FUND, RowKind.PAYMENT), (Leg.HIS, RowKind.PAYMENT),
    ]  # fmt: skip


def test_a_fee_alone_in_the_account_is_no_money_that_came() -> None:
    day = clean_day()
    put(day, "left out of the statement", NUMBER)
    day.rows = [row for row in day.rows if not (row.leg is Leg.FUND and row.key == KEY)]
    day.rows.append(
        Row(Leg.FUND, RowKind.FEE, "F1", "", 3, RowState.DONE, at(9), channel_no=f"42{NUMBER}", fee_fen=3)
    )  # fmt: skip
    found = only(day)
    assert (found.reason, found.act, found.difference_fen) == (Reason.ONLY_HERE, Act.QUERY_CHANNEL, -1004)
    assert (Leg.FUND, RowKind.FEE) in legs_of(found)


def test_what_the_account_lacks_is_said_beside_a_wrong_amount_in_the_his() -> None:
    day = clean_day()
    put(day, "another amount in the HIS", NUMBER)
    day.drop(KEY, Leg.FUND)
    assert {each.id: each.category for each in day.run().discrepancies} == {
        KEY: Category.AMOUNT, f"fee:fund/42{NUMBER}": Category.FEE, f"payment:fund/42{NUMBER}": Category.SETTLEMENT,
    }  # fmt: skip


def test_what_differs_is_not_counted_among_what_agrees() -> None:
    day = clean_day()
    agreeing = day.run().matched
    put(day, "another amount in the HIS", NUMBER)
    assert day.run().matched == agreeing - 1


@pytest.mark.parametrize(("number", "ours"), [(NUMBER, True), ("KIOSK0002", False)])
@pytest.mark.parametrize("lacking", [Leg.CHANNEL, Leg.FUND])
def test_a_difference_of_the_account_belongs_to_whoever_s_order_it_names(number: str, ours: bool, lacking: Leg) -> None:
    day = clean_day()
    day.change(f"payment:{number}", [lacking], fee_fen=0)
    found = only(day)
    assert (found.category, found.ours) == (Category.FEE, ours)


def test_a_movement_of_the_account_that_names_no_order_is_not_called_another_system_s() -> None:
    movement = payment(Leg.FUND, "FLOW1", 500, payment_number="")._replace(kind=RowKind.UNKNOWN, note="分账")
    found = only(Day([movement]))
    assert (found.category, found.ours) == (Category.UNKNOWN_KIND, True)


def test_a_kind_that_nobody_knows_is_told_once_with_its_money_in_the_account() -> None:
    day = clean_day()
    put(day, "unknown kind with money", NUMBER)
    found = only(day)
    assert (found.category, found.difference_fen) == (Category.UNKNOWN_KIND, 10)
    assert legs_of(found) == [
        (Leg.CHANNEL, RowKind.UNKNOWN), (Leg.FUND, RowKind.FEE), (Leg.FUND, RowKind.PAYMENT),
    ]  # fmt: skip


def test_a_kind_that_nobody_knows_explains_no_fee_of_a_trade_with_its_number() -> None:
    """Alipay calls a trade and whatever else becomes of it by one number."""
    day = clean_day()
    put(day, "another fee", NUMBER)
    put(day, "unknown kind", NUMBER)
    day.change(f"unknown:{NUMBER}X", [Leg.CHANNEL], channel_no=f"42{NUMBER}")
    assert [each.category for each in day.run().discrepancies] == [Category.FEE, Category.UNKNOWN_KIND]


def test_a_movement_that_nobody_knows_does_not_show_that_a_trade_was_left_out() -> None:
    day = clean_day()
    put(day, "missing at the channel", NUMBER)
    day.change(KEY, [Leg.OURS], channel_no=f"42{NUMBER}")
    day.rows.append(payment(Leg.FUND, NUMBER, 1004, payment_number="")._replace(kind=RowKind.UNKNOWN, note="冻结"))
    found = day.run().discrepancies
    assert [(each.category, each.reason) for each in found] == [
        (Category.MISSING_AT_CHANNEL, Reason.ONLY_HERE), (Category.UNKNOWN_KIND, Reason.KIND_UNKNOWN),
    ]  # fmt: skip

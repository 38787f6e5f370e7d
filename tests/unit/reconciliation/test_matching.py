"""What single cases of a day are called: signs, carry over midnight, pairs that cancel, other systems' rows, links by channel number."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.reconciliation.model import FUND_MARK, Act, Category, Leg, Reason, RowState
from server.reconciliation.texts import sign_text
from tests.unit.reconciliation.days import ALL_LEGS, DAY, KEY, NUMBER, Day, at, clean_day, payment, put, refund


@pytest.mark.parametrize(
    ("what", "difference_fen", "sign"),
    [
        ("missing here", 0, "平"),  # the HIS has it, only we don't
        ("missing at the channel", -1004, "短款"),
        ("left out of the statement", 0, "平"),
        ("missing in the HIS", 1004, "长款"),
        ("only in the HIS", -1004, "短款"),
        ("another amount at the channel", 7 - 1004, "短款"),
        ("another amount in the HIS", 1004 - 7, "长款"),
        ("another state", -1004, "短款"),
        ("listed twice", 1004, "长款"),
        ("booked twice", -1004, "短款"),
        ("another fee", -2, "短款"),
        ("not in the fund statement", -1004, "短款"),
        ("refunded outside", -9, "短款"),
    ],
)
def test_the_sign_says_who_has_more(what: str, difference_fen: int, sign: str) -> None:
    day = clean_day()
    put(day, what, NUMBER)
    (found,) = day.run().discrepancies
    assert (found.difference_fen, sign_text(found.difference_fen)) == (difference_fen, sign)


def test_a_refund_turns_the_sign_round() -> None:
    day = clean_day()
    day.drop("refund:ZH202611270003R01", Leg.HIS)
    (waits,) = day.run().discrepancies
    assert (waits.category, waits.difference_fen) == (Category.CROSS_DAY, -503)


def test_every_leg_says_what_it_has() -> None:
    day = clean_day()
    put(day, "another amount in the HIS", NUMBER)
    (found,) = day.run().discrepancies
    assert [(row.leg, row.amount_fen) for row in found.rows] == [(Leg.OURS, 1004), (Leg.CHANNEL, 1004), (Leg.HIS, 7)]


def test_a_booking_after_midnight_settles_on_the_next_day() -> None:
    day = clean_day()
    put(day, "near midnight", NUMBER)
    first = day.run()
    assert [each.act for each in first.discrepancies] == [Act.WAIT]
    assert first.differing == ()
    tomorrow = DAY + timedelta(days=1)
    next_day = Day([payment(Leg.HIS, NUMBER, 1004, at(0, 1, day=tomorrow))])
    second = next_day.run(earlier=first.carried, day=tomorrow)
    assert (second.discrepancies, second.carried, second.settled) == ((), (), ((KEY, DAY),))


def test_what_nobody_tells_of_counts_after_three_days_and_only_once() -> None:
    day = clean_day()
    put(day, "near midnight", NUMBER)
    result, categories = day.run(), []
    for later in range(1, 6):
        result = Day().run(earlier=result.carried, day=DAY + timedelta(days=later))
        categories.append([each.category for each in result.discrepancies])
    assert categories == [[Category.CROSS_DAY], [Category.CROSS_DAY], [Category.MISSING_IN_HIS], [], []]


def test_a_booking_that_was_counted_is_known_when_it_comes_late() -> None:
    """The HIS was down from 20:00 to 01:00: counted as missing on its day, it must not count again as the HIS's alone."""
    day = clean_day()
    put(day, "missing in the HIS", NUMBER)
    first = day.run()
    assert [each.category for each in first.differing] == [Category.MISSING_IN_HIS]
    tomorrow = DAY + timedelta(days=1)
    second = Day([payment(Leg.HIS, NUMBER, 1004, at(1, day=tomorrow))]).run(earlier=first.carried, day=tomorrow)
    assert (second.discrepancies, second.settled) == ((), ((KEY, DAY),))


def test_what_was_counted_is_not_counted_again_on_the_next_day() -> None:
    day = clean_day()
    put(day, "missing in the HIS", NUMBER)
    second = Day().run(earlier=day.run().carried, day=DAY + timedelta(days=1))
    assert second.discrepancies == ()
    assert [each.key for each in second.carried] == [KEY]


def test_a_refund_waits_for_the_other_side() -> None:
    """The HIS writes off first, the money goes later: a refund may lie on two days."""
    day = Day()
    day.rows = [refund(Leg.OURS, "ZH1", 100), refund(Leg.HIS, "ZH1", 100)]
    assert [each.category for each in day.run().discrepancies] == [Category.CROSS_DAY]


def test_a_payment_and_its_refund_that_the_his_never_had_come_to_nothing() -> None:
    day = clean_day()
    for make in (payment, refund):
        day.rows += [make(leg, "KIOSK9", 300) for leg in (Leg.CHANNEL, Leg.FUND)]
    result = day.run()
    assert (result.discrepancies, result.cancelled) == ((), 2)


def test_a_part_that_went_back_does_not_cancel_the_payment() -> None:
    day = clean_day()
    day.rows += [payment(leg, "KIOSK9", 300) for leg in (Leg.CHANNEL, Leg.FUND)]
    day.rows += [refund(leg, "KIOSK9", 200) for leg in (Leg.CHANNEL, Leg.FUND)]
    assert len(day.run().discrepancies) == 2


def test_money_that_went_back_unbooked_is_not_expected_in_the_his() -> None:
    day = clean_day()
    there = frozenset({Leg.CHANNEL})
    for make in (payment, refund):
        day.rows += [make(Leg.OURS, "ZH9", 300, expected_in=there)]
        day.rows += [make(leg, "ZH9", 300) for leg in (Leg.CHANNEL, Leg.FUND)]
    assert day.run().discrepancies == ()


def test_a_booking_of_money_that_went_back_is_found() -> None:
    day = Day()
    day.rows = [payment(leg, "ZH9", 300) for leg in (Leg.CHANNEL, Leg.FUND, Leg.HIS)]
    day.rows.append(payment(Leg.OURS, "ZH9", 300, expected_in=frozenset({Leg.CHANNEL})))
    assert [each.reason for each in day.run().discrepancies] == [Reason.HIS_HOLDS_RETURNED]


@pytest.mark.parametrize("gone", [Leg.CHANNEL, Leg.HIS])
def test_other_systems_rows_are_shown_and_never_repaired(gone: Leg) -> None:
    day = clean_day()
    day.drop("payment:KIOSK0002", gone, *([Leg.FUND] if gone is Leg.CHANNEL else []))
    (found,) = day.run().discrepancies
    assert (found.ours, found.act) == (False, Act.CHECK_HIS)


def test_without_a_his_list_other_systems_rows_are_not_compared() -> None:
    day = clean_day()
    day.drop("payment:KIOSK0002", Leg.HIS)
    assert day.run((Leg.OURS, Leg.CHANNEL, Leg.FUND)).discrepancies == ()


def test_the_his_may_know_a_payment_by_the_channels_number_only() -> None:
    day = clean_day()
    day.change(KEY, [Leg.HIS], number="", payment_number="")
    assert day.run().discrepancies == ()


def test_one_payment_may_stand_in_the_his_once_for_each_bill() -> None:
    day = clean_day()
    day.drop(KEY, Leg.HIS)
    day.rows += [payment(Leg.HIS, NUMBER, 1000, note="A"), payment(Leg.HIS, NUMBER, 4, note="B")]
    result = day.run()
    assert (result.discrepancies, result.matched) == ((), clean_day().run().matched)


def test_two_refunds_of_one_amount_are_both_looked_for_in_the_fund_statement() -> None:
    """Some fund statements name a refund by the payment's number, so two rows may be alike."""
    day = Day()
    for number in ("ZH1R01", "ZH1R02"):
        day.rows += [refund(leg, "ZH1", 50, number=number, channel_no="42ZH1", fee_fen=0) for leg in ALL_LEGS]
    assert day.run().discrepancies == ()
    day.rows.remove(next(row for row in day.rows if row.leg is Leg.FUND))
    assert [each.category for each in day.run().discrepancies] == [Category.SETTLEMENT]


@pytest.mark.parametrize(
    ("fee_fen", "in_fund", "also"),
    [
        (1, {"fee_fen": 0}, (Category.FEE, Reason.FEE_DIFFERS, f"fee:{FUND_MARK}42{NUMBER}")),
        (0, None, (Category.SETTLEMENT, Reason.NOT_IN_FUND, f"payment:{FUND_MARK}42{NUMBER}")),
    ],
    ids=["fee", "money"],
)
@pytest.mark.parametrize("missing", [Leg.HIS, Leg.OURS])
def test_what_the_account_does_not_have_is_said_beside_another_difference(
    missing: Leg, fee_fen: int, in_fund: dict[str, int] | None, also: tuple[Category, Reason, str]
) -> None:
    """The trade statement has the row, so its being missing elsewhere explains nothing of the account."""
    day = clean_day()
    day.drop(KEY, missing, *([Leg.FUND] if in_fund is None else []))
    day.change(KEY, [Leg.CHANNEL], fee_fen=fee_fen)
    day.change(KEY, [Leg.FUND], **(in_fund or {}))
    found = {each.id: each for each in day.run().discrepancies}
    assert sorted(found) == sorted([KEY, also[2]])
    assert (found[also[2]].category, found[also[2]].reason) == also[:2]


def test_what_the_trade_statement_does_not_hold_for_good_is_told_with_its_money_in_the_account() -> None:
    day = clean_day()
    day.change(KEY, [Leg.CHANNEL], state=RowState.FAILED)
    (found,) = day.run().discrepancies
    assert (found.id, found.category) == (KEY, Category.STATE)
    assert {row.leg for row in found.rows} == {*ALL_LEGS}

"""A difference is called by the trade that it is about, also where the account's rows and fees stand beside it."""

from __future__ import annotations

from server.reconciliation.model import Leg, RowKind
from server.reconciliation.rules.day_sheets import differences
from tests.unit.reconciliation.days import Day, at, payment, refund


def left_out() -> Day:
    """Another system's payment that the HIS and the account have, and the trade statement has not."""
    return Day([payment(leg, "KIOSK9", 1000, at(9)) for leg in (Leg.FUND, Leg.HIS)])


def test_it_is_called_by_its_trade_and_not_by_the_account_s_number_or_fee() -> None:
    (found,) = left_out().run().discrepancies
    assert [row.leg for row in found.rows] == [Leg.FUND, Leg.FUND, Leg.HIS]
    assert (found.called.leg, found.called.kind, found.called.number) == (Leg.HIS, RowKind.PAYMENT, "KIOSK9")


def test_what_only_the_account_tells_of_is_called_by_its_money_and_a_lone_fee_by_itself() -> None:
    only_there = Day([payment(Leg.FUND, "KIOSK9", 1000, at(9))]).run().discrepancies
    assert {(each.called.leg, each.called.kind) for each in only_there} == {
        (Leg.FUND, RowKind.PAYMENT), (Leg.FUND, RowKind.FEE),
    }  # fmt: skip
    assert {each.called.number for each in only_there} == {"42KIOSK9"}


def test_a_fee_that_comes_back_has_the_channel_s_number_of_its_refund() -> None:
    day = Day([refund(leg, "KIOSK9", 400) for leg in (Leg.CHANNEL, Leg.HIS)])
    day.rows.append(refund(Leg.FUND, "KIOSK9", 400)._replace(fee_fen=0))
    (found,) = day.run().discrepancies
    assert (found.called.kind, found.called.number) == (RowKind.FEE, "50KIOSK9R01")


def test_a_fee_is_no_part_of_what_the_channel_has_taken() -> None:
    sheet = differences(left_out().run())
    titles = [column.title for column in sheet.columns]
    (row,) = sheet.rows
    told = dict(zip(titles, row, strict=True))
    assert (told["类型"], told["单号"], told["医院系统金额"], told["渠道金额"], told["差额"]) == (
        "收款",
        "KIOSK9",
        1000,
        1000,
        0,
    )

"""The allocation over lots: every fen placed once, in the hospital's order, whole lots before parts, never across ways of payment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.refunds.model import LotOrder
from server.refunds.rules.allocation import Allocation, Lot, Share, allocate
from tests.support.clock_and_ids import MORNING

CASH = "现金交的，请到窗口领取"


def lot(number: str, left_fen: int, days_ago: int, way: str = "wechat", stuck: str = "") -> Lot:
    return Lot(number=number, way=way, left_fen=left_fen, paid_at=MORNING - timedelta(days=days_ago), stuck=stuck)


EXAMPLE = (lot("A1", 300_000, 3), lot("A2", 200_000, 2, "alipay"), lot("C", 100_000, 1, "cash", CASH))
"""docs/protocols has it: 2,323.50 to return of 3,000.00 WeChat, 2,000.00 Alipay and 1,000.00 cash."""


def returned_fen(done: Allocation) -> int:
    return sum(share.amount_fen for share in done.returns)


def test_newest_first_without_cash() -> None:
    done = allocate(232_350, EXAMPLE, LotOrder.NEWEST_FIRST)
    assert done.returns == (
        Share(number="A2", way="alipay", amount_fen=200_000, paid_at=MORNING - timedelta(days=2)),
        Share(number="A1", way="wechat", amount_fen=32_350, paid_at=MORNING - timedelta(days=3)),
    )
    assert (done.window, done.unplaced_fen) == ((), 0)


def test_oldest_first() -> None:
    done = allocate(232_350, EXAMPLE, LotOrder.OLDEST_FIRST)
    assert done.returns == (Share(number="A1", way="wechat", amount_fen=232_350, paid_at=MORNING - timedelta(days=3)),)


def test_what_its_channel_can_t_return_goes_to_the_window_and_only_what_the_others_do_not_cover() -> None:
    old = lot("A0", 50_000, 400, "wechat", "微信支付只能退365天内的钱")
    done = allocate(570_000, (*EXAMPLE, old), LotOrder.OLDEST_FIRST)
    assert [share.amount_fen for share in done.returns] == [300_000, 200_000]
    assert [(share.number, share.amount_fen) for share in done.window] == [("A0", 50_000), ("C", 20_000)]
    assert done.window_fen == 70_000


def test_what_no_lot_covers_is_said() -> None:
    done = allocate(700_000, EXAMPLE, LotOrder.NEWEST_FIRST)
    assert (returned_fen(done), done.window_fen, done.unplaced_fen) == (500_000, 200_000, 100_000)


def test_nothing_to_return_touches_nothing() -> None:
    assert allocate(0, EXAMPLE, LotOrder.NEWEST_FIRST).returns == ()


@pytest.mark.parametrize("wrong", [(-1, ()), (1, (lot("A", -1, 1),))])
def test_less_than_nothing(wrong: tuple[int, tuple[Lot, ...]]) -> None:
    with pytest.raises(ValueError, match="less than nothing"):
        allocate(*wrong, LotOrder.NEWEST_FIRST)


LOTS = st.lists(
    st.builds(
        lambda number, left, days, way, stuck: lot(number, left, days, way, stuck),
        st.text("AB", min_size=1, max_size=6), st.integers(0, 500_000), st.integers(0, 500), st.sampled_from(["wechat", "alipay", "cash"]),
        st.sampled_from(["", "", "太久"]),
    ),
    max_size=8, unique_by=lambda one: one.number,
)  # fmt: skip


@given(st.integers(0, 3_000_000), LOTS, st.sampled_from(LotOrder))
def test_every_fen_is_placed_once(return_fen: int, lots: list[Lot], order: LotOrder) -> None:
    done = allocate(return_fen, lots, order)
    shares = (*done.returns, *done.window)
    known = {one.number: one for one in lots}
    assert sum(share.amount_fen for share in shares) + done.unplaced_fen == return_fen
    assert len({share.number for share in shares}) == len(shares)
    for share in shares:
        assert 0 < share.amount_fen <= known[share.number].left_fen
        assert (share.way, share.stuck) == (known[share.number].way, known[share.number].stuck)
    partial = [share for share in shares if share.amount_fen < known[share.number].left_fen]
    assert len(partial) <= 1
    assert partial in ([], [shares[-1]] if shares else [])
    if done.unplaced_fen:
        assert sum(one.left_fen for one in lots) < return_fen
    if done.window_fen:
        assert returned_fen(done) == sum(one.left_fen for one in lots if not one.stuck)
    times = [(known[share.number].paid_at, share.number) for share in done.returns]
    assert times == sorted(times, reverse=order is LotOrder.NEWEST_FIRST)


@given(st.integers(0, 3_000_000), LOTS, st.sampled_from(LotOrder), st.randoms())
def test_the_order_in_which_lots_are_told_changes_nothing(
    return_fen: int, lots: list[Lot], order: LotOrder, dice: object
) -> None:
    assert allocate(return_fen, lots, order) == allocate(return_fen, list(reversed(lots)), order)

"""How long the words of the HIS's day list may be, and how many rows a page asks for."""

from __future__ import annotations

from typing import Any

import pytest

from server.core.errors import OutcomeUnknown
from server.platforms.his.day_list import day_list
from tests.unit.platforms.test_his_day_list_pages import DAY, ListingHis, a_row

pytestmark = pytest.mark.asyncio
MOST_FEN = 1_000_000_000_000


def items(many: int) -> list[dict[str, Any]]:
    return [{"category": "检验", "amount_fen": 1}] * many


@pytest.mark.parametrize(
    ("fits", "too_much"),
    [
        ({"his_trade_no": "1"}, {"his_trade_no": ""}),
        ({"his_trade_no": "1" * 64}, {"his_trade_no": "1" * 65}),
        ({"operator": "1" * 64}, {"operator": "1" * 65}),
        ({"amount_fen": 0}, {"amount_fen": -1}),
        ({"amount_fen": MOST_FEN}, {"amount_fen": MOST_FEN + 1}),
        ({"items": items(200)}, {"items": items(201)}),
    ],
)
async def test_a_row_is_as_long_as_it_may_be(fits: dict[str, Any], too_much: dict[str, Any]) -> None:
    assert len(await day_list(ListingHis(a_row(1, **fits)), DAY) or ()) == 1
    with pytest.raises(OutcomeUnknown):
        await day_list(ListingHis(a_row(1, **too_much)), DAY)


async def test_a_page_has_five_hundred_rows() -> None:
    his = ListingHis(a_row(1))
    await day_list(his, DAY)
    assert [asked["limit"] for asked in his.asked] == [500]

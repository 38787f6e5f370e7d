"""How much an answer about inpatients may hold (docs/his-interface.md section 8), and each of its sums: one fen beside it is no answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest

from server.core.errors import OutcomeUnknown
from server.platforms.his.inpatient import HttpInpatient
from server.refunds.model import LotOrder
from tests.unit.platforms.test_his_inpatients import ADMISSION, DAY, DEPOSIT, STAY, answering

pytestmark = pytest.mark.asyncio
Ask = Callable[[HttpInpatient], Awaitable[Any]]
THE_DAY = date(2026, 11, 20)
ITEM = DAY["kinds"][0]["items"][0]
NOTHING = {"category": "床位", "amount_fen": 0, "items": []}
SETTLEMENT: dict[str, Any] = {
    "settlement_no": "S1", "total_fen": 1000, "fund_fen": 500, "account_fen": 200, "own_fen": 300, "deposits_fen": 400, "to_pay_fen": 0,
    "to_return_fen": 100, "return_order": "oldest", "kinds": [{"category": "床位", "amount_fen": 600}, {"category": "药品", "amount_fen": 400}],
}  # fmt: skip


def admission(his: HttpInpatient) -> Awaitable[Any]:
    return his.admission("ZY1")


def admissions(his: HttpInpatient) -> Awaitable[Any]:
    return his.admissions("C1")


def deposits(his: HttpInpatient) -> Awaitable[Any]:
    return his.deposits(STAY)


def day_list(his: HttpInpatient) -> Awaitable[Any]:
    return his.day_list(STAY, THE_DAY)


def presettle(his: HttpInpatient) -> Awaitable[Any]:
    return his.presettle(STAY)


def an_admission(**fields: Any) -> dict[str, Any]:
    return {"admission": ADMISSION | fields}


def a_deposit(**fields: Any) -> dict[str, Any]:
    return {"deposits": [DEPOSIT | fields]}


def a_day(*kinds: dict[str, Any], amount_fen: int) -> dict[str, Any]:
    return {"date": "2026-11-20", "amount_fen": amount_fen, "kinds": list(kinds)}


def a_kind(**fields: Any) -> dict[str, Any]:
    return {"category": "床位", "amount_fen": 60, "items": [ITEM], **fields}


LISTS: dict[str, tuple[Ask, Callable[[int], dict[str, Any]], int]] = {
    "admissions": (admissions, lambda many: {"admissions": [ADMISSION] * many}, 50),
    "deposits": (deposits, lambda many: {"deposits": [DEPOSIT] * many}, 500),
    "kinds of a day": (day_list, lambda many: a_day(*[NOTHING] * many, amount_fen=0), 50),
    "items of a kind": (
        day_list, lambda many: a_day(a_kind(amount_fen=60 * many, items=[ITEM] * many), amount_fen=60 * many), 500,
    ),
    "kinds of a settlement": (
        presettle, lambda many: SETTLEMENT | {"kinds": [{"category": "床位", "amount_fen": 1000}, *[NOTHING] * (many - 1)]}, 50,
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", LISTS)
async def test_a_list_is_as_long_as_it_may_be(what: str) -> None:
    ask, data, most = LISTS[what]
    assert await ask(answering(data(most)))
    with pytest.raises(OutcomeUnknown):
        await ask(answering(data(most + 1)))


WORDS: dict[str, tuple[Ask, Callable[[str], dict[str, Any]]]] = {
    **{
        name: (admission, lambda text, name=name: an_admission(**{name: text}))  # type: ignore[misc]
        for name in ("patient_name", "department", "ward", "bed", "doctor")
    },
    "receipt_no": (deposits, lambda text: a_deposit(receipt_no=text)),
    "out_trade_no": (deposits, lambda text: a_deposit(out_trade_no=text)),
    "spec": (day_list, lambda text: a_day(a_kind(items=[{**ITEM, "spec": text}]), amount_fen=60)),
}


@pytest.mark.parametrize("what", WORDS)
async def test_a_word_has_sixty_four_characters_at_most(what: str) -> None:
    ask, data = WORDS[what]
    for fits in ("", "字" * 64):
        assert await ask(answering(data(fits)))
    with pytest.raises(OutcomeUnknown):
        await ask(answering(data("字" * 65)))


NUMBERS: dict[str, tuple[Ask, Callable[[str], dict[str, Any]]]] = {
    "card_no": (admission, lambda text: an_admission(card_no=text)),
    "his_trade_no": (deposits, lambda text: a_deposit(his_trade_no=text)),
    "settlement_no": (presettle, lambda text: SETTLEMENT | {"settlement_no": text}),
}


@pytest.mark.parametrize("what", NUMBERS)
async def test_a_number_has_from_one_to_sixty_four_characters(what: str) -> None:
    ask, data = NUMBERS[what]
    for fits in ("1", "1" * 64):
        assert await ask(answering(data(fits)))
    for wrong in ("", "1" * 65):
        with pytest.raises(OutcomeUnknown):
            await ask(answering(data(wrong)))


@pytest.mark.parametrize(("stay", "holds"), [(0, False), (1, True), (9999, True), (10_000, False)])
async def test_stays_are_counted_from_one_to_9999(stay: int, holds: bool) -> None:
    if holds:
        assert (await admission(answering(an_admission(stay=stay)))).stay.count == stay
    else:
        with pytest.raises(OutcomeUnknown):
            await admission(answering(an_admission(stay=stay)))


async def test_a_presettlement_is_read() -> None:
    told = await presettle(answering(SETTLEMENT))
    assert (told.number, told.order, [kind.amount_fen for kind in told.kinds]) == ("S1", LotOrder("oldest"), [600, 400])
    parts = (told.total_fen, told.fund_fen, told.account_fen, told.own_fen)
    assert parts == (1000, 500, 200, 300)
    assert (told.deposits_fen, told.to_pay_fen, told.to_return_fen) == (400, 0, 100)
    owing = await presettle(answering(SETTLEMENT | {"deposits_fen": 250, "to_pay_fen": 50, "to_return_fen": 0}))
    assert (owing.to_pay_fen, owing.to_return_fen) == (50, 0)
    assert (await presettle(answering(SETTLEMENT | {"kinds": []}))).kinds == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"fund_fen": 501},
        {"account_fen": 201},
        {"fund_fen": 100, "account_fen": -200},
        {"total_fen": 1001},
        {"to_return_fen": 101},
        {"to_pay_fen": 1},
        {"deposits_fen": 401},
        {"deposits_fen": 200, "to_return_fen": 0},
        {"kinds": [{"category": "床位", "amount_fen": 999}]},
    ],
    ids=str,
)
async def test_a_presettlement_whose_sums_do_not_hold(wrong: dict[str, Any]) -> None:
    with pytest.raises(OutcomeUnknown):
        await presettle(answering(SETTLEMENT | wrong))


async def test_a_day_s_items_are_their_kind() -> None:
    """Though its kinds are the day."""
    day = a_day(a_kind(amount_fen=61), amount_fen=61)
    with pytest.raises(OutcomeUnknown):
        await day_list(answering(day))


async def test_why_a_deposit_is_low_is_cut_and_not_refused() -> None:
    told = await admission(answering(an_admission(low_reason="字" * 101)))
    assert told.low_reason == "字" * 100

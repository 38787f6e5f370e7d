"""Seeded runs of an old balance: taps, answers from an earlier moment, lost answers, money moved onto the card meanwhile. No fen goes twice."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

import server.old_balances.rules as rules
from server.core.errors import ChargeChanged, NotAllowed, ZhenfuError
from server.old_balances.model import OldBalance
from server.payments.refund_model import SHARE_FREE, RefundState
from tests.support.balance_desk import BalanceDesk
from tests.support.builders import CARD
from tests.support.old_balances import FaithfulOldBalances

pytestmark = pytest.mark.asyncio
SEEDS = range(1, 25)
STEPS = 14


class LateBalances(FaithfulOldBalances):
    """Now and then it answers as it was a moment ago."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self._dice = dice
        self._before: OldBalance | None = None

    async def balance(self, card_no: str) -> OldBalance | None:
        now = await super().balance(card_no)
        told = self._before if self._before is not None and self._dice.random() < 0.4 else now
        self._before = now
        return told


async def a_run(seed: int) -> tuple[BalanceDesk, str]:
    """After a run, when everything has come to rest."""
    dice = random.Random(seed)
    desk = BalanceDesk(LateBalances(dice))
    await desk.enter()
    payment = await desk.a_bill_is_moved(dice.randint(1, 600))
    for _ in range(STEPS):
        await _step(desk, dice, payment.id, payment.paid_fen)
    await _comes_to_rest(desk)
    with suppress(NotAllowed):
        await desk.give_back()
    await _comes_to_rest(desk)
    return desk, payment.id


async def _comes_to_rest(desk: BalanceDesk) -> None:
    """Everything is done, and the HIS answers as it is."""
    for _ in range(STEPS):
        desk.memory_app.clock.forward(seconds=3600)
        await desk.memory_app.work()
        await desk.money_arrives()
    await desk.view()


async def _step(desk: BalanceDesk, dice: random.Random, number: str, paid_fen: int) -> None:
    kind = dice.choice(("tap", "tap", "work", "arrive", "lose", "grow"))
    if kind == "tap":
        try:
            await desk.give_back()
        except (NotAllowed, ChargeChanged):
            return
    elif kind == "work":
        await desk.memory_app.work()
    elif kind == "arrive":
        await desk.money_arrives()
    elif kind == "lose":
        desk.memory_app.his.will_lose_the_answer("refund_release")
    else:
        _grow(desk, dice, number, paid_fen)


def _grow(desk: BalanceDesk, dice: random.Random, number: str, paid_fen: int) -> None:
    """The window puts some more of the payment onto the card."""
    known = desk.his.known[CARD]
    [lot] = [one for one in known.lots if one.out_trade_no == number]
    more_fen = dice.randint(0, paid_fen - lot.amount_fen)
    lots = tuple(replace(one, amount_fen=one.amount_fen + more_fen) if one is lot else one for one in known.lots)
    desk.balance_is(lots=lots, balance_fen=known.balance_fen + more_fen)


async def problems_of(seed: int) -> list[str]:
    try:
        desk, number = await a_run(seed)
    except ZhenfuError as error:
        return [f"{type(error).__name__}: {error}"]
    payment, known = await desk.memory_app.payment(number), desk.his.known[CARD]
    [lot] = [one for one in known.lots if one.out_trade_no == number]
    asked_fen = sum(one.amount_fen for one in payment.refunds if one.state not in SHARE_FREE)
    found = []
    if asked_fen > lot.amount_fen:
        found.append("more was asked back than lay on the card")
    if (await desk.view()).returnable_fen:
        found.append("something could not be asked back")
    if any(one.state is RefundState.REJECTED for one in payment.refunds):
        found.append("the HIS had to refuse")
    if any(one.state is not RefundState.SUCCEEDED for one in payment.refunds):
        found.append("something never came to rest")
    if known.balance_fen != 10_000 + lot.amount_fen - asked_fen:
        found.append("the HIS's balance is not what did not go back")
    return found


@pytest.mark.parametrize("seed", SEEDS)
async def test_no_fen_goes_twice(seed: int) -> None:
    assert await problems_of(seed) == []


@pytest.mark.parametrize(
    "broken",
    [
        lambda: patch.object(rules, "still_in_balance_fen", lambda told, payment: 0),
        lambda: patch("server.old_balances.service.request_of", lambda payment: f"{rules.REQUEST}-1"),
    ],
    ids=["nothing is on its way", "every request is the first"],
)
async def test_a_broken_copy_is_noticed(broken: Callable[[], Any]) -> None:
    with broken():
        found = [await problems_of(seed) for seed in SEEDS]
    assert any(found)

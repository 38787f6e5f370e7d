"""Seeded runs of deposits and discharges with faults at every call: the hospital's, the channel's and our books agree; and broken copies are noticed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

import server.inpatient.discharge
from server.inpatient.deposit_purpose import DepositPurpose
from server.inpatient.discharge_purpose import DischargePurpose
from server.payments.model import Booking, Payment
from server.refunds.lots import LotReader
from server.refunds.model import Deposit
from server.refunds.rules.allocation import Allocation, Lot, allocate
from tests.support.hospital_runs import Patches, is_noticed, problems_of
from tests.support.inpatient_runs import InpatientRun

pytestmark = pytest.mark.asyncio
SEEDS = range(1, 13)


@pytest.mark.parametrize("seed", SEEDS)
async def test_the_books_agree(seed: int) -> None:
    assert await problems_of(InpatientRun(seed)) == []


def a_fen_is_lost() -> Patches:
    def short(return_fen: int, lots: Sequence[Lot], order: Any) -> Allocation:
        done = allocate(return_fen, lots, order)
        return replace(done, returns=tuple(replace(one, amount_fen=one.amount_fen - 1) for one in done.returns))

    return [patch.object(server.inpatient.discharge, "allocate", short)]


def lots_are_whole_again() -> Patches:
    """What went back already is given once more."""
    real = LotReader._lot

    def whole(self: LotReader, hospital_id: str, deposit: Deposit, payment: Payment | None) -> Lot:
        return replace(real(self, hospital_id, deposit, payment), left_fen=deposit.amount_fen)

    return [patch.object(LotReader, "_lot", whole)]


def a_found_settlement_is_not_carried_out() -> Patches:
    async def check(self: DischargePurpose, payment: Payment) -> Booking | None:
        return await self._hospitals[payment.hospital].his.check(payment.id)

    return [patch.object(DischargePurpose, "check", check)]


def the_rest_is_never_asked_back() -> Patches:
    async def nothing(self: DischargePurpose, payment: Payment, plan: Any) -> None:
        """Nobody asks."""

    return [patch.object(DischargePurpose, "_give_back", nothing)]


def a_deposit_is_told_short() -> Patches:
    real = DepositPurpose.book

    async def book(self: DepositPurpose, payment: Payment) -> Booking:
        part = payment.parts[0]
        asked = replace(part.request, amount_fen=part.request.amount_fen - 1)
        return await real(self, replace(payment, parts=(replace(part, request=asked),)))

    return [patch.object(DepositPurpose, "book", book)]


def nothing_is_written_off() -> Patches:
    async def release(self: DepositPurpose, payment: Payment, asked: Any) -> str:
        return "W1"

    return [patch.object(DepositPurpose, "release", release)]


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (a_fen_is_lost, "to return"),
        (lots_are_whole_again, "are planned"),
        (a_found_settlement_is_not_carried_out, "never asked back"),
        (the_rest_is_never_asked_back, "never asked back"),
        (a_deposit_is_told_short, "the HIS holds"),
        (nothing_is_written_off, "the HIS's balance"),
    ],
)
async def test_a_broken_copy_is_noticed(broken: Callable[[], Patches], told: str) -> None:
    assert await is_noticed(broken, told, InpatientRun)

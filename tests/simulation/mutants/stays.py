"""Deposits and discharges, broken: fen that the allocation loses, lots that give twice or by another channel, settlements that nobody carries out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import server.inpatient.deposit_purpose
import server.inpatient.discharge
from server.inpatient.deposit_purpose import DepositPurpose
from server.inpatient.discharge_purpose import DischargePurpose
from server.payments.his_ports import RefundAsked
from server.payments.model import Booking, Payment
from server.refunds.lots import LotReader
from server.refunds.model import Deposit
from server.refunds.rules.allocation import Allocation, Lot, allocate
from tests.simulation.mutants.patching import Patches


def a_fen_of_each_lot_is_lost() -> Patches:
    def short(return_fen: int, lots: Sequence[Lot], order: Any) -> Allocation:
        done = allocate(return_fen, lots, order)
        return replace(done, returns=tuple(replace(one, amount_fen=one.amount_fen - 1) for one in done.returns))

    return [patch.object(server.inpatient.discharge, "allocate", short)]


def lots_are_whole_again() -> Patches:
    real = LotReader._lot

    def whole(self: LotReader, hospital_id: str, deposit: Deposit, payment: Payment | None) -> Lot:
        return replace(real(self, hospital_id, deposit, payment), left_fen=deposit.amount_fen)

    return [patch.object(LotReader, "_lot", whole)]


def lots_cross_channels() -> Patches:
    real = LotReader._lot

    def crossed(self: LotReader, hospital_id: str, deposit: Deposit, payment: Payment | None) -> Lot:
        lot = real(self, hospital_id, deposit, payment)
        return lot if payment is None else replace(lot, way="wechat")

    return [patch.object(LotReader, "_lot", crossed)]


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


def a_deposit_is_not_written_off() -> Patches:
    async def release(self: DepositPurpose, payment: Payment, asked: RefundAsked) -> str:
        return f"W{asked.out_refund_no[-6:]}"

    return [patch.object(DepositPurpose, "release", release)]


def the_cap_is_not_looked_at() -> Patches:
    return [patch.object(server.inpatient.deposit_purpose, "must_be_taken", lambda state, quote, amount_fen: None)]

"""Deposits and discharges, broken: fen that the allocation loses, lots that give twice or by another channel, settlements that nobody carries out,
money that is called back while it is on its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import server.inpatient.deposit_purpose
import server.inpatient.discharge
from server.inpatient.deposit_purpose import DepositPurpose
from server.inpatient.discharge_purpose import DischargePurpose
from server.inpatient.rules import standings
from server.payments.his_ports import RefundAsked
from server.payments.model import Booking, Payment
from server.payments.refund_model import RefundState
from server.refunds.lots import LotReader
from server.refunds.model import Deposit
from server.refunds.rules.allocation import Allocation, Lot, allocate
from server.refunds.rules.shares import ShareState
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


def only_what_has_arrived_is_gone() -> Patches:
    real = LotReader._lot

    def lot(self: LotReader, hospital_id: str, deposit: Deposit, payment: Payment | None) -> Lot:
        """What is on its way is given again."""
        if payment is None:
            return real(self, hospital_id, deposit, payment)
        arrived_fen = sum(one.amount_fen for one in payment.refunds if one.state is RefundState.SUCCEEDED)
        return replace(real(self, hospital_id, deposit, payment), left_fen=payment.paid_fen - arrived_fen)

    return [patch.object(LotReader, "_lot", lot)]


def sent_is_called_returned() -> Patches:
    real = standings._state

    def state(settlement: Payment, lot: Payment | None) -> ShareState:
        found = real(settlement, lot)
        return ShareState.RETURNED if found is ShareState.UNDER_WAY else found

    return [patch.object(standings, "_state", state)]

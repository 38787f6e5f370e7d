"""Purposes and parts, broken: slots that are not freed, parts that stand for the whole, money back by the wrong channel or in the wrong order."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from unittest.mock import patch

import server.payments.rules.going_back
import server.payments.rules.paying
import server.payments.rules.refund_shares
from server.effects.model import Effect
from server.payments.freeing import FreeingService
from server.payments.his_ports import RefundAsked
from server.payments.his_trades import HisTrades
from server.payments.ledger import Decide
from server.payments.model import Payment
from server.payments.part import Part, PartState
from server.payments.rules.refund_shares import left_fen
from tests.simulation.mutants.patching import Patches


def nothing_is_freed() -> Patches:
    return [
        patch.object(server.payments.rules.going_back, "freeing", lambda payment, now: payment),
        patch.object(server.payments.rules.paying, "freeing", lambda payment, now: payment),
    ]


def freed_without_asking() -> Patches:
    async def run(self: FreeingService, payment: Payment, effect: Effect) -> Decide:
        token, now = effect.lease or "", self._clock.now()
        return lambda current: server.payments.rules.going_back.freed(current, token, now)

    return [patch.object(FreeingService, "run", run)]


def one_part_is_enough() -> Patches:
    real = server.payments.rules.paying._with_money

    def with_money(payment: Payment, *given: object) -> Payment:
        parts = tuple(replace(part, state=PartState.PAID) for part in payment.parts)
        return real(replace(payment, parts=parts), *given)  # type: ignore[arg-type]

    return [patch.object(server.payments.rules.paying, "_with_money", with_money)]


def the_paid_part_is_kept() -> Patches:
    return [patch.object(server.payments.rules.paying, "begin_return", lambda payment, why, now: payment)]


def all_refunds_by_the_first_channel() -> Patches:
    return [patch.object(Payment, "part_of", lambda payment, refund: payment.parts[0])]


def undone_in_any_order() -> Patches:
    def last(payment: Payment) -> Part | None:
        return next((part for part in reversed(payment.parts) if left_fen(payment, part) > 0), None)

    return [patch.object(server.payments.rules.refund_shares, "next_to_undo", last)]


def only_one_part_is_closed() -> Patches:
    real = server.payments.rules.going_back.closing_open

    def first_only(payment: Payment, due_at: datetime) -> Payment:
        shut = real(payment, due_at)
        later = [part.order_no for part in payment.parts[1:]]
        return replace(shut, effects=tuple(effect for effect in shut.effects if effect.subject not in later))

    return [
        patch.object(server.payments.rules.going_back, "closing_open", first_only),
        patch.object(server.payments.rules.paying, "closing_open", first_only),
    ]


def written_off_without_asking() -> Patches:
    async def release(self: HisTrades, payment: Payment, asked: RefundAsked) -> str:
        return f"W{asked.out_refund_no[-6:]}"

    return [patch.object(HisTrades, "release", release)]

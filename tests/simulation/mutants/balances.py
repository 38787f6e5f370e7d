"""Old balances, broken: lots that give twice or by another channel, fen that are lost, a HIS that is not told, a page that says too much."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import server.old_balances.rules
import server.old_balances.service
import server.refunds.rules.requests
from sandbox.world.people import invented_people
from server.core.ports import Sealer
from server.old_balances.rules import REQUEST
from server.patients.model import BoundCard
from server.patients.news_marks import NewsMarks
from server.patients.visible_cards import card_key
from server.payments.his_ports import RefundAsked
from server.payments.model import Payment
from server.payments.purposes.bills.purpose import BillsPurpose
from server.payments.refund_model import Refund
from server.refunds.lots import LotReader
from server.refunds.model import Deposit
from server.refunds.rules.allocation import Allocation, Lot, allocate
from server.refunds.rules.shares import ShareState, state_of
from tests.simulation.mutants.patching import Patches

_LOT = LotReader._lot


def a_lot_is_paid_twice() -> Patches:
    """Each tap is a request of its own, whatever was asked before: whoever comes back after a machine has died over it asks once more."""
    numbers = itertools.count(1)

    def left(self: LotReader, hospital_id: str, deposit: Deposit, payment: Payment | None) -> Lot:
        lot = _LOT(self, hospital_id, deposit, payment)
        return replace(lot, left_fen=deposit.amount_fen - deposit.returned_fen)

    def as_told(told: Sequence[Deposit], ours: Mapping[str, Payment]) -> tuple[tuple[Deposit, ...], int]:
        return tuple(told), 0

    service, requests = server.old_balances.service, server.refunds.rules.requests
    return [
        patch.object(service, "by_our_books", as_told),
        patch.object(LotReader, "_lot", left),
        patch.object(service, "request_of", lambda payment: f"{REQUEST}-{next(numbers)}"),
        patch.object(requests, "must_be_askable", lambda payment, amount_fen, lines: None),
        patch.object(requests, "must_be_left", lambda payment, lines: None),
    ]


def another_lot_covers_it_again() -> Patches:
    """What is on its way is taken off its lot and not off the balance: another lot gives the same fen."""
    real = server.old_balances.rules.by_our_books

    def lots_only(told: Sequence[Deposit], ours: Mapping[str, Payment]) -> tuple[tuple[Deposit, ...], int]:
        return real(told, ours)[0], 0

    return [patch.object(server.old_balances.service, "by_our_books", lots_only)]


def balance_lots_cross_channels() -> Patches:
    def crossed(self: LotReader, hospital_id: str, deposit: Deposit, payment: Payment | None) -> Lot:
        lot = _LOT(self, hospital_id, deposit, payment)
        return lot if payment is None else replace(lot, way="wechat")

    return [patch.object(LotReader, "_lot", crossed)]


def a_balance_is_not_written_off() -> Patches:
    real = BillsPurpose.release

    async def release(self: BillsPurpose, payment: Payment, asked: RefundAsked) -> str:
        refund = payment.refund(asked.out_refund_no)
        mine = refund is not None and refund.request_id.startswith(REQUEST)
        return f"W{asked.out_refund_no[-6:]}" if mine else await real(self, payment, asked)

    return [patch.object(BillsPurpose, "release", release)]


def spent_money_goes_back() -> Patches:
    """Every lot goes back whole, whatever is left on the card."""

    def whole(return_fen: int, lots: Sequence[Lot], order: Any) -> Allocation:
        return allocate(sum(lot.left_fen for lot in lots), lots, order)

    return [patch.object(server.old_balances.service, "allocate", whole)]


def a_fen_of_each_balance_lot_is_lost() -> Patches:
    def short(return_fen: int, lots: Sequence[Lot], order: Any) -> Allocation:
        done = allocate(return_fen, lots, order)
        return replace(done, returns=tuple(replace(one, amount_fen=one.amount_fen - 1) for one in done.returns))

    return [patch.object(server.old_balances.service, "allocate", short)]


def what_was_asked_is_called_returned() -> Patches:
    def said(lot: Payment, refund: Refund) -> ShareState:
        found = state_of(lot, refund)
        return ShareState.RETURNED if found is ShareState.UNDER_WAY else found

    return [patch.object(server.old_balances.rules, "state_of", said)]


def balances_of_anybody() -> Patches:
    """The key alone opens a balance: whether the card is bound is not looked at."""

    def any_card(sealer: Sealer, hospital_id: str, cards: Iterable[BoundCard], key: str) -> BoundCard | None:
        everybody = (number for person in invented_people() for number in person.cards)
        found = next((number for number in everybody if card_key(sealer, hospital_id, number) == key), None)
        return None if found is None else BoundCard(hospital=hospital_id, owner="", card_no=found, name="")

    return [patch.object(server.old_balances.service, "card_of_key", any_card)]


def too_old_lots_go_back() -> Patches:
    """Nobody looks how far back a channel takes refunds."""
    return [patch.object(LotReader, "_stuck", lambda self, hospital, payment: "")]


def balance_told_in_each_round() -> Patches:
    """That somebody was told is noted and not looked at."""
    real = NewsMarks.first

    async def first(self: NewsMarks, purpose: str, key: str) -> bool:
        await real(self, purpose, key)
        return True

    return [patch.object(NewsMarks, "first", first)]


def undelivered_counts_as_told() -> Patches:
    """What a platform reports of a message is not heard."""

    async def reported(self: NewsMarks, hospital: str, number: str, delivered: bool) -> bool:
        return True

    return [patch.object(NewsMarks, "reported", reported)]

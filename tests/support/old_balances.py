"""Invented old balances of outpatient cards, and a HIS that tells of them as it should."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from server.core.errors import RefusedInWords
from server.old_balances.model import BalancePage, ListedBalance, ListPlace, OldBalance
from server.payments.his_ports import RefundAsked
from server.payments.model import Payment
from server.refunds.model import Deposit, LotOrder
from tests.support.builders import CARD
from tests.support.clock_and_ids import MORNING
from tests.support.inpatients import a_deposit
from tests.support.played import Played

LONG_AGO = MORNING - timedelta(days=700)


def an_old_balance(**fields: Any) -> OldBalance:
    """100.00 in cash, nothing of it spent."""
    facts: dict[str, Any] = {
        "card_no": CARD,
        "patient_name": "张测试",
        "balance_fen": 10_000,
        "lots": (a_deposit(amount_fen=10_000, paid_at=LONG_AGO),),
        "order": LotOrder.OLDEST_FIRST,
        "window": "门诊 6 号窗口",
    }
    return OldBalance(**{**facts, **fields})


def moved(payment: Payment, amount_fen: int | None = None) -> Deposit:
    """A payment of ours whose money the window has put onto the card."""
    return a_deposit(
        his_trade_no=f"HIS-{payment.id}",
        way=payment.parts[0].channel,
        amount_fen=payment.paid_fen if amount_fen is None else amount_fen,
        paid_at=payment.paid_at,
        out_trade_no=payment.id,
    )


class FaithfulOldBalances(Played):
    """A HIS that gives back no more than is left."""

    def __init__(self, *balances: OldBalance) -> None:
        super().__init__()
        self.known = {balance.card_no: balance for balance in balances or (an_old_balance(),)}
        self.phones = dict.fromkeys(self.known, "13800000001")

    async def balance(self, card_no: str) -> OldBalance | None:
        await self._begin("balance", card_no)
        return self.known.get(card_no)

    async def balances(self, place: ListPlace, limit: int) -> BalancePage:
        await self._begin("balances", (place.count, limit))
        lines = [
            ListedBalance(
                card_no=one.card_no,
                patient_name=one.patient_name,
                phone=self.phones.get(one.card_no, ""),
                balance_fen=one.balance_fen,
            )
            for one in self.known.values()
            if one.balance_fen
        ]
        begins = next((number for number, line in enumerate(lines, 1) if line.card_no == place.last), 0)
        page = tuple(lines[begins : begins + limit])
        count = begins + len(page)
        goes_on = ListPlace(count, page[-1].card_no) if page and count < len(lines) else None
        return BalancePage(total=len(lines), lines=page, before=begins, next=goes_on)

    def written_off(self, asked: RefundAsked) -> None:
        """Raises OutsideRefusal for more than is left of the balance in which this payment lies."""
        for balance in list(self.known.values()):
            if any(lot.out_trade_no == asked.out_trade_no for lot in balance.lots):
                self._take(balance, asked)

    def _take(self, balance: OldBalance, asked: RefundAsked) -> None:
        if asked.amount_fen > balance.balance_fen:
            raise RefusedInWords("his", "REFUSED", user_message="余额不足")
        lots = tuple(
            replace(lot, returned_fen=lot.returned_fen + asked.amount_fen)
            if lot.out_trade_no == asked.out_trade_no
            else lot
            for lot in balance.lots
        )
        left_fen = balance.balance_fen - asked.amount_fen
        self.known[balance.card_no] = replace(balance, balance_fen=left_fen, lots=lots)

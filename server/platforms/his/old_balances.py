"""The HIS's functions for old outpatient balances as old_balances.ports.OldBalanceSystem (docs/his-interface.md section 11), read strictly."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue

from server.core.errors import OutcomeUnknown
from server.old_balances.model import BalancePage, ListedBalance, OldBalance
from server.platforms.his.account import SYSTEM
from server.platforms.his.asking import Asking, read
from server.platforms.his.inpatient_wire import DepositWire, read_lots
from server.platforms.his.wire import REASON_CHARS_MAX, Fen, Number, Wire, Word, strictly
from server.refunds.model import LotOrder

LOTS_MAX = 500
LINES_MAX = 500


class _Balance(Wire):
    card_no: Number
    patient_name: Word
    balance_fen: Fen
    return_order: Literal["newest", "oldest"]
    lots: list[DepositWire] = Field(max_length=LOTS_MAX)
    window: str = ""


class _BalanceData(Wire):
    balance: _Balance


class _Line(Wire):
    card_no: Number
    patient_name: Word
    phone: Word = ""
    balance_fen: Fen


class _ListData(Wire):
    total: int = Field(ge=0, le=10**9)
    balances: list[_Line] = Field(max_length=LINES_MAX)


class HttpOldBalances:
    def __init__(self, his: Asking) -> None:
        self._his = his

    async def balance(self, card_no: str) -> OldBalance | None:
        data = await self._his.ask("old_balance.query", {"card_no": card_no})
        balance = None if data is None else read(_read_balance, data)
        if balance is not None and balance.card_no != card_no:
            raise OutcomeUnknown(SYSTEM, "answer about another card")
        return balance

    async def balances(self, offset: int, limit: int) -> BalancePage:
        data = await self._his.ask("old_balance.list", {"offset": offset, "limit": limit})
        return BalancePage(total=0, lines=()) if data is None else read(_read_page, data)


def _read_balance(data: dict[str, JsonValue]) -> OldBalance:
    told = strictly(_BalanceData, data).balance
    return OldBalance(
        card_no=told.card_no,
        patient_name=told.patient_name,
        balance_fen=told.balance_fen,
        lots=read_lots(told.lots),
        order=LotOrder(told.return_order),
        window=told.window[:REASON_CHARS_MAX],
    )


def _read_page(data: dict[str, JsonValue]) -> BalancePage:
    told = strictly(_ListData, data)
    lines = (ListedBalance(**line.model_dump()) for line in told.balances)
    return BalancePage(total=told.total, lines=tuple(lines))

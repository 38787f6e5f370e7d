"""The HIS's functions for old outpatient balances as old_balances.ports.OldBalanceSystem (docs/his-interface.md section 11), read strictly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field, JsonValue

from server.core.errors import OutcomeUnknown
from server.old_balances.model import BalancePage, ListedBalance, ListPlace, OldBalance
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
    next: Word | None = None


class HttpOldBalances:
    def __init__(self, his: Asking) -> None:
        self._his = his

    async def balance(self, card_no: str) -> OldBalance | None:
        data = await self._his.ask("old_balance.query", {"card_no": card_no})
        balance = None if data is None else read(_read_balance, data)
        if balance is not None and balance.card_no != card_no:
            raise OutcomeUnknown(SYSTEM, "answer about another card")
        return balance

    async def balances(self, place: ListPlace, limit: int) -> BalancePage:
        """A HIS that tells where to go on is asked from there. Any other is asked for the last line once more: where that is another one by now,
        the list has moved, and its place is looked for further up, from the beginning if it has left the list.
        """
        if place.by_card:
            told = await self._listed({"after": place.last, "limit": limit})
            return _page(told, place.count, 0, place)
        offset, limit = max(place.count - 1, 0), min(limit + bool(place.count), LINES_MAX)
        while True:
            told = await self._listed({"offset": offset, "limit": limit})
            skipped = _skipped(told, place.last)
            if skipped or not offset:
                return _page(told, offset, skipped, place)
            offset = max(offset - limit, 0)

    async def _listed(self, asked: dict[str, JsonValue]) -> _ListData:
        data = await self._his.ask("old_balance.list", asked)
        return _ListData(total=0, balances=[]) if data is None else read(lambda told: strictly(_ListData, told), data)


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


def _skipped(told: _ListData, last: str) -> int:
    """How many of these lines were read before: those up to the card ``last``; 0 where it is not among them."""
    places = (place for place, line in enumerate(told.balances, 1) if line.card_no == last)
    return next(places, 0)


def _page(told: _ListData, offset: int, skipped: int, asked: ListPlace) -> BalancePage:
    """What was asked at ``asked`` and told from ``offset`` on, without the ``skipped`` lines that were read before. Raises OutcomeUnknown for a
    HIS that does not get on.
    """
    lines = tuple(ListedBalance(**line.model_dump()) for line in told.balances[skipped:])
    before = offset + skipped
    count = before + len(lines)
    by_offset = told.next is None
    goes_on = (
        _goes_on_at(told, lines, skipped, count, asked) if by_offset else _goes_on_after(told, lines, count, asked)
    )
    return BalancePage(total=told.total, lines=lines, before=before, next=goes_on)


def _goes_on_after(told: _ListData, lines: Sequence[ListedBalance], count: int, asked: ListPlace) -> ListPlace | None:
    """The HIS names the card after which the list goes on; none behind the last line. Raises OutcomeUnknown."""
    if not told.next:
        return None
    if not lines or told.next == asked.last:
        raise OutcomeUnknown(SYSTEM, "a list that does not go on")
    return ListPlace(count, told.next, by_card=True)


def _goes_on_at(
    told: _ListData, lines: Sequence[ListedBalance], skipped: int, count: int, asked: ListPlace
) -> ListPlace | None:
    """The HIS counts lines. Where only lines came that were read before, those behind them are asked for next."""
    is_moved = not lines and skipped > 1
    if count >= told.total or not (lines or is_moved):
        return None
    return ListPlace(count, lines[-1].card_no if lines else asked.last, by_card=False)

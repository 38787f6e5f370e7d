"""The chain of balances in a fund statement: each row leaves what the one before left, and its own money. Pure."""

from __future__ import annotations

from server.reconciliation.model import Balance, Row, RowKind
from server.reconciliation.statements import RefusalReason, StatementRefused


class BalanceChain:
    """Takes the rows of one account in the order of its file, oldest first or newest first, and holds them against each other."""

    def __init__(self) -> None:
        self.count = 0
        self._came, self._went = [0, 0], [0, 0]  # how many, how much
        self._business = [0, 0, 0]  # came, went, fees
        self._first: tuple[int, int] | None = None
        self._last: tuple[int, int]  # of the row before, from the first row on
        self._rising = self._falling = True

    def add(self, row: Row, change_fen: int, left_fen: int) -> None:
        """``change_fen`` is what the row does to the account (below 0: leaves), ``left_fen`` the balance that it names."""
        if self._first is None:
            self._first = (change_fen, left_fen)
        else:
            before_change, before_left = self._last
            self._rising &= left_fen == before_left + change_fen
            self._falling &= before_left == left_fen + before_change
        self._last = (change_fen, left_fen)
        self.count += 1
        side = self._came if change_fen > 0 else self._went
        side[0] += 1
        side[1] += abs(change_fen)
        if row.kind is not RowKind.FEE:
            before_fee = change_fen + row.fee_fen
            self._business[0] += max(before_fee, 0)
            self._business[1] += max(-before_fee, 0)
        self._business[2] += row.fee_fen

    @property
    def balance(self) -> Balance | None:
        """None where the file has no rows: then the balance of the day before goes on."""
        if self._first is None:
            return None
        oldest, newest = (self._first, self._last) if self._rising else (self._last, self._first)
        came, went, fees = self._business
        return Balance(
            opening_fen=oldest[1] - oldest[0], came_fen=came, went_fen=went, fee_fen=fees, closing_fen=newest[1]
        )

    def must_hold(self, *, came: tuple[int, int], went: tuple[int, int]) -> None:
        """Against the file's own totals (how many, how much in fen, never negative). Raises StatementRefused."""
        if (tuple(self._came), tuple(self._went)) != (came, went):
            raise StatementRefused(reason=RefusalReason.TOTALS)
        self.must_follow()

    @property
    def follows(self) -> bool:
        """Does each balance follow from the one before?"""
        return self._rising or self._falling

    def must_follow(self) -> None:
        """Each balance follows from the one before. Raises StatementRefused."""
        if not self.follows:
            raise StatementRefused(reason=RefusalReason.CHAIN)

"""What every statement of WeChat Pay looks like: a line of names, rows, a line of the totals' names, one of the totals, then nothing
(docs/protocols/wechat_pay_v3.md section 9).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, ClassVar

from server.platforms.wechat.pay.statement_cells import cells_of, clean, lines_of, units
from server.reconciliation.model import Row
from server.reconciliation.statements import RefusalReason, StatementRefused

_OF_A_LINE = frozenset({RefusalReason.UNREADABLE, RefusalReason.RESAVED})


class StatementFrame(ABC):
    """Reads the frame; what a row and the totals mean is a subclass's. Columns are found by their names, never by their places."""

    name: ClassVar[str]
    summary: ClassVar[str]
    """The first of the totals' names, which ends the rows; its total is how many rows there are."""
    needed: ClassVar[tuple[str, ...]]

    def __init__(self, file: BinaryIO) -> None:
        self._lines = enumerate(lines_of(file), start=1)

    def __iter__(self) -> Iterator[Row]:
        """Raises StatementRefused, at the end where the totals are not those of the rows."""
        _, first = next(self._lines, (0, ""))
        header = [self.column(cell) for cell in first.split(",")]
        if not first or any(name not in header for name in self.needed):
            raise StatementRefused(f"no {self.name} statement", 1, reason=RefusalReason.UNREADABLE)
        columns = {name: place for place, name in enumerate(header)}
        for number, line in self._lines:
            try:
                cells = cells_of(line, len(header), number)
                if cells[0] == self.summary:
                    return self._read_totals(cells)
                row = self.row(columns, cells, number)
            except StatementRefused as refused:
                if refused.reason in _OF_A_LINE and next(self._lines, None) is None:  # the last line is no whole one
                    raise StatementRefused("within a line", number, reason=RefusalReason.HALF) from refused
                raise
            yield row
        raise StatementRefused("no summary", reason=RefusalReason.HALF)

    def column(self, cell: str) -> str:
        """The name of a column as ``needed`` and `row` know it."""
        return clean(cell)

    @abstractmethod
    def row(self, columns: Mapping[str, int], cells: Sequence[str], line: int) -> Row:
        """One row. Raises StatementRefused."""

    @abstractmethod
    def must_add_up(self, totals: Mapping[str, int], line: int) -> None:
        """``totals``: the file's own, by name, as `units` reads them. Raises StatementRefused."""

    def _read_totals(self, names: Sequence[str]) -> None:
        if not names[-1]:
            raise StatementRefused("a padded summary", reason=RefusalReason.RESAVED)
        number, line = next(self._lines, (0, ""))
        if not line:
            raise StatementRefused("no totals", number, reason=RefusalReason.HALF)
        values = cells_of(line, len(names), number)
        self.must_add_up({name: units(value, number) for name, value in zip(names, values, strict=True)}, number)

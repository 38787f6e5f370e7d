"""Statements that are whole files and wrong all the same: a row that is missing or there twice, a fee or a total that is not the true one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sandbox.world.wire import Record

STATEMENT_FAULTS: dict[str, Callable[[list[Record]], list[Record]]] = {
    "missing_row": lambda rows: rows[:-1],
    "doubled_row": lambda rows: [*rows, *rows[-1:]],
    "wrong_fee": lambda rows: [*rows[:-1], *({**row, "fee_fen": row["fee_fen"] + 1} for row in rows[-1:])],
}
"""By the fault's name: what becomes of a day's rows. The totals follow the rows."""
FILE_FAULTS = {"half_written", "late_file", "wrong_total", *STATEMENT_FAULTS}
"""What can happen to a channel's file: also one that is not ready yet, and one whose totals are a fen more than its rows."""


def more_fen(what: str) -> int:
    """What the file's own totals say too much."""
    return 1 if what == "wrong_total" else 0


def spoilt(rows: Sequence[Record], what: str) -> list[Record]:
    """``rows`` as the fault ``what`` leaves them; it strikes the day's last row."""
    return STATEMENT_FAULTS[what](list(rows)) if what in STATEMENT_FAULTS else list(rows)

"""What a run over a day reads of our own, as bytes: kept beside the other legs' files, it is what the result is made from. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from server.reconciliation.model import Carried, Row
from server.reconciliation.rules.lines import line_of


def our_side(
    rows: Iterable[Row], earlier: Iterable[Carried], numbers: Mapping[str, str], left_fen: int | None = None
) -> bytes:
    """``rows`` are ours of the day; ``earlier`` what waits since the days before, with our rows as they are by now; ``numbers`` what the HIS
    calls our refunds otherwise; ``left_fen`` what the day before left in the account. Equal bytes and equal files of the other legs give equal results.
    """
    lines = [line_of(row) for row in rows]
    for each in sorted(earlier, key=lambda each: (each.key, each.since)):
        lines += _carried(each)
    lines += [f"number\t{his}\t{ours}".encode() for his, ours in sorted(numbers.items())]
    lines += [] if left_fen is None else [f"left\t{left_fen}".encode()]
    return b"".join(line + b"\n" for line in lines)


def _carried(carried: Carried) -> Iterator[bytes]:
    counted = "counted" if carried.counted else "waiting"
    yield f"carried\t{carried.key}\t{carried.since.isoformat()}\t{counted}".encode()
    for row in carried.rows:
        yield f"{row.leg}\t".encode() + line_of(row)

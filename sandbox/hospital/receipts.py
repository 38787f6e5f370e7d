"""Electronic receipts 电子票据 as the day's list tells of them (docs/his-interface.md section 7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sandbox.world.wire import Record

CODE = "00010126"
LIVING = "living_receipt"
"""The fault: refunds whose receipt nobody has red-flushed. Any other fault of the list may come with it, as an option of this name."""


def with_receipts(rows: Iterable[Record], *, living: bool) -> Iterator[Record]:
    """``rows``, each with the receipt of its payment. A refund finds it red-flushed, unless receipts go on ``living``."""
    for row in rows:
        refund = row["kind"] == "refund"
        state = "red" if refund and not living else "issued"
        digits = "".join(one for one in str(row["out_trade_no"] or row["his_trade_no"]) if one.isdigit())
        yield {**row, "receipt": {"code": CODE, "number": digits[-10:].zfill(10), "state": state}}

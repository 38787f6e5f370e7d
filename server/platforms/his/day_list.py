"""statement.day: the HIS's list of a day, page by page (docs/his-interface.md section 7)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from server.core.days import hospital_day
from server.core.errors import OutcomeUnknown
from server.platforms.his.account import SYSTEM
from server.platforms.his.wire import Moment
from server.reconciliation.his_rows import HisRow
from server.reconciliation.model import RowKind

FUNCTION = "statement.day"
PAGE = 500
ROWS_MAX = 2_000_000
BEGUN_AGAIN_MAX = 3
_Fen = Annotated[int, Field(ge=0, le=10**12)]
_Word = Annotated[str, Field(max_length=64)]
Ask = Callable[[str, Mapping[str, object]], Awaitable[dict[str, JsonValue] | None]]


class _Wire(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)


class _Item(_Wire):
    category: _Word
    amount_fen: int


class _Receipt(_Wire):
    code: _Word = ""
    number: _Word = ""
    state: Literal["issued", "red", "none"]


class _Row(_Wire):
    kind: Literal["payment", "refund"]
    way: Literal["wechat", "alipay", "cash", "card", "insurance", "other", "none"]
    amount_fen: _Fen
    booked_at: Annotated[Moment, Field(strict=False)]
    his_trade_no: str = Field(min_length=1, max_length=64)
    out_trade_no: _Word
    out_refund_no: _Word
    transaction_id: _Word
    entrance: _Word = ""
    terminal: _Word = ""
    operator: _Word = ""
    shift: _Word = ""
    department: _Word = ""
    doctor: _Word = ""
    items: list[_Item] = Field(default_factory=list, max_length=200)
    receipt: _Receipt | None = None


class _Page(_Wire):
    total: int = Field(ge=0, le=ROWS_MAX)
    payment_fen: _Fen | None = None
    refund_fen: _Fen | None = None
    rows: list[_Row] = Field(max_length=PAGE)

    @property
    def head(self) -> tuple[int, int | None, int | None]:
        return self.total, self.payment_fen, self.refund_fen


async def day_list(ask: Ask, day: date) -> Sequence[HisRow] | None:
    """All rows of ``day``, held against the list's own count and sums; None from a HIS that has no such list.

    A list whose count changes while it is read is read from its beginning again. Raises OutcomeUnknown, NotSent, OutsideRefusal.
    """
    for _ in range(BEGUN_AGAIN_MAX):
        first = await _page(ask, day, 0)
        if first is None:
            return None
        rows = list(first.rows)
        while len(rows) < first.total:
            page = await _page(ask, day, len(rows))
            if page is None or page.head != first.head or not page.rows:
                break
            rows += page.rows
        else:
            return _checked(day, rows, first)
    raise OutcomeUnknown(SYSTEM, "the day's list changes while it is read, or lacks rows")


async def _page(ask: Ask, day: date, offset: int) -> _Page | None:
    data = await ask(FUNCTION, {"date": day.isoformat(), "offset": offset, "limit": PAGE})
    if data is None:
        return None
    try:
        return _Page.model_validate(data)
    except ValueError as error:
        raise OutcomeUnknown(SYSTEM, "unreadable answer") from error


def _checked(day: date, rows: Sequence[_Row], told: _Page) -> Sequence[HisRow]:
    sums = {kind: sum(row.amount_fen for row in rows if row.kind == kind) for kind in ("payment", "refund")}
    wrong = [
        len(rows) != told.total,
        told.payment_fen not in {None, sums["payment"]},
        told.refund_fen not in {None, sums["refund"]},
        len({row.his_trade_no for row in rows}) != len(rows),
        any(hospital_day(row.booked_at) != day for row in rows),
    ]
    if any(wrong):
        raise OutcomeUnknown(SYSTEM, "a day's list that is not what it says of itself")
    return [
        HisRow(
            **{**row.model_dump(exclude={"kind", "items", "receipt"})},
            receipt_code=row.receipt.code if row.receipt else "",
            receipt_number=row.receipt.number if row.receipt else "",
            receipt_state=row.receipt.state if row.receipt else "",
            kind=RowKind(row.kind),
            items=tuple((item.category, item.amount_fen) for item in row.items),
        )
        for row in rows
    ]

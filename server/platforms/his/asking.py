"""What every group of the HIS's functions needs: the signed calls, the facts of a payment that are told, and answers that can't be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol, TypeVar

from pydantic import JsonValue

from server.core.days import hospital_time
from server.core.errors import OutcomeUnknown
from server.payments.his_ports import Paid
from server.platforms.his import wire
from server.platforms.his.account import SYSTEM

Data = dict[str, JsonValue]
_Answer = TypeVar("_Answer")
_Read = TypeVar("_Read")
_Told = TypeVar("_Told", bound=wire.Wire)


class Asking(Protocol):
    """The signed calls; `http_json.HttpJsonHis` has them. Both raise OutsideRefusal, NotSent, OutcomeUnknown."""

    async def ask(self, function: str, question: Mapping[str, object]) -> Data | None:
        """The data of OK, None for NO_DATA."""

    async def must(self, function: str, question: Mapping[str, object]) -> Data:
        """The data of an answer that can't be "nothing there"."""


def told_of(paid: Paid) -> dict[str, object]:
    """The money of a payment (bill.confirm, reg.confirm, deposit.confirm, discharge.settle): fen, and the time in Asia/Shanghai to the second."""
    return {
        "out_trade_no": paid.out_trade_no,
        "amount_fen": paid.amount_fen,
        "channel": paid.channel,
        "transaction_id": paid.transaction_id,
        "paid_at": hospital_time(paid.paid_at).isoformat(timespec="seconds"),
        "entrance": paid.origin.entrance,
        "terminal": paid.origin.terminal,
        "operator": paid.origin.operator,
    }


def read_as(kind: type[_Told], data: Data) -> _Told:
    """The data strictly as this kind. Raises OutcomeUnknown."""
    return read(partial(wire.strictly, kind), data)


def read(reader: Callable[[_Answer], _Read], answer: _Answer) -> _Read:
    """Raises OutcomeUnknown for an answer that ``reader`` can't read: what was asked may have been done."""
    try:
        return reader(answer)
    except ValueError as error:
        raise OutcomeUnknown(SYSTEM, "unreadable answer") from error

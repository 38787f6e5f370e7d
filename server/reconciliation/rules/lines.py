"""Rows as lines of bytes, in which rows that agree are equal: a million of them are compared as sets, without making a million objects.

A line is ``head`` + SEPARATOR + ``rest``. The head is what the legs must agree on: ``kind:number``, amount and state. The rest is what only
this leg says. Lines lie in parts: a key's rows are in the same part of every leg, our own and other systems' apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from server.reconciliation.model import FEE_BACK, FUND_MARK, Leg, Row, RowKind, RowState

SEPARATOR = b"\x1f"
TAB = b"\t"
_ALL = Row._field_defaults["expected_in"]
_APART = "!"  # in the head of a row that not every leg should have: it equals nobody's, so it is always looked at
_CONTROLS = {code: " " for code in range(32)}
_TEXTS = ("number", "payment_number", "channel_no", "note")


def line_of(row: Row) -> bytes:
    """``row`` as a line. Control characters in its texts become blanks."""
    apart = "" if row.expected_in == _ALL else _APART + ",".join(sorted(row.expected_in))
    if not (row.number + row.payment_number + row.channel_no + row.note).isprintable():
        row = row._replace(**{text: getattr(row, text).translate(_CONTROLS) for text in _TEXTS})
    booked_on = f"\t{row.booked_on.isoformat()}" if row.booked_on else ""
    return (
        f"{row.kind}:{row.number}\t{row.amount_fen}\t{row.state}{apart}\x1f"
        f"{row.payment_number}\t{row.channel_no}\t{row.fee_fen}\t{row.at.isoformat()}\t{row.note}{booked_on}"
    ).encode()


def row_of(leg: Leg, line: bytes) -> Row:
    """The row that ``line_of`` wrote for ``leg``."""
    head, _, rest = line.decode().partition("\x1f")
    key, amount, state = head.split("\t")
    payment_number, channel_no, fee, at, note, *booked_on = rest.split("\t")
    kind, _, number = key.partition(":")
    state, apart, expected = state.partition(_APART)
    return Row(
        leg=leg,
        kind=RowKind(kind),
        number=number,
        payment_number=payment_number,
        amount_fen=int(amount),
        state=RowState(state),
        at=datetime.fromisoformat(at),
        channel_no=channel_no,
        fee_fen=int(fee),
        expected_in=frozenset(Leg(each) for each in expected.split(",") if each) if apart else _ALL,
        note=note,
        booked_on=date.fromisoformat(booked_on[0]) if booked_on else None,
    )


def key_of(line: bytes) -> bytes:
    return line.partition(TAB)[0]


def fund_rows(row: Row) -> Iterator[Row]:
    """What the fund statement must say of a row of the trade statement (or says, for a row of its own): the money, and its fee.

    Withdrawals have no trade; a kind that is unknown stands for itself under the number of its movement.
    """
    if row.kind is RowKind.UNKNOWN:
        if row.leg is Leg.FUND:
            yield row._replace(number=FUND_MARK + row.number)
        return
    if row.state is RowState.FAILED or row.kind is RowKind.WITHDRAWAL:
        return
    number = FUND_MARK + row.channel_no
    if row.kind is not RowKind.FEE:
        amount_fen = row.amount_fen if row.settled_fen is None else row.settled_fen
        yield row._replace(number=number, amount_fen=amount_fen, fee_fen=0, expected_in=_ALL)
    if row.fee_fen:
        yield row._replace(
            kind=RowKind.FEE, number=number + (FEE_BACK if row.fee_fen < 0 else ""), amount_fen=abs(row.fee_fen),
            fee_fen=0, expected_in=_ALL,
        )  # fmt: skip

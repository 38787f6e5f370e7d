"""Cells of WeChat Pay's statements: lines, numbers, money, times (docs/protocols/wechat_pay_v3.md section 9, docs/capabilities/reconciliation.md)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import BinaryIO
from zlib import MAX_WBITS, decompressobj
from zlib import error as ZlibError

from server.reconciliation.rules.statement_cells import lines_in, refused_cell
from server.reconciliation.statements import RefusalReason, StatementRefused

_STRIPPED = "`\t \ufeff\"'"
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_YUAN = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,5}))?")
SUMMARIES = (["总交易单数"], ["资金流水总笔数"])
"""The first cell of the line that names the totals."""
GZIP = b"\x1f\x8b"
_CHUNK = 64 * 1024
UNITS_PER_FEN = 1000
"""Fees have five decimals of a yuan, so money is added up in hundred-thousandths of a yuan."""


def lines_of(file: BinaryIO) -> Iterator[str]:
    """The file's lines, unpacked if it is gzip. Raises StatementRefused for no text, a spreadsheet, another encoding, a file cut short."""
    head = file.read(4)
    if not head:
        raise StatementRefused(reason=RefusalReason.EMPTY)
    if head in _SPREADSHEETS:
        raise StatementRefused("a spreadsheet", reason=RefusalReason.RESAVED)
    file.seek(0)
    source: io.BufferedIOBase = io.BufferedReader(_Unpacked(file), _CHUNK) if head[:2] == GZIP else file  # type: ignore[assignment]
    text = io.TextIOWrapper(source, encoding="utf-8-sig", newline=None)  # type: ignore[type-var]
    try:
        yield from lines_in(text.readline)
    except ZlibError as error:
        raise StatementRefused("damaged gzip", reason=RefusalReason.HALF) from error
    finally:
        if not text.closed:
            text.detach()


class _Unpacked(io.RawIOBase):
    """The uncompressed bytes of a gzip stream, a chunk at a time."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._unpack, self._ready = file, decompressobj(MAX_WBITS | 16), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        while not self._ready and not self._unpack.eof:
            packed = self._file.read(_CHUNK)
            if not packed:
                raise StatementRefused("gzip ends early", reason=RefusalReason.HALF)
            self._ready = self._unpack.decompress(packed)
        taken, self._ready = self._ready[: len(view)], self._ready[len(view) :]
        view[: len(taken)] = taken
        return len(taken)


def cells_of(line: str, wanted: int, number: int) -> list[str]:
    """The cells of a line without quotes, BOM, backticks and tabs; a comma inside a cell needs no quotes where every cell has its backtick.

    Raises StatementRefused where they are not ``wanted`` many; the line of the totals' names may have another length.
    """
    if '"' not in line and line.startswith("`"):
        cells = [cell.strip() for cell in line[1:].split(",`")]
        if len(cells) == wanted:
            return cells
    cells = [clean(cell) for cell in next(csv.reader([line]), [])]
    if len(cells) != wanted and cells[:1] not in SUMMARIES:
        raise refused_cell(line, number)
    return cells


def clean(cell: str) -> str:
    return cell.strip(_STRIPPED)


def units(text: str, line: int) -> int:
    """``0.77000`` → 77000 hundred-thousandths of a yuan. Raises StatementRefused."""
    found = _YUAN.fullmatch(text or "0")
    if found is None:
        raise refused_cell(text, line)
    sign, yuan, rest = found.groups()
    amount = int(yuan) * 100_000 + int((rest or "").ljust(5, "0"))
    return -amount if sign else amount


def fen(amount_units: int) -> int:
    """Rounded half away from zero."""
    rounded = (abs(amount_units) + UNITS_PER_FEN // 2) // UNITS_PER_FEN
    return -rounded if amount_units < 0 else rounded

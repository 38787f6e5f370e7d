"""Alipay's statement files: the zip, its members, the listed rows between their marks (docs/protocols/alipay.md section 8 and Corrections)."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from server.reconciliation.rules.statement_cells import lines_in, refused_cell
from server.reconciliation.statements import RefusalReason, StatementRefused

TRADE_LIST, FUND_LIST = "业务明细", "账务明细"
_SPREADSHEET = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
_YUAN = re.compile(r"([+-]?)([0-9]{1,12})(?:\.([0-9]{1,2}))?")
_STRIPPED = "\t \ufeff\"'`"
_HEAD_LINES, _HEAD_BYTES = 8, 64
_MARK = "#支付宝"
MEMBERS_MAX = 8
MEMBER_BYTES_MAX = 8 << 30
DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError)
"""What a zip raises of which some bytes are wrong: its parts contradict each other, or name a packing or a password that it does not have."""


@dataclass(slots=True)
class Listing:
    """One detail file. ``header`` is known when the first row has come, ``ends`` (the lines after the list) when the last has."""

    file: BinaryIO
    name: str
    header: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Line number and cells of each row that has a line behind it. Raises StatementRefused; a list without its end is half a file."""
        began = ended = False
        row: tuple[int, list[str]] | None = None
        for number, line in enumerate(_lines(self.file), start=1):
            if row is not None:
                yield row
                row = None
            if line.startswith("#"):
                if line.rstrip().endswith(",,,"):
                    raise StatementRefused("padded marks", number, reason=RefusalReason.RESAVED)
                began = began or self.name + "列表-" in line
                ended = ended or self.name + "列表结束" in line
                if ended:
                    self.ends.append(line)
            elif began and not ended and line.strip():
                cells = [cell.strip(_STRIPPED) for cell in line.split(",")]
                if self.header:
                    row = number, cells
                else:
                    self.header = cells
        if not began:
            raise StatementRefused(f"no {self.name}", reason=RefusalReason.UNREADABLE)
        if not ended or not self.header:
            raise StatementRefused("the list has no end", reason=RefusalReason.HALF)

    def told(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Where one of the lines after the list says what ``pattern`` looks for."""
        return next((found for line in self.ends if (found := pattern.search(line))), None)


def _lines(file: BinaryIO) -> Iterator[str]:
    text = io.TextIOWrapper(file, encoding="gb18030", newline=None)
    try:
        yield from lines_in(text.readline)
    except DAMAGED as error:
        raise StatementRefused("damaged zip", reason=RefusalReason.HALF) from error
    finally:
        if not text.closed:
            text.detach()


def detail_of(file: BinaryIO, name: str) -> Listing:
    """The detail file ``name`` (业务明细 or 账务明细) in a zip, chosen by what it says, or the file itself. Raises StatementRefused."""
    head = file.read(_HEAD_BYTES)
    file.seek(0)
    if not head:
        raise StatementRefused(reason=RefusalReason.EMPTY)
    if head.startswith(_SPREADSHEET):
        raise StatementRefused("a spreadsheet", reason=RefusalReason.RESAVED)
    if _MARK.encode() in head:
        raise StatementRefused("UTF-8", reason=RefusalReason.RESAVED)
    if not head.startswith(_ZIP):
        return Listing(file, name)
    try:
        return _detail_in(zipfile.ZipFile(file), name)
    except DAMAGED as error:
        raise StatementRefused("damaged zip", reason=RefusalReason.HALF) from error


def _detail_in(packed: zipfile.ZipFile, name: str) -> Listing:
    members = packed.infolist()
    if any(member.filename.startswith(("xl/", "[Content_Types]")) for member in members):
        raise StatementRefused("a spreadsheet", reason=RefusalReason.RESAVED)
    for member in members[:MEMBERS_MAX]:
        if member.file_size <= MEMBER_BYTES_MAX and _is_detail(packed, member, name):
            return Listing(packed.open(member), name)  # type: ignore[arg-type]
    raise StatementRefused(f"no {name} in the zip", reason=RefusalReason.UNREADABLE)


def _is_detail(packed: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> bool:
    with packed.open(member) as file:
        head = b"".join(file.readline(4096) for _ in range(_HEAD_LINES))
    return (name + "列表-").encode("gb18030") in head


def fitted(cells: Sequence[str], header: Sequence[str], line: int, *texts: str) -> list[str]:
    """``cells`` of a row whose free text has commas, put together again: in the first of ``texts`` that lets every amount be one."""
    extra = len(cells) - len(header)
    if extra == 0:
        return list(cells)
    amounts = [place for place, name in enumerate(header) if "元）" in name]
    for text in texts:
        if extra > 0 and text in header:
            place = header.index(text)
            joined = [*cells[:place], ",".join(cells[place : place + extra + 1]), *cells[place + extra + 1 :]]
            if all(_YUAN.fullmatch(joined[each] or "0") for each in amounts):
                return joined
    raise StatementRefused("cells", line, reason=RefusalReason.UNREADABLE)


def fen(text: str, line: int = 0) -> int:
    """``-12.30`` → -1230. Raises StatementRefused."""
    found = _YUAN.fullmatch(text or "0")
    if found is None:
        raise refused_cell(text, line)
    sign, yuan, rest = found.groups()
    amount = int(yuan) * 100 + int((rest or "").ljust(2, "0"))
    return -amount if sign == "-" else amount

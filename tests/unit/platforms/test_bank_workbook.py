"""The cells of a bank's workbook as the texts that its CSV would have, and the bounds of such a file."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time

import pytest

from server.platforms.bank.workbook import workbook_lines
from server.reconciliation.statements import RefusalReason, StatementRefused
from tests.unit.platforms.test_bank_statement import workbook

LINES, CELLS, MEBIBYTE = 20_000, 60, 1024 * 1024
SHEET = "xl/worksheets/sheet1.xml"


def lines(*cells: list[object]) -> list[list[str]]:
    return list(workbook_lines(workbook(*cells)))


def changed(content: bytes, sheet: str, **more: bytes) -> bytes:
    """The same workbook with another first sheet, and with members that nobody reads."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, sheet.encode() if name == SHEET and sheet else old.read(name))
        for name, member in more.items():
            new.writestr(name, member)
    return out.getvalue()


def unpacked(content: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return sum(each.file_size for each in packed.infolist())


def refusal(content: bytes) -> RefusalReason:
    with pytest.raises(StatementRefused) as refused:
        workbook_lines(content)
    return refused.value.reason


def test_each_kind_of_cell_has_its_text() -> None:
    day, moment = datetime(2026, 3, 3), datetime(2026, 3, 3, 10, 11, 12)  # noqa: DTZ001
    found = lines([day, moment, date(2026, 3, 4), time(10, 11), None, True, 5, 392.5, 392.678, "WD1"])
    assert found == [
        ["2026-03-03", "2026-03-03 10:11:12", "2026-03-04", "10:11:00", "", "True", "5", "392.50", "392.68", "WD1"]
    ]


def test_empty_cells_right_of_the_table_are_none() -> None:
    assert lines(["A", None, "C", "", None], ["A"], ["", None, "C"]) == [["A", "", "C"], ["A"], ["", "", "C"]]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_keeps_its_last_digit_below_sixteen_digits(sign: int) -> None:
    assert lines([sign * (10**15 - 1)]) == [[str(sign * (10**15 - 1))]]
    assert refusal(workbook([sign * 10**15])) is RefusalReason.RESAVED


def test_what_a_sheet_says_of_its_own_size_is_not_believed() -> None:
    content = workbook(["A", "B"], ["C", "D"])
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        sheet = packed.read(SHEET).decode()
    assert '<dimension ref="A1:B2"' in sheet
    assert list(workbook_lines(changed(content, sheet.replace('ref="A1:B2"', 'ref="A1"')))) == [["A", "B"], ["C", "D"]]


def test_a_sheet_has_twenty_thousand_lines_at_most() -> None:
    content, row = workbook(["x"]), "<row><c><v>1</v></c></row>"

    def of(many: int) -> bytes:
        space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        return changed(content, f'<worksheet xmlns="{space}"><sheetData>{row * many}</sheetData></worksheet>')

    assert len(list(workbook_lines(of(LINES)))) == LINES
    assert refusal(of(LINES + 1)) is RefusalReason.UNREADABLE


def test_a_line_has_sixty_cells_at_most() -> None:
    assert [len(line) for line in lines(["x"] * CELLS, ["x"] * (CELLS + 1))] == [CELLS, CELLS]


def test_a_workbook_unpacks_to_thirty_mebibytes_at_most() -> None:
    content = workbook(["A"])
    rest = 30 * MEBIBYTE - unpacked(content)
    assert list(workbook_lines(changed(content, "", unread=bytes(rest)))) == [["A"]]
    assert refusal(changed(content, "", unread=bytes(rest + 1))) is RefusalReason.UNREADABLE

"""Cells of a CSV file for spreadsheets: no cell does anything that a spreadsheet would carry out."""

from __future__ import annotations

BOM = "\ufeff"
_ACTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""A cell that begins so is a formula to a spreadsheet (OWASP, CSV Injection); full-width signs are to some."""
LONG_DIGITS = 12
"""Spreadsheets round numbers of more digits than fifteen, and write those of twelve as 4.2E+11."""


def safe_cell(text: str) -> str:
    """``text`` as a cell that is only read: an apostrophe before what would act, a tab after long digits, lines joined."""
    line = text.replace("\r\n", " ").replace("\n", " ")
    if line.lstrip(" \u3000").startswith(_ACTS):
        return f"'{line}"
    return f"{line}\t" if len(line) >= LONG_DIGITS and line.isascii() and line.isdigit() else line

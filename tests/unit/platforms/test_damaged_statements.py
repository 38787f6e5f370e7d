"""A statement that was damaged on its way is refused as half a file, whichever of its bytes it is: it is never half read, and nothing else fails."""

from __future__ import annotations

import gzip
from zipfile import ZIP_DEFLATED

import pytest

from server.platforms.bank.statement import BankStatement
from server.reconciliation.statements import StatementRefused
from tests.unit.platforms.statement_files import (
    ALIPAY,
    ALIPAY_FUND,
    ALL,
    BASIC,
    FUND,
    TRADE,
    WECHAT,
    WECHAT_FUND,
    Reader,
    golden,
    rows,
    zipped,
)
from tests.unit.platforms.test_bank_statement import HEAD, workbook

FILES: dict[str, tuple[Reader, bytes]] = {
    "wechat trades": (WECHAT, gzip.compress(golden(ALL), mtime=0)),
    "wechat funds": (WECHAT_FUND, gzip.compress(golden(BASIC), mtime=0)),
    "alipay trades": (ALIPAY, zipped(ZIP_DEFLATED, detail=golden(TRADE))),
    "alipay funds": (ALIPAY_FUND, zipped(ZIP_DEFLATED, detail=golden(FUND))),
    "bank": (BankStatement, workbook(HEAD, ["2026-03-03", "10:00:00", None, 392.67, 392.67, "WD1", "B1"])),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_byte_changes_nothing_or_has_the_file_refused(name: str) -> None:
    reader, whole = FILES[name]
    right = rows(reader, whole)
    for place in range(0, len(whole), max(1, len(whole) // 300)):
        for damage in (0xFF, 0x01, 0x40):
            broken = whole[:place] + bytes([whole[place] ^ damage]) + whole[place + 1 :]
            try:
                assert rows(reader, broken) == right
            except StatementRefused:
                continue


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_ends_early_is_refused(name: str) -> None:
    reader, whole = FILES[name]
    for length in range(5, len(whole) - 30, max(1, len(whole) // 100)):
        with pytest.raises(StatementRefused):
            rows(reader, whole[:length])

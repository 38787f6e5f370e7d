"""A statement that was damaged or cut on its way is refused, as half a file where it ends early, whichever of its bytes it is: it is never half
read, and nothing else fails.
"""

from __future__ import annotations

import gzip
from zipfile import ZIP_DEFLATED

import pytest

from server.platforms.bank.statement import BankStatement
from server.reconciliation.model import Leg
from server.reconciliation.statements import RefusalReason, StatementRefused
from server.storage.row_files import RowFile
from tests.unit.platforms.statement_files import (
    ALIPAY,
    ALIPAY_FUND,
    ALL,
    BASIC,
    CODING,
    FUND,
    READERS,
    TRADE,
    WECHAT,
    WECHAT_FUND,
    Reader,
    golden,
    refused,
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


@pytest.mark.parametrize("name", READERS)
def test_a_text_that_is_cut_anywhere_in_its_rows_is_half_a_file(name: str) -> None:
    """Within a cell, a mark, a character: nobody is told that they have saved it again."""
    whole = golden(name)
    text = whole.decode(CODING[name])
    rows_begin = len(text[: text.index("2026-03-02 09:")].encode(CODING[name]))
    last = text.rindex("\n", 0, -1)
    totals_begin = len(
        text[: text.index("#交易合计") if name == TRADE else text.index("#收入合计") if name == FUND else last].encode(
            CODING[name]
        )
    )
    reasons = {refused(READERS[name], whole[:length]) for length in range(rows_begin, totals_begin)}
    assert reasons == {RefusalReason.HALF}


ROWS = "kind,number,amount_fen,at,channel_no,fee_fen\npayment,ZH1,5,2026-11-27T09:00:00,42,1\nrefund,ZH1R01,5,2026-11-27T09:00:00,50,-1\n"
TEXTS: dict[str, tuple[Reader, bytes]] = {
    **{name: (READERS[name], golden(name)) for name in READERS},
    "bank": (BankStatement, golden("bank-wechat-2026-03-05.csv")),
    "rows": (lambda file: RowFile(Leg.OURS, file), ROWS.encode()),
}  # fmt: skip
STRANGE = (
    b"\n", b"\r", b"\n\n", b",", b"`", b'"', b"\t", b"\0", b"-", b"#", b"\xff", b"9" * 5000, b"9" * 140_000, b"1e5", "９".encode(), "²".encode("gb18030"),
)  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_whatever_stands_in_a_text_it_is_read_or_refused(name: str) -> None:
    reader, whole = TEXTS[name]
    for strange in STRANGE:
        for place in range(0, len(whole), max(1, len(whole) // 60)):
            try:
                rows(reader, whole[:place] + strange + whole[place:])
            except StatementRefused:
                continue

"""No cell of a file is a formula, and no long number is rounded."""

from __future__ import annotations

import pytest

from server.core.csv_cells import BOM, safe_cell


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"), ("\r=1", "'\r=1"),
        (" =1", "' =1"), ("＝1", "'＝1"), ("内科", "内科"), ("37.20", "37.20"), ("a=1", "a=1"), ("", ""),
        ("a\nb", "a b"), ("a\r\nb", "a b"), ("\u3000=1", "'\u3000=1"), ("12345678901２", "12345678901２"), ("123456789012", "123456789012\t"), ("12345678901", "12345678901"),
    ],
)  # fmt: skip
def test_no_cell_is_carried_out_and_no_long_number_rounded(text: str, cell: str) -> None:
    assert safe_cell(text) == cell


def test_a_file_says_that_it_is_utf_8() -> None:
    assert BOM.encode() == b"\xef\xbb\xbf"

"""Alipay's detail files: where the list begins and ends, which member of a zip it is, and the reason for which a file is refused."""

from __future__ import annotations

import io
import re
from zipfile import ZIP_STORED

import pytest

from server.platforms.alipay.pay.statement_files import fitted
from server.reconciliation.statements import RefusalReason, StatementRefused
from tests.unit.platforms.statement_files import ALIPAY_FUND, FUND, golden, rows, zipped

RIGHT = rows(ALIPAY_FUND, golden(FUND))
TEXT = golden(FUND).decode("gb18030").replace("\r\n", "\n")
MARK = re.compile(r"#-+账务明细列表-+\n")


def coded(text: str) -> bytes:
    return text.encode("gb18030")


LONG = zipped(ZIP_STORED, a=golden(FUND) + b"#\n" * 20_000 + b"#last\n")
"""Its end lies far behind the lines by which its list is found."""


def why(content: bytes) -> tuple[RefusalReason, str]:
    """The reason and the words in the log."""
    with pytest.raises(StatementRefused) as caught:
        list(ALIPAY_FUND(io.BytesIO(content)))
    return caught.value.reason, str(caught.value)


@pytest.mark.parametrize(
    ("content", "reason", "said"),
    [
        (b"\xd0\xcf\x11\xe0A\n" + golden(FUND), RefusalReason.RESAVED, "a spreadsheet"),
        ("#支付宝a\n".encode() + golden(FUND), RefusalReason.RESAVED, "UTF-8"),
        (golden(FUND) + b"\xff\xff\n", RefusalReason.RESAVED, "no gb18030"),
        (coded(TEXT.replace("\n", ",,,\n", 1)), RefusalReason.RESAVED, "padded marks"),
        (coded("#支付宝\n"), RefusalReason.UNREADABLE, "no 账务明细"),
        (coded(TEXT.partition("#----------------------------------------账务明细列表结束")[0]), RefusalReason.HALF, "no end"),
        (coded("#-账务明细列表-\n#-账务明细列表结束-\n"), RefusalReason.HALF, "no end"),
        (zipped(ZIP_STORED, a=golden(FUND)).replace(b"*", b"+", 1), RefusalReason.HALF, "damaged zip"),
        (LONG.replace(b"last", b"lost"), RefusalReason.HALF, "damaged zip"),
    ],
)  # fmt: skip
def test_each_file_that_can_not_be_used_has_its_reason(content: bytes, reason: RefusalReason, said: str) -> None:
    assert why(content)[0] is reason
    assert said in why(content)[1]


@pytest.mark.parametrize(
    "text",
    [
        TEXT[MARK.search(TEXT).start() :],  # type: ignore[union-attr]
        MARK.sub(lambda mark: f"说明,一,二\n\n{mark[0]}\n", TEXT),
        f"{TEXT}以上,共五笔\n",
    ],
    ids=["begins with the list", "words before the list", "words behind it"],
)
def test_only_what_stands_between_the_marks_is_a_row(text: str) -> None:
    assert rows(ALIPAY_FUND, coded(text)) == RIGHT


def test_a_long_member_is_read_to_its_end() -> None:
    assert rows(ALIPAY_FUND, LONG) == RIGHT


def test_a_text_with_commas_is_put_together_as_it_was() -> None:
    header = ["单号", "备注", "金额（元）", "商户"]
    assert fitted(["1", "a", "b", "c", "2.00", "M"], header, 1, "备注") == ["1", "a,b,c", "2.00", "M"]


@pytest.mark.parametrize(("bytes_before", "seen"), [(54, True), (55, False)])
def test_the_other_encoding_is_told_by_the_first_64_bytes(bytes_before: int, seen: bool) -> None:
    content = b"#" * (bytes_before - 1) + b"\n" + "#支付宝a\n".encode() + golden(FUND)
    if seen:
        assert why(content)[0] is RefusalReason.RESAVED
    else:
        assert rows(ALIPAY_FUND, content) == RIGHT


@pytest.mark.parametrize(("others", "found"), [(7, True), (8, False)])
def test_the_list_is_looked_for_in_the_first_eight_members_of_a_zip(others: int, found: bool) -> None:
    packed = zipped(ZIP_STORED, **{f"汇总{number}": coded("#汇总\n") for number in range(others)}, 明细=golden(FUND))
    if found:
        assert rows(ALIPAY_FUND, packed) == RIGHT
    else:
        assert why(packed)[0] is RefusalReason.UNREADABLE


@pytest.mark.parametrize(("before", "found"), [(4, True), (5, False)])
def test_a_member_says_in_its_first_eight_lines_what_it_lists(before: int, found: bool) -> None:
    """The golden file says it in its fourth line."""
    packed = zipped(ZIP_STORED, a=coded("#\n" * before) + golden(FUND))
    if found:
        assert rows(ALIPAY_FUND, packed) == RIGHT
    else:
        assert why(packed)[0] is RefusalReason.UNREADABLE


@pytest.mark.parametrize("old", [",,\n", ",88.00,0.00,88.00,"])
def test_a_row_of_too_few_or_too_many_cells_is_refused_at_its_line(old: str) -> None:
    content = TEXT.replace(old, {",,\n": ",\n"}.get(old, ",88.00,x,0.00,88.00,"), 1)
    with pytest.raises(StatementRefused) as caught:
        list(ALIPAY_FUND(io.BytesIO(coded(content))))
    assert (caught.value.reason, caught.value.line) == (RefusalReason.UNREADABLE, 6)


@pytest.mark.parametrize(("text", "with_commas"), [("挂号，专家", "挂号,专家,门诊"), ("服务费,", "服务费,详情,")])
def test_a_comma_in_the_name_of_the_goods_or_in_a_remark_moves_no_cell(text: str, with_commas: str) -> None:
    assert text in TEXT
    assert rows(ALIPAY_FUND, coded(TEXT.replace(text, with_commas, 1))) == RIGHT

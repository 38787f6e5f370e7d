"""Rows of a leg in a plain CSV file: what is read, and what is refused with its line."""

from __future__ import annotations

import io

import pytest

from server.reconciliation.model import Leg, Row, RowKind
from server.reconciliation.statements import RefusalReason
from server.storage.row_files import RowFile, RowsRefused

HEAD = "kind,number,payment_number,amount_fen,at,channel_no,fee_fen,state,note"
PAID = "payment,ZH1,,5,2026-11-27T09:00:00,421,1,,甲"
BACK = "refund,ZH1R01,ZH1,5,2026-11-27T09:00:00+08:00,501,-1,failed,"


def rows(text: str | bytes, leg: Leg = Leg.OURS) -> list[Row]:
    content = text if isinstance(text, bytes) else text.encode()
    return list(RowFile(leg, io.BytesIO(content)))


def refused(text: str | bytes, leg: Leg = Leg.OURS) -> tuple[RefusalReason, int]:
    with pytest.raises(RowsRefused) as caught:
        rows(text, leg)
    return caught.value.reason, caught.value.line


def test_blank_lines_a_mark_at_the_beginning_and_other_ends_of_lines_change_nothing() -> None:
    right = rows(f"{HEAD}\n{PAID}\n{BACK}\n")
    assert [(row.number, row.payment_number, row.amount_fen, row.fee_fen) for row in right] == [
        ("ZH1", "ZH1", 5, 1), ("ZH1R01", "ZH1", 5, -1),
    ]  # fmt: skip
    for text in (f"\ufeff{HEAD}\r\n{PAID}\r\n{BACK}", f"{HEAD}\n\n{PAID}\n\n\n{BACK}\n\n"):
        assert rows(text) == right


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (PAID.replace(",5,", ",-5,"), RefusalReason.UNREADABLE),
        (PAID.replace(",5,", ",5.00,"), RefusalReason.UNREADABLE),
        (PAID.replace(",5,", ",５,"), RefusalReason.UNREADABLE),
        (PAID.replace(",5,", f",{'9' * 16},"), RefusalReason.UNREADABLE),
        (PAID.replace(",1,,", ",x,,"), RefusalReason.UNREADABLE),
        (PAID.replace("payment", "fee"), RefusalReason.UNREADABLE),
        (PAID.replace("payment", "withdrawal"), RefusalReason.UNREADABLE),
        (PAID.replace(",1,,", ",1,lost,"), RefusalReason.UNREADABLE),
        (PAID.replace("ZH1", ""), RefusalReason.UNREADABLE),
        (PAID.replace("ZH1", "4.2E+27"), RefusalReason.RESAVED),
        (PAID.replace("421", "4.2E+27"), RefusalReason.RESAVED),
        (BACK.replace(",ZH1,", ",4.2E+27,"), RefusalReason.RESAVED),
        (PAID.replace("2026-11-27T09:00:00", "2026/11/27 9:00"), RefusalReason.RESAVED),
        (PAID.replace("2026-11-27T09:00:00", "gestern"), RefusalReason.UNREADABLE),
        ("payment,ZH2", RefusalReason.UNREADABLE),
    ],
)
def test_a_line_that_is_no_row_is_refused_with_its_number(line: str, reason: RefusalReason) -> None:
    assert refused(f"{HEAD}\n{BACK}\n{line}\n{BACK}\n") == (reason, 3)


def test_a_line_without_an_end_is_refused() -> None:
    assert refused(f"{HEAD}\n{PAID}{'9' * 70_000}\n")[0] is RefusalReason.UNREADABLE


def test_a_file_that_breaks_off_within_a_row_is_half_a_file() -> None:
    assert refused(f"{HEAD}\n{PAID}\nrefund,ZH1R0")[0] is RefusalReason.HALF
    assert refused(f"{HEAD}\n{PAID}".encode()[:-1])[0] is RefusalReason.HALF, "within a character"


def test_another_encoding_is_what_a_spreadsheet_program_saves() -> None:
    assert refused(f"{HEAD}\n{PAID}".encode("gb18030"))[0] is RefusalReason.RESAVED


def test_only_the_his_may_name_a_row_by_the_channel_s_number_alone() -> None:
    nameless = f"{HEAD}\n{PAID.replace('ZH1', '')}\n"
    assert [(row.number, row.channel_no) for row in rows(nameless, Leg.HIS)] == [("", "421")]
    assert refused(nameless.replace("421", ""), Leg.HIS) == (RefusalReason.UNREADABLE, 2)


@pytest.mark.parametrize(
    ("leg", "kinds"),
    [(Leg.CHANNEL, {"payment", "refund", "unknown"}), (Leg.FUND, set(RowKind)), (Leg.FURTHER, {"payment", "refund"})],
)
def test_a_leg_has_its_kinds_of_rows(leg: Leg, kinds: set[str]) -> None:
    for kind in RowKind:
        text = f"{HEAD}\n{PAID.replace('payment', kind)}\n"
        if kind in kinds:
            assert [row.kind for row in rows(text, leg)] == [kind]
        else:
            assert refused(text, leg)[0] is RefusalReason.UNREADABLE

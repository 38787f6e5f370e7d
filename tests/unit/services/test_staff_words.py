"""What staff say is understood however it is spaced, typed wide, or ordered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.services.staff_words import Said, heard

WIDE = {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("退费 A1B2C3", Said(command="退费", number="A1B2C3")),
        ("退费a1b2c3 20.5元 重复缴费", Said(command="退费", number="A1B2C3", amount_fen=2050, reason="duplicate")),
        ("A1B2C3 退款20块", Said(command="退费", number="A1B2C3", amount_fen=2000)),
        ("20元 退费 A1B2C3，没做检查", Said(command="退费", number="A1B2C3", amount_fen=2000, reason="not_done", note="没做检查")),
        ("退费 A1B2C3 20", Said(command="退费", number="A1B2C3", amount_fen=2000)),
        ("退费 ￥1,234.50 A1B2C3", Said(command="退费", number="A1B2C3", amount_fen=123450)),
        ("退费 123456 20", Said(command="退费", number="123456", amount_fen=2000)),
        ("退费 8800000001 88", Said(command="退费", number="8800000001", amount_fen=8800)),
        ("退费 A1B2C3 明细", Said(command="退费", number="A1B2C3", items=True)),
        ("退费 A1B2C3 1.234元", Said(command="退费", number="A1B2C3", odd_amount=True)),
        ("退费 A1B2C3 患者同意换药", Said(command="退费", number="A1B2C3", reason="other", note="患者同意换药")),
        ("退费", Said(command="退费")),
        ("退费进度 A1B2C3R01", Said(command="进度", number="A1B2C3R01")),
        ("撤回退费A1B2C3R01", Said(command="撤回", number="A1B2C3R01")),
        ("不同意 A1B2C3R01", Said(command="驳回", number="A1B2C3R01")),
        ("同意A1B2C3R01", Said(command="同意", number="A1B2C3R01")),
        ("查单 1234", Said(command="查单", number="1234")),
        ("确认。", Said(command="确认")),
        ("绑定 ab12cd34", Said(command="绑定", number="AB12CD34")),
        ("123456", Said(command="", secrets=True)),
        ("PIN 280519 动态码 123456", Said(command="", secrets=True)),
        ("确认 123456", Said(command="确认", number="123456", secrets=True)),
        ("退费 A1B2C3 280519 123456", Said(command="退费", number="A1B2C3", secrets=True)),
    ],
)  # fmt: skip
def test_understood(text: str, said: Said) -> None:
    assert heard(text) == said


@pytest.mark.parametrize("text", ["", "缴费", "记录", "你好", "人工", "1234567", "什么时候开门"])
def test_no_word_of_staff(text: str) -> None:
    assert heard(text) is None


BLANKS = st.text(alphabet=" \u3000\t\n", max_size=3)
NUMBERS = st.from_regex(r"\A[0-9A-HJKMNP-TV-Z]{6}\Z").filter(lambda text: not text.isdigit())


@given(
    number=NUMBERS,
    fen=st.integers(1, 99_999_999),
    order=st.permutations([0, 1, 2, 3]),
    blanks=st.lists(BLANKS, min_size=4, max_size=4),
    wide=st.booleans(),
    small=st.booleans(),
    inside=BLANKS,
)
def test_spacing_width_case_and_order_change_nothing(
    number: str, fen: int, order: list[int], blanks: list[str], wide: bool, small: bool, inside: str
) -> None:
    amount = f"{fen // 100}.{fen % 100:02d}元"
    parts = [f"退{inside}费", number.lower() if small else number, amount, "重复缴费"]
    text = "".join(f"{blank} {parts[at]}" for blank, at in zip(blanks, order, strict=True))
    if wide:
        text = "".join(WIDE.get(letter, letter) for letter in text)
    assert heard(text) == Said(command="退费", number=number, amount_fen=fen, reason="duplicate")


@given(st.text(max_size=600))
def test_anything_may_be_said(text: str) -> None:
    said = heard(text)
    assert said is None or said.amount_fen is None or said.amount_fen >= 0

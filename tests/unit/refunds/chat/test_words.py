"""What staff say is understood however it is spaced, typed wide, or ordered."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.refunds.chat.amounts import amount_said
from server.refunds.chat.words import Said, heard, reason_said

EXAMPLES = json.loads((Path(__file__).parents[3] / "support" / "typed.json").read_text("utf-8"))
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
        ("退费 A1B2C3 全部", Said(command="退费", number="A1B2C3")),
        ("退费 A1B2C3 全退 重复缴费", Said(command="退费", number="A1B2C3", reason="duplicate")),
        ("退费A1B2C3全额退，没做", Said(command="退费", number="A1B2C3", reason="not_done")),
        ("退费 A1B2C3 全部药没拿", Said(command="退费", number="A1B2C3", reason="other", note="全部药没拿")),
        ("退费 A1B2C3 明细", Said(command="退费", number="A1B2C3", items=True)),
        ("退费 A1B2C3 1.234元", Said(command="退费", number="A1B2C3", odd_amount=True)),
        ("退费 A1B2C3 患者同意换药", Said(command="退费", number="A1B2C3", reason="other", note="患者同意换药")),
        ("退费", Said(command="退费")),
        ("退费进度 A1B2C3R01", Said(command="进度", number="A1B2C3R01")),
        ("撤回退费A1B2C3R01", Said(command="撤回", number="A1B2C3R01")),
        ("不同意 A1B2C3R01", Said(command="驳回", number="A1B2C3R01")),
        ("同意A1B2C3R01", Said(command="同意", number="A1B2C3R01")),
        ("查单 138 0013 8000", Said(command="查单", number="13800138000")),
        ("查单 +86 138—0013—8000", Said(command="查单", number="13800138000")),
        ("查单 1234", Said(command="查单", number="1234")),
        ("确认。", Said(command="确认")),
        ("绑定 ab12cd34", Said(command="绑定", number="AB12CD34")),
        ("123456", Said(command="", secrets=True)),
        ("PIN 280519 动态码 123456", Said(command="", secrets=True)),
        ("确认 123456", Said(command="确认", number="123456", secrets=True)),
        ("退费 A1B2C3 280519 123456", Said(command="退费", number="A1B2C3", secrets=True)),
    ],
)  # fmt: skip
def test_what_staff_say_is_understood(text: str, said: Said) -> None:
    assert heard(text) == said


@pytest.mark.parametrize("text", ["", "缴费", "记录", "你好", "人工", "1234567", "什么时候开门"])
def test_no_word_of_staff(text: str) -> None:
    assert heard(text) is None


NOT_EXACTLY_ONE_AMOUNT = (
    """
二十元|贰拾元|十|一半|半价|几块|两百|5折|20%|¥|½元|1/2元
1e3|0x20|20k|RMB20|20yuan|$20|٢٠|٢٠元|②元
-5|－5元|¥ -20|−12.50
5角|50分|12元5角|12块5|2百元|20万|3楼没做|20人民币
20 30|20元 30元|20元 30|12 . 50|12 .50元|1 200元|1 200.00|12。50|12·50
12.3.4|.5|.5元|¥.5|0二0元|0元万0|0K¥5|12,50|1,2345|00020|0.001|99999999999|２０，５０
""".replace("\n", "|")
    .strip("|")
    .split("|")
)


@pytest.mark.parametrize("amount", NOT_EXACTLY_ONE_AMOUNT)
def test_what_is_not_exactly_one_amount_is_asked_again(amount: str) -> None:
    """Left out it would be a refund of everything; guessed at, one of something else."""
    for text in (f"退费 A1B2C3 {amount}", f"{amount} 退费 A1B2C3 重复缴费", f"退费 A1B2C3 没做 {amount}"):
        said = heard(text)
        assert said is not None
        assert (said.number != "A1B2C3") or (said.amount_fen, said.odd_amount) == (None, True), text


@pytest.mark.parametrize(
    ("amount", "fen"),
    [
        ("１２．３４", 1234), ("１２元", 1200), ("20\u200b.5元", 2050), ("2０.5０元", 2050), ("1,234,567.80", 123456780), ("20元 3楼没做", 2000), ("退20", 2000),
        ("20元，维生素B12缺货", 2000), ("20块钱", 2000), ("CNY 20", 2000), ("20元人民币", 2000), ("0.01", 1), ("患者三楼没做 20", 2000), ("20元 排队三分钟", 2000),
    ],
)  # fmt: skip
def test_one_amount_in_figures_is_that_amount(amount: str, fen: int) -> None:
    said = heard(f"退费 A1B2C3，{amount}")
    assert said is not None
    assert (said.number, said.amount_fen, said.odd_amount) == ("A1B2C3", fen, False)


@pytest.mark.parametrize(("amount", "fen"), [(text, fen) for text, fen in EXAMPLES["amount_fen"] if text])
def test_the_chat_reads_an_amount_as_the_forms_do(amount: str, fen: int | None) -> None:
    said = heard(f"退费 A1B2C3 {amount}")
    assert said is not None
    assert (said.number, said.amount_fen, said.odd_amount) == ("A1B2C3", fen, fen is None)


@pytest.mark.parametrize("text", ["不要退费 A1B2C3", "别确认", "先不撤回 A1B2C3R01", "同意不了 A1B2C3R01"])
def test_who_says_that_it_shall_not_be_done_is_told_what_may_be_said(text: str) -> None:
    said = heard(text)
    assert said is not None
    assert said.command == "帮助"


AMOUNT_SIGNS = "0123456789.,元块角分毛万千百十二半¥-−%$eK/ ½٣²"


@given(st.text(alphabet=AMOUNT_SIGNS, max_size=10))
def test_an_amount_is_never_made_up(amount: str) -> None:
    """What is understood stands there in figures, as a whole word."""
    said = heard(f"退费 A1B2C3 {amount} 没做")
    assert said is not None
    if said.amount_fen is not None:
        figures = re.findall(
            r"(?<![0-9A-Z.,])[0-9][0-9.,]*", re.sub("(?<![0-9]),", " ", unicodedata.normalize("NFKC", amount).upper())
        )
        codes = [one for one in figures if re.fullmatch("[0-9]{6}[.,]*", one)]  # of PIN or authenticator, unless marked
        assert len(figures) - len(codes) == 1 or (codes and len(figures) == len(codes)), amount


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


def test_the_asker_s_words_stay_apart() -> None:
    assert reason_said("原因：买错了药，家属 要求") == ("other", "买错了药，家属 要求")
    said = heard("退费 A1B2C3 5元 买错了药，家属要求")
    assert said is not None
    assert (said.reason, said.note) == ("other", "买错了药 家属要求")


@pytest.mark.parametrize("words", ["一半", "半价", "打折", "对折", "5%", "壹佰", "拾元", "萬", "億"])
def test_a_part_or_an_amount_in_words_is_asked_again(words: str) -> None:
    said = amount_said(f"{words} 重复缴费")
    assert (said.fen, said.odd) == (None, True)


@pytest.mark.parametrize(
    "words",
    ["打 5 折", "5 角", "5 毛", "20 分", "20 分钟", "5 %", "2 万", "3 百", "退 3 十", "百 20", "折 5", "角 5"],
)
def test_a_figure_of_something_else_is_not_taken_for_yuan(words: str) -> None:
    """Of `5 角` ten times as much would have been offered, of `20 分` a hundred times."""
    said = amount_said(f"{words} 没做")
    assert (said.fen, said.odd) == (None, True)
    assert heard(f"退费 A1B2C3 {words} 没做") is not None
    assert heard(f"退费 A1B2C3 {words} 没做").amount_fen is None  # type: ignore[union-attr]


def test_a_figure_alone_is_of_yuan() -> None:
    assert amount_said("20 没做 等了很久").fen == 2000


@pytest.mark.parametrize(
    ("words", "fen", "odd"),
    [
        ("五分没做", None, True),
        ("五角没做", None, True),
        ("20元5分没做", None, True),
        ("20元 等了5分钟", 2000, False),
        ("等了五分钟 20元", 2000, False),
    ],
)
def test_minutes_are_no_money(words: str, fen: int | None, odd: bool) -> None:
    said = amount_said(words)
    assert (said.fen, said.odd) == (fen, odd)

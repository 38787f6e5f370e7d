"""One reader for everything that people type; the mini-program is held to the same examples (tests/miniprogram/typed.test.js)."""

from __future__ import annotations

import json
import string
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.core import typed
from server.core.errors import BadInput

UNSEEN = ["", "\u200b", "\u200e", "\u202d", "\u202c", "\ufeff", "\u2060", "\u00ad", "\x00", "\x08", " ", "\u3000"]
EXAMPLES = json.loads((Path(__file__).parents[2] / "support" / "typed.json").read_text("utf-8"))


@pytest.mark.parametrize(("text", "number"), EXAMPLES["mobile"])
def test_a_phone_number(text: str, number: str | None) -> None:
    assert typed.mobile(text) == number


@pytest.mark.parametrize(("text", "digits"), EXAMPLES["code"])
def test_a_one_time_code(text: str, digits: str | None) -> None:
    assert typed.code(text) == digits


@pytest.mark.parametrize(("one", "other", "same"), EXAMPLES["same_name"])
def test_two_spellings_of_a_name(one: str, other: str, same: bool) -> None:
    assert (typed.name_key(one) == typed.name_key(other) != "") is same


@pytest.mark.parametrize(("text", "number"), EXAMPLES["card"])
def test_a_card_number_is_among_the_likely_ones(text: str, number: str) -> None:
    assert number in typed.card_numbers(text)
    assert typed.card_number_held(typed.card_numbers(text)[0], ("X1", number)) == number


@pytest.mark.parametrize("text", ["88O01O01", "88o0 1o0l", "8800-1OOI", "８８ＯＯ１ＯＯ１", "88001001"])
def test_a_card_number_of_digits_is_read_with_letters_that_look_like_them(text: str) -> None:
    assert typed.card_numbers(text)[-1] == "88001001"


@pytest.mark.parametrize("text", ["C00OO001", "OI", "lO", "A", "88B01001"])
def test_letters_in_a_number_that_has_some_are_not_read_as_digits(text: str) -> None:
    """The hospital may use them: the number is asked for as it is typed, and in no other letters."""
    written = {number.upper() for number in typed.card_numbers(text)}
    assert written == {text.upper()}


@pytest.mark.parametrize(
    ("text", "hint"), [("C00OO001", True), ("ZYl", True), ("88B01001", False), ("88001001", False), ("", False)]
)
def test_who_typed_letters_in_a_number_reads_what_to_look_for(text: str, hint: bool) -> None:
    assert typed.letters_hint(text) == ("请看清是数字 0 和 1，还是字母 O 和 I。" if hint else "")


@pytest.mark.parametrize(("text", "fen"), EXAMPLES["amount_fen"])
def test_an_amount(text: str, fen: int | None) -> None:
    if fen is not None:
        assert typed.amount_typed(text) == fen
        return
    with pytest.raises(BadInput) as told:
        typed.amount_typed(text)
    assert "12.50" in told.value.user_message


@pytest.mark.parametrize(("text", "number"), EXAMPLES["id"])
def test_an_id_number(text: str, number: str) -> None:
    assert typed.id_number(text) == number


def test_words_for_the_form_say_what_to_do() -> None:
    assert typed.mobile_typed(" \u200b") == ""
    for read, text, words in (
        (typed.mobile_typed, "1380013800", "11 位手机号"),
        (typed.code_typed, "29141", "6 位数字"),
        (typed.code_typed, "", "短信里的验证码"),
    ):
        with pytest.raises(BadInput) as told:
            read(text)
        assert words in told.value.user_message


def test_phone_numbers_in_a_sentence_are_joined_and_amounts_are_not() -> None:
    assert typed.mobiles_joined("查单 138 0013 8000") == "查单 13800138000"
    assert typed.mobiles_joined("查单 +86 138-0013-8000 今天") == "查单 13800138000 今天"
    assert typed.mobiles_joined("退费 138 0013 80") == "退费 138 0013 80"


@example("ß¸")
@given(st.text(alphabet=st.characters(codec=None), max_size=80))
def test_no_text_breaks_a_reader_and_each_reads_its_own_result_again(text: str) -> None:
    """With lone surrogates, as JSON can carry them: what is read can always be written as UTF-8."""
    line = typed.plain(text)
    assert typed.plain(line) == line
    line.encode()
    typed.name_key(text).encode()
    for number in typed.card_numbers(text):
        number.encode()
        assert typed.card_numbers(number)[0] == number
    assert (typed.mobile(text) or "13800138000").isdigit()
    assert typed.code(text) is None or len(typed.code(text) or "") == typed.CODE_DIGITS


@given(st.text(alphabet=string.digits, min_size=6, max_size=6), st.data())
def test_marks_that_nobody_sees_change_no_code(digits: str, data: st.DataObject) -> None:
    marks = [data.draw(st.sampled_from(UNSEEN)) for _ in digits]
    assert typed.code("".join(f"{mark}{digit}" for mark, digit in zip(marks, digits, strict=True))) == digits


@given(st.text(alphabet=string.printable + "\x00\x7f", max_size=300))
def test_plain_characters_are_read_the_short_way_as_the_long_way(text: str) -> None:
    """A character that is not ASCII leads the long way."""
    assert f"{typed.plain(text)} ·".strip() == typed.plain(f"{text} ·")


def test_words_alone_are_what_the_long_way_makes_of_them() -> None:
    """Each such character, and beside one that makes them go the long way."""
    characters = [one for one in map(chr, range(0x110000)) if typed.is_words_alone(one)]
    assert len(characters) == 2 * 26 + 0x9FA5 - 0x4E00 + 1
    for begin in range(0, len(characters), 300):
        words = "".join(characters[begin : begin + 300])
        assert typed.is_words_alone(words)
        assert not typed.is_words_alone(f"{words}，")
        for way in (typed.plain, typed.without_pictures):
            assert way(words) == words
            assert way(f"{words}，") in {f"{words},", f"{words}，"}
        assert typed.amount_line(f"{words}，") == f"{words.upper()},"


def test_too_many_words_are_cut_as_ever() -> None:
    words = "缴" * (typed.TYPED_CHARS_MAX + 1)
    assert not typed.is_words_alone(words)
    assert typed.plain(words) == typed.without_pictures(words) == words[:-1]

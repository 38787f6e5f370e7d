"""The bounds of what people type, of times and of names of actors, and the words for what does not fit."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from server.core import typed
from server.core.actors import cli_actor, his_actor, staff_actor
from server.core.days import day_text, of_our_time
from server.core.errors import BadInput
from server.core.typed import amount_typed, card_numbers, code_typed, mobile_typed, search_words
from server.core.typed_days import day_typed, days_in

TODAY = date(2026, 11, 23)


def words_for(act: object, text: str) -> str | None:
    with pytest.raises(BadInput) as refused:
        act(text)  # type: ignore[operator]
    return refused.value.user_message


@pytest.mark.parametrize(("year", "ours"), [(1, False), (1899, False), (1900, True), (2199, True), (2200, False)])
def test_a_time_of_ours_is_of_three_centuries(year: int, ours: bool) -> None:
    moment = datetime(year, 1, 1, tzinfo=UTC)
    if ours:
        assert of_our_time(moment) is moment
    else:
        with pytest.raises(ValueError, match="year"):
            of_our_time(moment)


@pytest.mark.parametrize("name", ["1001", "x" * 64])
def test_an_actor_has_a_name_of_sixty_four_characters(name: str) -> None:
    assert staff_actor(name) == f"staff:{name}"


@pytest.mark.parametrize("name", ["", "x" * 65, "a b", "a:b", "a\nb"])
def test_another_name_is_refused_with_words(name: str) -> None:
    for act in (staff_actor, cli_actor):
        assert words_for(act, name) == "操作员编号的写法不对。"
    assert his_actor("") == "his"


def test_what_is_typed_wrongly_is_said_in_words() -> None:
    assert words_for(mobile_typed, "1380000000") == "手机号不正确，请填写 11 位手机号。"
    assert words_for(code_typed, " ") == "请填写短信里的验证码。"
    assert words_for(code_typed, "12345") == "验证码是 6 位数字，请按短信重新填写。"
    assert words_for(amount_typed, "1.234") == "金额写法不对，请写成 12.50 这样。"
    assert (mobile_typed(""), code_typed("291-417"), amount_typed("12.5 元")) == ("", "291417", 1250)


@pytest.mark.parametrize(("chars", "many"), [(0, 0), (1, 1), (64, 1), (65, 0)])
def test_a_card_s_number_has_from_one_to_sixty_four_characters(chars: int, many: int) -> None:
    assert len(card_numbers("1" * chars)) == many


def test_what_is_typed_has_a_bound() -> None:
    assert (typed.CARD_CHARS_MAX, typed.TYPED_CHARS_MAX) == (64, 400)


def test_words_to_search_by_are_a_phone_number_or_the_line() -> None:
    assert search_words("+86 138-0013-8000") == "13800138000"
    assert search_words(" 张 测试 ") == "张 测试"
    for said in ("收据号 SJ3483738250", "收据号：ＳＪ3483738250", "收据SJ3483738250", "支付单号: SJ3483738250"):
        assert search_words(said) == "SJ3483738250"
    assert search_words("单 SJ34") == "单 SJ34", "one sign is no name"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("昨日", date(2026, 11, 22)),
        ("今日", TODAY),
        ("23号", TODAY),
        ("24日", date(2026, 10, 24)),
        ("11-24", date(2025, 11, 24)),
        ("11.23", TODAY),
    ],
)
def test_a_day_is_the_last_one_of_its_name(text: str, day: date) -> None:
    assert day_typed(text, TODAY) == day


def test_a_day_that_is_none_and_one_to_come_stay_in_the_line() -> None:
    assert days_in("2月31日 A1", TODAY) == ("2月31日 A1", [])
    assert days_in("2026-11-24 A1", TODAY) == ("2026-11-24 A1", [])
    assert days_in("今天 2026-11-22日", TODAY) == ("   ", [date(2026, 11, 22), TODAY])


def test_a_day_is_written_with_its_month() -> None:
    assert day_text(TODAY) == "11月23日"


def test_the_last_day_of_a_year_is_found_from_its_first() -> None:
    assert day_typed("31号", date(2026, 1, 1)) == date(2025, 12, 31)
    assert day_typed("31号", date(2026, 3, 2)) is None

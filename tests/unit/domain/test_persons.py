"""Who is one person: the platform's word joins, a proof joins only where there is no doubt."""

from __future__ import annotations

from datetime import date

import pytest

from server.domain.persons import KnownIdentity, is_grown_up, same_person

UNION, OTHER_UNION = "account:1", "account:2"
OWN, SELF, OTHER_OWN, OTHER_SELF = "own:1", "self:1", "own:2", "self:2"


def known(key: str, app: str, *marks: str) -> KnownIdentity:
    return KnownIdentity(key=key, app=app, marks=frozenset(marks))


ME = known("me", "wechat:mini", UNION, OWN, SELF)


def test_the_platform_s_word_joins_apps() -> None:
    assert same_person(ME, [ME, known("h5", "wechat:h5", UNION)]) == ("h5",)


def test_who_is_the_same_card_s_own_holder_is_joined_where_nothing_speaks_against_it() -> None:
    assert same_person(ME, [ME, known("alipay", "alipay:app", OWN, SELF)]) == ("alipay",)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(known("x", "wechat:h5", OTHER_UNION, OWN, SELF), id="the platform says they are two"),
        pytest.param(known("x", "wechat:mini", OWN, SELF), id="one app knows a person once"),
        pytest.param(known("x", "wechat:h5", OTHER_OWN, OTHER_SELF), id="nothing shared"),
        pytest.param(known("x", "wechat:h5", OWN, SELF, OTHER_OWN, OTHER_SELF), id="says to be two patients"),
        pytest.param(known("x", "wechat:h5", OWN), id="does not say who"),
        pytest.param(known("x", "wechat:h5", "proof:1"), id="only had a code, by the rule of before"),
    ],
)
def test_people_who_may_be_two_are_not_joined(other: KnownIdentity) -> None:
    assert same_person(ME, [ME, other]) == ()


def test_two_who_say_in_one_app_to_be_the_same_patient_part_everybody() -> None:
    first, second = known("first", "wechat:h5", OWN, SELF), known("second", "wechat:h5", OWN, SELF)
    mini = known("mini", "wechat:mini", OWN, SELF)
    assert same_person(mini, [mini, first]) == ("first",)
    everyone = [mini, first, second]
    for one in everyone:
        assert same_person(one, everyone) == ()


def test_two_whom_the_platform_tells_apart_part_everybody_who_says_to_be_the_same_patient() -> None:
    """A husband in the account and his wife in the mini-program both say that her card is their own: which of them is in the other app?"""
    husband, wife = known("husband", "wechat:h5", OTHER_UNION, OWN, SELF), ME
    third = known("third", "alipay:app", OWN, SELF)
    everyone = [husband, wife, third]
    for one in everyone:
        assert same_person(one, everyone) == ()


def test_who_says_to_be_the_patient_with_the_phone_of_before_parts_everybody_too() -> None:
    """He bound her card before the hospital changed its phone, she afterwards; the other app has two cards of hers, one from each time."""
    husband, wife = known("husband", "wechat:h5", OTHER_OWN, SELF), known("wife", "wechat:h5", OWN, SELF)
    third = known("third", "alipay:app", OWN, OTHER_OWN, SELF)
    everyone = [husband, wife, third]
    for one in everyone:
        assert same_person(one, everyone) == ()
    assert same_person(third, [wife, third]) == ("wife",)


def test_ids_of_two_platforms_are_no_two_people() -> None:
    """Each platform counts people in its own way: only two ids of one platform say that they are two."""
    other = known("alipay", "alipay:app", OTHER_UNION, OWN, SELF)
    assert same_person(ME, [ME, other]) == ("alipay",)


@pytest.mark.parametrize(
    ("id_no", "grown_up"),
    [
        ("11010119900101000X", True),
        ("110101200811230014", True),
        ("110101200811240014", False),
        ("110101202001010014", False),
        ("H12345678", False),
        ("", False),
    ],
)
def test_only_an_adult_s_resident_id_says_who_binds_the_card(id_no: str, grown_up: bool) -> None:
    assert is_grown_up(id_no, date(2026, 11, 23)) is grown_up
